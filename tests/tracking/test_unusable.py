"""Addresses that are none, servers that are gone, databases and files that cannot be written."""

from __future__ import annotations

import shutil
import socket
import time
from pathlib import Path

import pytest
from mlflow import MlflowClient

from recbench.errors import UsageError
from recbench.store.folder import Store
from recbench.store.paths import PEOPLE
from recbench.store.record import CellRecord
from recbench.tracking.client import default_uri
from recbench.tracking.tracker import Change, MlflowTracker

from .conftest import log, people_of, runs_in


@pytest.mark.parametrize(
    "uri", ["localhost:5000", "htp://x", "mlruns", "sqlite:mlflow.db", "ftp://u:secret@x"]
)
def test_an_address_that_is_none_is_misuse(tmp_path: Path, uri: str) -> None:
    with pytest.raises(UsageError, match="no address of an MLflow server") as error:
        MlflowTracker(uri, tmp_path)
    assert "secret" not in str(error.value)


def test_a_server_that_is_gone_costs_little_and_is_said_once(store: Store, cell: CellRecord) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    tracker = MlflowTracker(f"http://me:secret@127.0.0.1:{port}", store.root)
    start = time.monotonic()
    assert [log(tracker, store, cell) for _ in range(100)] == [False] * 100
    assert time.monotonic() - start < 20
    assert tracker.problem == (
        f"MLflow at http://127.0.0.1:{port} cannot be reached (nothing answers there) and lacks 100 cells. "
        f"The results are safe: `recbench sync --results {store.root} "
        f"--tracking-uri http://127.0.0.1:{port}` mirrors them once it works."
    )
    assert tracker.compare_url("5eed") is None
    assert tracker.charts_url("5eed") is None


def test_a_server_that_hangs_costs_its_time_out_once(
    store: Store, cell: CellRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "1")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        tracker = MlflowTracker(f"http://127.0.0.1:{silent.getsockname()[1]}", store.root)
        assert not tracker.problem
        log(tracker, store, cell)
        start = time.monotonic()
        assert not log(tracker, store, cell)
    assert time.monotonic() - start < 0.5
    assert "cannot be reached (no answer in time) and lacks 2 cells" in tracker.problem


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda path: path.mkdir(), "cannot be opened"),
        (
            lambda path: path.write_text("no database at all, but long enough to be looked at"),
            "not a database",
        ),
    ],
)
def test_a_database_that_cannot_be_used_is_said(  # type: ignore[no-untyped-def]
    store: Store,
    cell: CellRecord,
    spoil,
    said: str,
) -> None:
    (store.root / "mlflow.db").unlink()
    spoil(store.root / "mlflow.db")
    tracker = MlflowTracker(None, store.root)
    start = time.monotonic()
    assert not log(tracker, store, cell)
    assert time.monotonic() - start < 20
    assert said in tracker.problem
    assert "\n" not in tracker.problem


def test_results_that_were_moved_do_not_write_to_their_old_place(  # type: ignore[no-untyped-def]
    store: Store,
    cell: CellRecord,
    recbench,
    tmp_path: Path,
) -> None:
    log(MlflowTracker(None, store.root), store, cell)
    shutil.move(store.root, tmp_path / "elsewhere")
    moved = Store(tmp_path / "elsewhere")
    tracker = MlflowTracker(None, moved.root)
    assert not log(tracker, moved, cell)
    assert "these results were moved (remove mlflow.db)" in tracker.problem
    assert not store.root.exists()
    (moved.root / "mlflow.db").unlink()
    # MLflow keeps a database open for as long as a process lives.
    done = recbench.process("sync", "--results", moved.root)
    assert (done.returncode, done.stdout) == (0, "1 cell: 1 added, 0 updated, 0 unchanged.\n"), done.stderr


def test_files_that_cannot_be_kept_do_not_cost_the_metrics(store: Store, cell: CellRecord) -> None:
    (store.root / "mlartifacts").write_text("in the way")
    tracker = MlflowTracker(None, store.root)
    assert log(tracker, store, cell)
    assert "took the runs but not their files" in tracker.problem
    (run,) = runs_in(store)
    assert run.data.metrics["quality/cost"] == cell.mean("cost")
    (store.root / "mlartifacts").unlink()
    assert MlflowTracker(None, store.root).mirror(cell, people_of(store, cell), []) is Change.UPDATED
    files = MlflowClient(default_uri(store.root)).list_artifacts(run.info.run_id)
    assert [file.path for file in files] == ["people.html", PEOPLE, "settings.json"]
