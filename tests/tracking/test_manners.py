"""What MLflow's calls change in the process ends with them."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path

import mlflow
import pytest
from mlflow.entities import Run
from mlflow.store.db import utils

from recbench.store.folder import Store
from recbench.store.record import CellRecord
from recbench.tracking.manners import polite
from recbench.tracking.tracker import MlflowTracker

from .conftest import log

LOGGERS = ("", "mlflow", "alembic", "urllib3.connectionpool")


def process() -> dict[str, object]:
    """Return what belongs to the whole process, and MLflow's settings."""
    return {
        "environment": dict(os.environ),
        "levels": [logging.getLogger(name).level for name in LOGGERS],
        "handlers": [list(logging.getLogger(name).handlers) for name in LOGGERS],
        "warnings": list(warnings.filters),
        "tries": utils.MAX_RETRY_COUNT,
        "uri": mlflow.get_tracking_uri(),
    }


def test_a_run_leaves_the_process_as_it_was(filled: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "7")
    before = process()
    tracker = MlflowTracker(None, filled.root, "quick")  # with a database that is created now
    seen: list[dict[str, object]] = []
    search = tracker._board.search

    def watched(condition: str, at_most: int = 1000) -> Iterator[Run]:
        seen.append(process())
        return search(condition, at_most)

    monkeypatch.setattr(tracker._board, "search", watched)
    for record in filled.records():
        assert log(tracker, filled, record), tracker.problem
    assert tracker.summarise(filled, "5eed") is not None
    assert tracker.compare_url("5eed") is not None
    assert process() == before

    assert len(seen) == 10
    for during in seen:
        differs = {name for name in before if during[name] != before[name]}
        assert differs == {"environment", "levels", "warnings", "tries"}
        assert during["environment"]["MLFLOW_HTTP_REQUEST_TIMEOUT"] == "7"  # type: ignore[index]
        assert during["environment"]["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] == "1"  # type: ignore[index]


def test_a_failure_leaves_the_process_as_it_was(store: Store, cell: CellRecord) -> None:
    before = process()
    (store.root / "mlflow.db").write_text("no database at all, but long enough to be looked at")
    assert not log(MlflowTracker(None, store.root), store, cell)
    assert process() == before


def test_blocks_within_blocks_and_in_threads_end_with_the_last() -> None:
    before = process()
    inside, leave = threading.Barrier(3), threading.Event()

    def talk() -> None:
        with polite(), polite():
            inside.wait(60)
            leave.wait(60)

    threads = [threading.Thread(target=talk) for _ in range(2)]
    with polite():
        during = process()
        for thread in threads:
            thread.start()
        inside.wait(60)
        assert process() == during
    assert process() == during
    leave.set()
    for thread in threads:
        thread.join(60)
    assert process() == before


def test_what_the_host_sets_meanwhile_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_HTTP_REQUEST_TIMEOUT", raising=False)
    with polite():
        monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "77")
    assert os.environ["MLFLOW_HTTP_REQUEST_TIMEOUT"] == "77"


_STRICT = """
import logging, os, sys, warnings
from pathlib import Path
from recbench.store.record import read_record
from recbench.tracking.tracker import MlflowTracker

before = dict(os.environ)
results = Path(sys.argv[1])
record = read_record(next(results.glob("cells/*/cell.json")).read_bytes())
tracker = MlflowTracker(None, results)
assert tracker.log(record, None, "5eed"), tracker.problem
assert dict(os.environ) == before
assert logging.getLogger("mlflow").isEnabledFor(logging.INFO)
try:
    warnings.warn("it is still strict")
except UserWarning:
    print("still strict")
"""


def test_a_strict_process_that_never_imported_mlflow(store: Store, cell: CellRecord) -> None:
    (store.root / "mlflow.db").unlink()
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", _STRICT, str(store.root)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={name: value for name, value in os.environ.items() if "MLFLOW" not in name},
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "still strict\n", "")


_QUIETLY = """
import sys
from pathlib import Path
from recbench.store.record import CellRecord
from recbench.tracking.tracker import MlflowTracker
assert "mlflow" not in sys.modules, "MLflow is imported before it is needed"

def watch(event, arguments):
    if event == "socket.connect":
        print("connects to", arguments[1])

sys.addaudithook(watch)
results = Path(sys.argv[1])
record = CellRecord.model_validate_json(next(results.glob("cells/*/cell.json")).read_bytes())
assert MlflowTracker(None, results).log(record, next(results.glob("cells/*/people.parquet")), "5eed")
"""


def test_mlflow_prints_nothing_and_calls_nobody(store: Store, cell: CellRecord) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _QUIETLY, str(store.root)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={"PATH": "/usr/bin:/bin"},
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert not (Path.cwd() / "mlruns").exists()
