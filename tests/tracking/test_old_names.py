"""Runs that an older recbench wrote, whose metrics and parameters had other names."""

from __future__ import annotations

import dataclasses

import pytest
from mlflow import MlflowClient
from mlflow.entities import ViewType

from recbench.store.folder import Store
from recbench.store.record import CellRecord
from recbench.tracking.client import Board, default_uri
from recbench.tracking.image import CELL, RunImage, image_of
from recbench.tracking.metrics import metric_name
from recbench.tracking.runs import Runs
from recbench.tracking.sync import sync
from recbench.tracking.tracker import Change, MlflowTracker

from .conftest import people_of, runs_of


def as_before(record: CellRecord) -> RunImage:
    """Return a run as recbench 0.1.0 had it."""
    image = image_of(record)
    settings = {f"set.{record.cell.method}.{name}": str(value) for name, value in record.cell.params.items()}
    return dataclasses.replace(
        image,
        params={"dataset": record.cell.dataset, "method": record.cell.method, "threshold": "0.5", **settings},
        metrics={name.rpartition("/")[2]: value for name, value in image.metrics.items()},
        state="of another version",
    )


def test_sync_gives_them_the_new_names(filled: Store) -> None:
    uri = default_uri(filled.root)
    board = Board(None, filled.root, "quick")
    for record in filled.records():
        Runs(board, None).mirror(CELL, as_before(record), sweeps=["5eed", "0ther"])
    before = runs_of(uri, "quick")
    client = MlflowClient(uri)
    for run in before:
        client.set_tag(run.info.run_id, "verdict", "somebody's own")
    assert any("score" in run.data.metrics for run in before)

    assert sync(filled, None) == {Change.UPDATED: 8}
    after = {run.data.tags[CELL]: run for run in runs_of(uri, "quick")}
    assert len(after) == 8
    for record in filled.records():
        run, image = after[record.key], image_of(record)
        assert run.data.metrics == image.metrics
        assert run.data.params == image.params
        assert run.data.tags["verdict"] == "somebody's own"
        assert {"recbench.sweep.5eed", "recbench.sweep.0ther"} <= set(run.data.tags)
    assert metric_name("score") in after["genre-loan-0"].data.metrics
    # What MLflow cannot rename is in its bin, where `State: Deleted` shows it and `mlflow gc` empties it.
    binned = runs_of(uri, "quick", ViewType.DELETED_ONLY)
    assert {run.info.run_id for run in binned} == {run.info.run_id for run in before}
    assert sync(filled, None) == {Change.UNCHANGED: 8}


@pytest.mark.parametrize("status", ["done", "failed", "skipped"])
def test_so_does_a_run_that_finds_the_cell_in_the_store(store: Store, made_up, status: str) -> None:  # type: ignore[no-untyped-def]
    record = made_up(status=status, scores=made_up().scores if status == "done" else {})
    Runs(Board(None, store.root, "recbench"), None).mirror(CELL, as_before(record))
    tracker = MlflowTracker(None, store.root)
    assert tracker.log(record, people_of(store, record), "5eed"), tracker.problem
    (run,) = runs_of(default_uri(store.root))
    assert (run.data.params, run.data.metrics) == (image_of(record).params, image_of(record).metrics)


def test_a_new_parameter_alone_makes_no_other_run(store: Store, cell: CellRecord) -> None:
    image = image_of(cell)
    fewer = {name: value for name, value in image.params.items() if name != "seed"}
    runs = Runs(Board(None, store.root, "recbench"), None)
    runs.mirror(CELL, dataclasses.replace(image, params=fewer, state="before"))
    (before,) = runs_of(default_uri(store.root))
    assert runs.mirror(CELL, image) is Change.UPDATED
    (after,) = runs_of(default_uri(store.root))
    assert after.info.run_id == before.info.run_id
    assert after.data.params == image.params
