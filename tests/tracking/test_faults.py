"""MLflow breaks while a sweep runs: the sweep finishes, the store is whole, and a sync mends MLflow.

A real ``mlflow server`` that is killed; a disk that is full or read-only, made in a mount namespace of its
own; where that is refused, files that may not grow.
"""

from __future__ import annotations

import contextlib
import json
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient

from recbench.store.folder import Store
from recbench.tracking.sync import sync
from recbench.tracking.tracker import Change, MlflowTracker


def suite(folder: Path, cells: int) -> Path:
    """Return a suite of so many cells that take no time and share their task."""
    levels = [round(0.5 + 0.05 * at, 2) for at in range(cells)]
    path = folder / f"{cells}.yaml"
    path.write_text(
        f"name: faults\nseeds: [0]\nfactuals: 20\nmethods: [{{name: nnr, vary: {{gamma: {levels}}}}}]\n"
    )
    return path


def shown(uri: str, experiment: str = "faults") -> dict[str, dict[str, Any]]:
    """Return what MLflow shows of each cell and sweep, by its key; none may be there twice."""
    client = MlflowClient(uri)
    found = client.get_experiment_by_name(experiment)
    assert found is not None
    runs = client.search_runs([found.experiment_id], max_results=1000)
    images = {}
    for run in runs:
        assert run.inputs is not None
        tags = dict(run.data.tags)
        key = tags.get("recbench.cell") or f"sweep {tags['recbench.summary']}"
        assert key not in images, f"{run.info.run_name} is there twice"
        # What was logged when, and the artifact's place, differ from one MLflow to another.
        tags["recbench.mirror"] = json.loads(tags["recbench.mirror"])[:2]
        images[key] = {
            "name": run.info.run_name,
            "status": run.info.status,
            "started": run.info.start_time,
            "ended": run.info.end_time,
            "params": run.data.params,
            "metrics": run.data.metrics,
            "tags": tags,
            "data": [(one.dataset.name, one.dataset.digest) for one in run.inputs.dataset_inputs],
            "files": sorted(file.path for file in client.list_artifacts(run.info.run_id)),
        }
    return images


def shown_anew(results: Path, database: Path) -> dict[str, dict[str, Any]]:
    """Return what a new MLflow shows of a results folder."""
    sync(Store(results), f"sqlite:///{database}")
    return shown(f"sqlite:///{database}")


def assert_whole(results: Path, cells: int) -> None:
    store = Store(results)
    assert [record.status for record in store.records()] == ["done"] * cells
    assert {record.key: store.problem(record.key) for record in store.records()} == {
        record.key: "" for record in store.records()
    }


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time that trackers see."""
    now = [1000.0]
    monkeypatch.setattr("recbench.tracking.tracker.time.monotonic", lambda: now[0])
    return now


class Board:
    """Stands in for MLflow's runs: every call takes ``seconds``, and fails if ``error`` is set."""

    file_failure = ""
    with_people = False
    said_of_people = None

    def __init__(self, clock: list[float], seconds: float = 0.0) -> None:
        self.clock, self.seconds, self.calls = clock, seconds, 0
        self.error: Exception | None = None

    def mirror(self, *_: object) -> Change:
        self.calls += 1
        self.clock[0] += self.seconds
        if self.error:
            raise self.error
        return Change.ADDED


def watched(results: Path, clock: list[float], patch: pytest.MonkeyPatch) -> tuple[MlflowTracker, Board]:
    tracker, board = MlflowTracker("http://127.0.0.1:9", results), Board(clock)
    patch.setattr(tracker, "_runs", board)
    return tracker, board


def test_a_server_that_never_answers_costs_a_twentieth_of_the_time(  # type: ignore[no-untyped-def]
    tmp_path: Path, clock: list[float], made_up, monkeypatch: pytest.MonkeyPatch
) -> None:
    tracker, board = watched(tmp_path, clock, monkeypatch)
    board.seconds, board.error = 21.0, TimeoutError("timed out")
    begun = clock[0]
    for _ in range(3600):  # a cell takes a second
        assert not tracker.log(made_up(), None, "a")
        clock[0] += 1.0
    spent = clock[0] - begun
    assert board.calls * board.seconds < 0.06 * spent
    assert board.calls > 5, "it is not given up for good"
    assert "lacks 3600 cells" in tracker.problem


def test_a_server_that_comes_back_gets_the_next_cells(  # type: ignore[no-untyped-def]
    tmp_path: Path, clock: list[float], made_up, monkeypatch: pytest.MonkeyPatch
) -> None:
    tracker, board = watched(tmp_path, clock, monkeypatch)
    assert tracker.log(made_up(), None, "a")
    board.error = ConnectionError("Connection refused")
    assert not tracker.log(made_up(), None, "a")
    board.error = None
    clock[0] += 59.0
    assert not tracker.log(made_up(), None, "a")
    assert tracker.problem.startswith("MLflow at http://127.0.0.1:9 cannot be reached")
    clock[0] += 2.0
    assert tracker.log(made_up(), None, "a")
    assert "lacks 2 cells" in tracker.problem, "what it missed is not forgotten"


def test_a_server_that_answers_slowly_is_spared(  # type: ignore[no-untyped-def]
    tmp_path: Path, clock: list[float], made_up, monkeypatch: pytest.MonkeyPatch
) -> None:
    tracker, board = watched(tmp_path, clock, monkeypatch)
    board.seconds = 30.0
    assert tracker.log(made_up(), None, "a")  # the first time much is imported
    assert tracker.log(made_up(), None, "a")
    clock[0] += 599.0
    assert not tracker.log(made_up(), None, "a")
    assert "answers too slowly (30 s for one cell) and lacks 1 cell." in tracker.problem
    clock[0] += 2.0
    assert tracker.log(made_up(), None, "a")


