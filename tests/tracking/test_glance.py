"""What is left alone without asking MLflow, and what is not."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from mlflow import MlflowClient

from recbench.store.folder import Store
from recbench.tracking.client import Board, default_uri
from recbench.tracking.glance import glance
from recbench.tracking.tracker import Change, MlflowTracker

from .conftest import people_of, runs_of


class AskedError(Exception):
    """MLflow was asked."""


@pytest.fixture
def no_mlflow(mirrored: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on, MLflow raises."""

    def asked(board: Board) -> None:
        raise AskedError

    monkeypatch.setattr(Board, "client", property(asked))


def mirror(
    store: Store, people: bool | None = None, sweep: str = "5eed", suite: str = "quick"
) -> set[object]:
    """Mirror every cell by a tracker of its own; return what that did: None if MLflow was asked."""
    tracker = MlflowTracker(None, store.root, suite, people)
    return {tracker.mirror(record, people_of(store, record), [sweep]) for record in list(store.records())}


@pytest.mark.usefixtures("no_mlflow")
def test_what_is_as_it_should_be_is_left_alone(mirrored: Store) -> None:
    full = {record.key: mirrored.full(record.key) for record in mirrored.records()}
    tracker = MlflowTracker(None, mirrored.root, "quick")
    for record in full.values():
        assert tracker.mirror(record, people_of(mirrored, record), ["5eed"]) is Change.UNCHANGED
    assert tracker.summarise(mirrored, "5eed") is Change.UNCHANGED
    assert not tracker.problem


@pytest.mark.usefixtures("no_mlflow")
@pytest.mark.parametrize("asked", [{"sweep": "other"}, {"people": False}, {"people": True}, {"suite": "new"}])
def test_what_is_asked_anew_is_mlflows(mirrored: Store, asked: dict[str, object]) -> None:
    assert mirror(mirrored, **asked) == {None}  # type: ignore[arg-type]


def test_what_somebody_deleted_or_changed_is_mended(mirrored: Store) -> None:
    client = MlflowClient(default_uri(mirrored.root))
    experiment = client.get_experiment_by_name("quick")
    assert experiment is not None
    first, second, *_ = client.search_runs([experiment.experiment_id], "tags.`recbench.status` = 'done'")
    client.delete_run(first.info.run_id)
    client.delete_tag(second.info.run_id, "recbench.mirror")
    tracker = MlflowTracker(None, mirrored.root, "quick")
    changes = [
        tracker.mirror(record, people_of(mirrored, record), ["5eed"])
        for record in mirrored.records(status="done")
    ]
    assert sorted(map(str, changes)) == ["added", *["unchanged"] * 4, "updated"]
    client.delete_experiment(experiment.experiment_id)
    assert glance(mirrored.root / "mlflow.db", "quick", "recbench.") is None


@pytest.mark.usefixtures("no_mlflow")
def test_a_folder_that_was_moved_is_mlflows(mirrored: Store, tmp_path: Path) -> None:
    shutil.copytree(mirrored.root, tmp_path / "moved")
    assert mirror(Store(tmp_path / "moved")) == {None}


def test_a_database_that_is_none_or_is_otherwise_shows_nothing(mirrored: Store, tmp_path: Path) -> None:
    assert glance(tmp_path / "none.db", "quick", "recbench.") is None
    assert not (tmp_path / "none.db").exists()
    (tmp_path / "text.db").write_text("no database" * 99)
    assert glance(tmp_path / "text.db", "quick", "recbench.") is None
    with closing(sqlite3.connect(mirrored.root / "mlflow.db")) as database:
        database.execute("ALTER TABLE tags RENAME COLUMN value TO meaning")
    assert glance(mirrored.root / "mlflow.db", "quick", "recbench.") is None


def test_two_runs_of_one_cell_are_mlflows(mirrored: Store) -> None:
    with closing(sqlite3.connect(mirrored.root / "mlflow.db")) as database:
        (_, *rest) = database.execute("SELECT * FROM runs LIMIT 1").fetchone()
        database.execute(f"INSERT INTO runs VALUES ('twin'{', ?' * len(rest)})", rest)
        database.execute(
            "INSERT INTO tags (key, value, run_uuid) SELECT key, value, 'twin' FROM tags"
            " WHERE run_uuid = (SELECT run_uuid FROM runs LIMIT 1)"
        )
        database.commit()
    assert Change.UNCHANGED in mirror(mirrored)
    assert len(runs_of(default_uri(mirrored.root), "quick")) == 8
