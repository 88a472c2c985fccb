"""Server: ``mlflow server`` on a results folder, as a child process."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import time
from pathlib import Path

from recbench.errors import RecbenchError, UsageError
from recbench.tracking.addresses import without_secrets
from recbench.tracking.client import artifact_home, checked, default_uri
from recbench.tracking.guard import Guarded
from recbench.tracking.manners import NO_TELEMETRY

_PATIENCE = 120.0
"""Seconds to start up: MLflow imports much, and a busy machine reads it slowly."""


class MlflowServer(Guarded):
    """A server that runs during a ``with`` block.

    Args:
        results: the results folder.
        host: the address to listen on.
        port: the port to listen on.
        uri: the database; None is ``mlflow.db`` in ``results``.

    Attributes:
        address: what to type into a browser on this machine.
        is_open: whether other machines can reach it.

    Raises:
        UsageError: it cannot listen there.
    """

    def __init__(self, results: Path, host: str, port: int, uri: str | None = None) -> None:
        _check_free(host, port)
        self._here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host), port
        self.address = f"http://{_in_url(*self._here)}"
        self.is_open = host not in ("localhost", "127.0.0.1", "::1")
        self._uri = default_uri(results) if uri is None else checked(uri)
        # MLflow's jobs judge language models; they would be further processes.
        settings = {**NO_TELEMETRY, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
        if self.is_open:
            # Against DNS rebinding, MLflow answers only to names it was told.
            names = [_in_url(name, port) for name in (*_own_names(), host)]
            settings["MLFLOW_SERVER_ALLOWED_HOSTS"] = ",".join(["localhost:*", "127.0.0.1:*", *names])
            settings["MLFLOW_SERVER_CORS_ALLOWED_ORIGINS"] = ",".join(f"http://{name}" for name in names)
        settings |= {name: os.environ[name] for name in settings if name in os.environ}
        words = ["server", "--host", host, "--port", str(port), "--workers", "1"]
        words += ["--default-artifact-root", str(artifact_home(self._uri, results))]
        # The address may hold a password, so it is no word of the command.
        super().__init__("mlflow", words, {**settings, "MLFLOW_BACKEND_STORE_URI": self._uri})

    def await_answer(self) -> None:
        """Wait until it answers.

        Raises:
            RecbenchError: it ends, or does not answer in two minutes.
        """
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            if not self.lives:
                raise self._failure("did not start")
            with contextlib.suppress(OSError):
                socket.create_connection(self._here, timeout=5).close()
                return
            time.sleep(0.1)
        raise self._failure(f"did not answer within {_PATIENCE:.0f} s")

    def wait(self) -> None:
        """Wait until the server ends.

        Raises:
            RecbenchError: it ended by itself.
        """
        super().wait()
        raise self._failure("has ended")

    def _failure(self, what: str) -> RecbenchError:
        said = without_secrets(self.last_words(), self._uri) or "it said nothing."
        return RecbenchError(f"MLflow's server {what}: {said}")


def _check_free(host: str, port: int) -> None:
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise UsageError(f"port {port} is taken.", f"Try `recbench ui --port {port + 1}`.") from error
        raise UsageError(
            f"cannot listen on {host}, port {port}: {error.strerror}.", "Choose another --host or --port."
        ) from error


def _own_names() -> list[str]:
    """Return the names and addresses under which other machines may know this one."""
    import psutil

    numbers = [
        address.address.partition("%")[0]
        for interface in psutil.net_if_addrs().values()
        for address in interface
        if address.family in (socket.AF_INET, socket.AF_INET6)
    ]
    return list(dict.fromkeys([socket.gethostname(), socket.getfqdn(), *numbers]))


def _in_url(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
