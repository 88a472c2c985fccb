from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote

import psutil
import pytest

from recbench.store.folder import Store


@contextmanager
def served(*words: object) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run ``recbench ui`` and yield it with what it says until it serves."""
    command = [sys.executable, "-m", "recbench", "ui", *map(str, words)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        said = ""
        for line in process.stdout or ():
            said += line
            if line.startswith("Ctrl-C"):
                break
        yield process, said
    finally:
        process.terminate()
        process.communicate(timeout=60)


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def answer(address: str, body: object = None, **headers: str) -> str:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(address, data, {"Content-Type": "application/json", **headers})
    with urllib.request.urlopen(request, timeout=60) as response:
        return str(response.read().decode())


@pytest.mark.slow
def test_serves_a_store_that_mlflow_never_saw_until_ctrl_c(filled: Store, port: int) -> None:
    with served("--results", filled.root, "--port", port) as (process, said):
        lines = said.splitlines()
        assert lines[0] == f"MLflow shows {filled.root} at http://127.0.0.1:{port}"
        assert lines[1].startswith(f"Compare: http://127.0.0.1:{port}/#/compare-runs?runs=%5B%22")
        assert lines[2].startswith(f"Charts: http://127.0.0.1:{port}/#/experiments/")
        assert lines[3] == "Ctrl-C stops it."
        runs = re.findall("[0-9a-f]{32}", unquote(lines[1]))
        assert len(runs) == 6
        base = f"http://127.0.0.1:{port}/api/2.0/mlflow"
        run = json.loads(answer(f"{base}/runs/get?run_id={runs[0]}"))["run"]
        assert run["info"]["run_name"] == "genre on loan, seed 0"
        files = json.loads(answer(f"{base}/artifacts/list?run_id={runs[0]}"))["files"]
        assert [file["path"] for file in files] == ["people.html", "people.parquet", "settings.json"]

        children = psutil.Process(process.pid).children(recursive=True)
        assert children
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
        assert process.stdout is not None
        assert process.stdout.read() == "Stopped.\n"
        assert not psutil.wait_procs(children, timeout=10)[1]


@pytest.mark.slow
def test_lets_other_machines_in_by_its_names_only(filled: Store, port: int) -> None:
    with served("--results", filled.root, "--port", port, "--host", "0.0.0.0") as (process, said):
        assert f"http://127.0.0.1:{port}" in said
        search = f"http://127.0.0.1:{port}/ajax-api/2.0/mlflow/experiments/search"
        own = f"{socket.gethostname()}:{port}"
        page = {"max_results": 5}
        assert "quick" in answer(search, page, Host=own, Origin=f"http://{own}")
        for host in (own, "evil.example"):
            with pytest.raises(urllib.error.HTTPError) as refused:
                answer(search, page, Host=host, Origin="http://evil.example")
            assert refused.value.code == 403
        process.terminate()
        assert process.wait(60) == 0
        assert process.stderr is not None
        assert "Whoever reaches this machine can see and change it." in process.stderr.read()


@pytest.mark.slow
def test_killed_it_leaves_no_server_behind(filled: Store, port: int) -> None:
    with served("--results", filled.root, "--port", port) as (process, _):
        children = psutil.Process(process.pid).children(recursive=True)
        assert children
        process.kill()
        assert not psutil.wait_procs(children, timeout=30)[1]


def test_a_port_that_is_taken_is_one_clear_line(recbench, filled: Store) -> None:  # type: ignore[no-untyped-def]
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = recbench("ui", "--results", filled.root, "--port", port)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"error: port {port} is taken. Try `recbench ui --port {port + 1}`.\n"


@pytest.mark.parametrize("host", ["no.such.host.invalid", "192.0.2.1"])
def test_a_host_that_is_not_here_is_one_clear_line(recbench, filled: Store, host: str) -> None:  # type: ignore[no-untyped-def]
    done = recbench("ui", "--results", filled.root, "--host", host)
    assert done.returncode == 2
    assert done.stderr.startswith(f"error: cannot listen on {host}, port 5000: ")
    assert done.stderr.count("\n") == 1


def test_without_results_it_says_so(recbench, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    done = recbench("ui", "--results", tmp_path / "nowhere")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"error: there are no results in {tmp_path / 'nowhere'}. "
        "Run `recbench run`, or name another --results.\n"
    )
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.slow
def test_a_database_that_mlflow_cannot_use_is_one_clear_line(recbench, filled: Store, port: int) -> None:  # type: ignore[no-untyped-def]
    (filled.root / "mlflow.db").write_text("no database at all, but long enough to be looked at")
    done = recbench("ui", "--results", filled.root, "--port", port, PATH=os.environ["PATH"])
    assert (done.returncode, done.stdout) == (1, "")
    assert "not a database" in done.stderr
    assert "Traceback" not in done.stderr
