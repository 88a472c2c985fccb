"""A dask cluster that only talks to whoever shows a certificate."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .conftest import until

PREFIX = "DASK_DISTRIBUTED__COMM__TLS__"
ROLES = ("SCHEDULER", "WORKER", "CLIENT")
RUN = ("run", "--methods", "unchanged", "--judge", "known", "--no-tracking")


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An authority and a certificate, as dask is told of them in the environment."""
    pytest.importorskip("cryptography")
    from distributed.security import Security

    home = tmp_path_factory.mktemp("certificates")
    made = Security.temporary()
    files = {"CA_FILE": made.tls_ca_file}
    for role in ROLES:
        files |= {f"{role}__CERT": made.tls_client_cert, f"{role}__KEY": made.tls_client_key}
    for name, text in files.items():
        (home / name).write_text(text)
    return {PREFIX + name: str(home / name) for name in files}


@pytest.fixture
def scheduler(certificates: dict[str, str], tmp_path: Path) -> Iterator[str]:
    """The address of a scheduler with a worker."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"tls://127.0.0.1:{port}"
    commands = [
        ("scheduler", "--host", "tls://127.0.0.1", "--port", str(port), "--no-dashboard"),
        (
            "worker",
            address,
            "--nthreads",
            "1",
            "--no-nanny",
            "--no-dashboard",
            "--local-directory",
            str(tmp_path),
        ),
    ]
    processes = []

    def answers() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    try:
        for words in commands:
            with (tmp_path / f"{words[0]}.log").open("ab") as log:
                command = [sys.executable, "-m", "dask", *words]
                environment = {**os.environ, **certificates}
                processes.append(subprocess.Popen(command, env=environment, stdout=log, stderr=log))
            until(answers)
        yield address
    finally:
        for process in processes:
            process.kill()
            process.wait()


@pytest.mark.slow
def test_a_sweep_runs_over_tls_and_says_what_is_missing(  # type: ignore[no-untyped-def]
    recbench, people_files: tuple[Path, Path], certificates: dict[str, str], scheduler: str, tmp_path: Path
) -> None:
    data, schema = people_files
    table = ("--data", str(data), "--schema", str(schema), "--factuals", "20")
    results = ("--no-tracking", "--results", str(tmp_path / "r"))
    words = ("run", "--methods", "unchanged", *table, *results, "--scheduler")
    done = recbench(*words, scheduler, **certificates)
    assert done.returncode == 0, done.stderr
    assert "[1/1] people / mlp / unchanged / seed 0" in done.stderr
    (cell,) = (tmp_path / "r" / "cells").iterdir()
    assert (cell / "people.parquet").is_file()


@pytest.mark.parametrize(
    ("address", "settings", "said"),
    [
        ("tls://127.0.0.1:9", {}, "needs certificates, and dask knows of none. docs/running.md shows"),
        ("tls://127.0.0.1:9", {"CLIENT__CERT": "/nowhere"}, "certificates cannot be used: [Errno 2]"),
        ("tls://127.0.0.1:9", {"CLIENT__CERT": __file__}, "certificates cannot be used: "),
        ("", {}, "--scheduler is empty. Write tcp://HOST:8786"),
    ],
)
def test_what_is_wrong_with_certificates_is_one_line(  # type: ignore[no-untyped-def]
    recbench, certificates: dict[str, str], tmp_path: Path, address: str, settings: dict[str, str], said: str
) -> None:
    prefix = "DASK_DISTRIBUTED__COMM__TLS__"
    environment = (
        {**certificates, **{prefix + name: value for name, value in settings.items()}} if settings else {}
    )
    words = (
        "run",
        "--methods",
        "unchanged",
        "--judge",
        "known",
        "--no-tracking",
        "--results",
        tmp_path / "r",
    )
    done = recbench(*words, "--scheduler", address, **environment)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert said in done.stderr


def test_dask_that_must_encrypt_refuses_plain_addresses(recbench, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    words = (
        "run",
        "--methods",
        "unchanged",
        "--judge",
        "known",
        "--no-tracking",
        "--results",
        tmp_path / "r",
    )
    setting = {"DASK_DISTRIBUTED__COMM__REQUIRE_ENCRYPTION": "true"}
    done = recbench(*words, "--scheduler", "tcp://127.0.0.1:9", **setting)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert "dask: encryption required by Dask configuration" in done.stderr
