"""MLflow's own server on a results folder, as a child process that ends with us."""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Self

from recbench.errors import RecbenchError, UsageError
from recbench.tracking.addresses import without_secrets
from recbench.tracking.client import artifact_home, checked, default_uri
from recbench.tracking.manners import NO_TELEMETRY

_PATIENCE = 120.0
"""Seconds to start up: MLflow imports much, and a busy machine reads it slowly."""

# Its standard input ends when we do, even by SIGKILL: then nothing of it stays behind.
_GUARDED = """
import os, runpy, signal, sys, threading

def end_with_parent():
    os.read(0, 1)
    os.killpg(0, signal.SIGTERM)

threading.Thread(target=end_with_parent, daemon=True).start()
runpy.run_module("mlflow", run_name="__main__", alter_sys=True)
"""


class MlflowServer:
    """A server that runs during a ``with`` block.

    Args:
        results: the results folder.
        host: the address to listen on.
        port: the port to listen on.
        uri: the database; None is ``mlflow.db`` in ``results``.

    Raises:
        UsageError: it cannot listen there.
    """

    def __init__(self, results: Path, host: str, port: int, uri: str | None = None) -> None:
        _check_free(host, port)
        self._host, self._port = host, port
        self._uri = default_uri(results) if uri is None else checked(uri)
        self._command = [
            *(sys.executable, "-c", _GUARDED, "server"),
            *("--default-artifact-root", str(artifact_home(self._uri, results))),
            *("--host", host, "--port", str(port), "--workers", "1"),
        ]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """What to type into a browser on this machine."""
        here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self._host, self._host)
        return f"http://{_bracketed(here)}:{self._port}"

    @property
    def is_open(self) -> bool:
        """Whether other machines can reach it."""
        return self._host not in ("localhost", "127.0.0.1", "::1")

    def __enter__(self) -> Self:
        self._log = tempfile.TemporaryFile()
        self._process = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # a Ctrl-C on the terminal is for us; we stop it in good order
            env={**os.environ, **self._environment()},
        )
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def wait(self) -> None:
        """Wait until the server ends.

        Raises:
            RecbenchError: it ended by itself.
        """
        assert self._process is not None
        self._process.wait()
        raise RecbenchError(f"MLflow's server has ended: {self._last_words()}")

    def close(self) -> None:
        """Stop the server and whatever it started."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGTERM)
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._log.close()
        self._process = None

    def _environment(self) -> dict[str, str]:
        # MLflow's jobs judge language models; they would be further processes.
        said = {**NO_TELEMETRY, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
        if self.is_open:
            # Against DNS rebinding, MLflow answers only to names it was told.
            names = [*_own_names(), self._host]
            hosts = ["localhost:*", "127.0.0.1:*", *(f"{_bracketed(name)}:{self._port}" for name in names)]
            said["MLFLOW_SERVER_ALLOWED_HOSTS"] = ",".join(hosts)
            said["MLFLOW_SERVER_CORS_ALLOWED_ORIGINS"] = ",".join(f"http://{host}" for host in hosts[2:])
        chosen = {name: os.environ[name] for name in said if name in os.environ}
        # Other users can read the words of a command, and the address may hold a password.
        return {**said, **chosen, "MLFLOW_BACKEND_STORE_URI": self._uri}

    def await_answer(self) -> None:
        """Wait until it answers.

        Raises:
            RecbenchError: it ends, or does not answer in two minutes.
        """
        assert self._process is not None
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise RecbenchError(f"MLflow's server did not start: {self._last_words()}")
            with contextlib.suppress(OSError):
                direct.open(f"{self.address}/health", timeout=5).close()
                return
            time.sleep(0.1)
        raise RecbenchError(f"MLflow's server did not answer within {_PATIENCE:.0f} s: {self._last_words()}")

    def _last_words(self) -> str:
        self._log.seek(0)
        lines = self._log.read().decode(errors="replace").strip().splitlines()
        return without_secrets(lines[-1].strip(), self._uri) if lines else "it said nothing."


@contextlib.contextmanager
def stopped_by_signals() -> Iterator[None]:
    """End the block in good order, without an exception, on Ctrl-C, SIGTERM or a closed terminal."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    # Named one by one: a shell starts background jobs with SIGINT ignored.
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.signal(number, stop) for number in signals]
    try:
        with contextlib.suppress(KeyboardInterrupt):
            yield
    finally:
        for number, handler in zip(signals, before, strict=True):
            signal.signal(number, handler)


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

    addresses = [
        address.address.partition("%")[0]
        for interface in psutil.net_if_addrs().values()
        for address in interface
        if address.family in (socket.AF_INET, socket.AF_INET6)
    ]
    return list(dict.fromkeys([socket.gethostname(), socket.getfqdn(), *addresses]))


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