@pytest.mark.slow
def test_a_silent_server_is_noticed_in_half_a_minute(filled: Store) -> None:
    (record, *_) = filled.records()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        tracker = MlflowTracker(f"http://127.0.0.1:{silent.getsockname()[1]}", filled.root)
        start = time.monotonic()
        assert not tracker.log(record, None, "5eed")
        assert time.monotonic() - start < 45  # two tries of 10 s, and MLflow's import
        assert not any(tracker.log(record, None, "5eed") for _ in range(99))
        assert tracker.compare_url("5eed") is None
        assert tracker.summarise(filled, "5eed") is None
        assert time.monotonic() - start < 50
    assert "cannot be reached (no answer in time) and lacks 100 cells" in tracker.problem


@pytest.mark.slow
def test_a_server_that_is_killed_in_mid_sweep_and_comes_back(  # type: ignore[no-untyped-def]
    tracking_server, tmp_path: Path, empty_database: Path
) -> None:
    results = tmp_path / "results"
    command = [sys.executable, "-m", "recbench", "run", str(suite(tmp_path, 8)), "--results", str(results)]
    process = subprocess.Popen(
        [*command, "--people-artifact", "--tracking-uri", tracking_server.uri],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    said = []
    for line in process.stderr or ():
        said.append(line)
        if line.startswith("[3/8]"):
            with paused(process):
                tracking_server.kill()
        if line.startswith("[6/8]"):
            with paused(process):
                tracking_server.start()
    assert process.wait(60) == 0, "".join(said)
    assert f"MLflow at {tracking_server.uri} cannot be reached" in said[-1]
    assert f"`recbench sync --results {results} --tracking-uri {tracking_server.uri}`" in said[-1]
    assert_whole(results, 8)
    before = shown(tracking_server.uri)
    assert 2 <= len(before) < 8

    changes = sync(Store(results), tracking_server.uri)
    assert changes.total() == 8 and changes[Change.ADDED] >= 1
    assert sync(Store(results), tracking_server.uri) == {Change.UNCHANGED: 8}
    shutil.copy(empty_database, tmp_path / "other.db")
    after = shown(tracking_server.uri)
    assert len(after) == 9, "eight cells and a summary"
    assert after == shown_anew(results, tmp_path / "other.db")


class paused:  # noqa: N801 (a with block)
    """Holds a process still, so that what is done meanwhile is done in mid-sweep."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def __enter__(self) -> None:
        self._process.send_signal(signal.SIGSTOP)

    def __exit__(self, *error: object) -> None:
        self._process.send_signal(signal.SIGCONT)


def may_mount() -> bool:
    """Whether a process may have mounts of its own here."""
    if shutil.which("unshare") is None:
        return False
    words = ["unshare", "-rm", "sh", "-c", "mount -t tmpfs -o size=1m tmpfs /mnt"]
    return subprocess.run(words, capture_output=True, check=False).returncode == 0


def on_disk(fault: str, disk: Path, results: Path, empty: Path) -> dict[str, Any]:
    """Run a sweep whose MLflow database is on a disk that breaks after the first half, then mend and sync.

    Returns:
        Exit status and errors of both halves, what two syncs changed, and what MLflow shows at the end.
    """
    uri = f"sqlite:///{disk / 'mlflow.db'}"

    def run(cells: int, largest: int | None) -> tuple[int, str]:
        def limit() -> None:
            if largest is not None:
                resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))

        words = [suite(results.parent, cells), "--results", results, "--tracking-uri", uri]
        command = [sys.executable, "-m", "recbench", "run", *map(str, words)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, preexec_fn=limit)
        return done.returncode, done.stderr

    if fault != "may not grow":
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", disk], check=True)
    shutil.copy(empty, disk / "mlflow.db")
    before = run(2, None)
    if fault == "full":
        with (disk / "filler").open("wb", buffering=0) as filler, contextlib.suppress(OSError):
            while True:
                filler.write(b"0" * 1024)
    if fault == "read-only":
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    size = (disk / "mlflow.db").stat().st_size
    broken = run(5, size if fault == "may not grow" else None)
    if fault == "full":
        (disk / "filler").unlink()
    if fault == "read-only":
        subprocess.run(["mount", "-o", "remount,rw", disk], check=True)
    syncs = [sync(Store(results), uri) for _ in range(2)]
    return {"before": before, "broken": broken, "syncs": syncs, "shown": shown(uri)}


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["full", "read-only", "may not grow"])
def test_a_database_that_can_no_longer_be_written(fault: str, tmp_path: Path, empty_database: Path) -> None:
    disk, results = tmp_path / "disk", tmp_path / "results"
    disk.mkdir()
    words = [sys.executable, __file__, fault, *map(str, (disk, results, empty_database))]
    if fault != "may not grow":
        if not may_mount():
            pytest.skip("this machine lets nobody mount; `may not grow` does much the same")
        words = ["unshare", "-rm", *words]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    status, errors = said["before"]
    assert status == 0 and "MLflow" not in errors, errors
    status, errors = said["broken"]
    assert status == 0, errors
    assert re.search(r"MLflow at .* cannot be written.* and lacks \d cells", errors.splitlines()[-1]), errors
    assert_whole(results, 5)

    first, again = said["syncs"]
    assert sum(first.values()) == 5 and first["added"] >= 1
    assert again == {"unchanged": 5}
    assert len(said["shown"]) == 7, "five cells and two summaries"
    shutil.copy(empty_database, tmp_path / "other.db")
    anew = shown_anew(results, tmp_path / "other.db")
    assert said["shown"] == json.loads(json.dumps(anew))


if __name__ == "__main__":
    print(json.dumps(on_disk(sys.argv[1], *map(Path, sys.argv[2:]))))
