from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from mlflow import MlflowClient
from mlflow.entities import Run

from recbench.data.dataset import Dataset
from recbench.errors import RecbenchError
from recbench.store.datasets import note_datasets, noted_dataset
from recbench.store.folder import Store
from recbench.tracking import summary
from recbench.tracking.client import default_uri
from recbench.tracking.image import image_of
from recbench.tracking.summary import summary_of
from recbench.tracking.sync import sync
from recbench.tracking.tracker import Change, MlflowTracker

TABLES = {"table.csv", "table.html", "table.md", "table.tex"}


@pytest.fixture
def store(filled: Store, empty_database: Path) -> Store:
    shutil.copy(empty_database, filled.root / "mlflow.db")
    return filled


def summary_run(store: Store) -> Run:
    client = MlflowClient(default_uri(store.root))
    experiment = client.get_experiment_by_name("quick")
    assert experiment is not None
    (run,) = client.search_runs([experiment.experiment_id], "tags.`recbench.summary` = '5eed'")
    return run


def files_of(store: Store, folder: str | None = None) -> set[str]:
    client = MlflowClient(default_uri(store.root))
    return {file.path for file in client.list_artifacts(summary_run(store).info.run_id, folder)}


def draw(store: Store, **cells: list[str]) -> None:
    """Leave figures as `recbench plot` does."""
    folder = store.root / "figures"
    folder.mkdir(exist_ok=True)
    said = {name: {"caption": "what it shows", "cells": keys} for name, keys in cells.items()}
    (folder / "captions.json").write_text(json.dumps(said))
    for name in said:
        (folder / f"{name}.png").write_bytes(f"picture {name}".encode())


def test_a_sweep_is_summed_up_once(store: Store) -> None:
    tracker = MlflowTracker(None, store.root, "quick")
    assert tracker.summarise(store, "5eed") is Change.ADDED
    run = summary_run(store)
    assert run.info.run_name == "summary of quick (5eed)"
    assert run.info.status == "FINISHED"
    assert run.data.tags["recbench.cells"] == "6 done, 1 skipped, 1 failed"
    assert "| Method |" in run.data.tags["mlflow.note.content"]
    assert files_of(store) == TABLES
    assert tracker.summarise(store, "5eed") is Change.UNCHANGED
    assert MlflowTracker(None, store.root, "quick").summarise(store, "5eed") is Change.UNCHANGED
    # It is no method: in the comparison it would be an empty column.
    assert not [name for name in run.data.tags if name.startswith("recbench.sweep.")]


def test_figures_of_its_cells_are_added_to_the_same_run(store: Store) -> None:
    tracker = MlflowTracker(None, store.root, "quick")
    tracker.summarise(store, "5eed")
    before = summary_run(store)
    draw(store, score=["genre-loan-0", "another"], speed=["another"])
    assert tracker.summarise(store, "5eed") is Change.UPDATED
    assert summary_run(store).info.run_id == before.info.run_id
    assert files_of(store, "figures") == {"figures/score.png"}
    (store.root / "figures" / "score.png").write_bytes(b"drawn again")
    assert tracker.summarise(store, "5eed") is Change.UPDATED
    assert tracker.summarise(store, "5eed") is Change.UNCHANGED


def test_figures_with_single_people_stay_out_where_people_do(store: Store) -> None:
    names = {
        "score": ["genre-loan-0"],
        "distributions-cost": ["genre-loan-0"],
        "plane-moons": ["genre-moons-0"],
    }
    draw(store, **names)
    MlflowTracker(None, store.root, "quick", people_artifact=False).summarise(store, "5eed")
    assert files_of(store, "figures") == {"figures/score.png"}
    MlflowTracker(None, store.root, "quick", people_artifact=True).summarise(store, "5eed")
    assert len(files_of(store, "figures")) == 3


def test_new_cells_are_in_the_next_summary(store: Store, made_up) -> None:  # type: ignore[no-untyped-def]
    tracker = MlflowTracker(None, store.root, "quick")
    tracker.summarise(store, "5eed")
    store.write(made_up("roar"), None)
    assert tracker.summarise(store, "5eed") is Change.UPDATED
    assert summary_run(store).data.tags["recbench.cells"] == "7 done, 1 failed"


def test_a_long_table_is_not_cut_in_the_middle(store: Store, made_up) -> None:  # type: ignore[no-untyped-def]
    note = json.loads((store.root / "sweeps" / "5eed.json").read_text())
    for at in range(60):
        record = made_up("genre", params={"k": at}, label=f"a rather long label {at}", key=f"cell-{at}")
        store.write(record, None)
        note["cells"][record.key] = record.cell.label
    (store.root / "sweeps" / "5eed.json").write_text(json.dumps(note))
    found = summary_of(store, "5eed", True)
    assert found is not None
    image, files = found
    assert image.tags["mlflow.note.content"].endswith("The table is among the artifacts: `table.html`.")
    assert files.texts()["table.md"].count("a rather long label") >= 60


def test_a_sweep_that_nobody_noted_or_could_read_has_no_summary(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    tracker = MlflowTracker(None, store.root, "quick")
    assert tracker.summarise(store, "0ther") is None
    monkeypatch.setattr(summary, "TABLED", 7)
    assert tracker.summarise(store, "5eed") is None
    assert not tracker.problem


def test_sync_makes_summaries_and_says_what_stops_it(store: Store) -> None:
    assert sync(store, None) == {Change.ADDED: 8}
    assert files_of(store) == TABLES
    run = summary_run(store).info.run_id
    assert sync(store, None) == {Change.UNCHANGED: 8}
    assert summary_run(store).info.run_id == run
    draw(store, score=["genre-loan-0"])
    shutil.rmtree(store.root / "mlartifacts")
    (store.root / "mlartifacts").write_text("in the way")
    with pytest.raises(RecbenchError, match="took the runs but not their files"):
        sync(store, None)
    (store.root / "mlartifacts").unlink()
    sync(store, None)
    assert files_of(store, "figures") == {"figures/score.png"}


def test_data_are_named_by_their_hash_and_described(store: Store, people: Dataset, made_up) -> None:  # type: ignore[no-untyped-def]
    note_datasets(store.root, [people])
    tracker = MlflowTracker(None, store.root, "quick")
    for seed in (0, 1):
        record = made_up(dataset="people", data_hash=people.content_hash, seed=seed, key=f"p{seed}")
        assert tracker.mirror(store.write(record, None), None, []) is Change.ADDED
        assert tracker.mirror(record, None, []) is Change.UNCHANGED
    client = MlflowClient(default_uri(store.root))
    experiment = client.get_experiment_by_name("quick")
    assert experiment is not None
    runs = client.search_runs([experiment.experiment_id])
    assert len(runs) == 2
    for run in runs:
        assert run.inputs is not None
        (used,) = run.inputs.dataset_inputs
        assert (used.dataset.name, used.dataset.digest) == ("people", people.content_hash[:36])
        assert [(tag.key, tag.value) for tag in used.tags] == [("mlflow.data.context", "benchmark")]
        columns = json.loads(used.dataset.schema or "")["mlflow_colspec"]
        assert {"name": "income", "type": "double"} in columns
        assert {"name": "paid", "type": "string"} in columns
        assert json.loads(used.dataset.profile or "")["training rows"] == len(people.train)


def test_data_are_added_to_a_run_that_lacks_them(store: Store, made_up) -> None:  # type: ignore[no-untyped-def]
    tracker = MlflowTracker(None, store.root, "quick")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MlflowClient, "log_inputs", lambda *_: None)
        assert tracker.mirror(made_up(), None, []) is Change.ADDED
    assert tracker.mirror(made_up(), None, []) is Change.UPDATED
    assert tracker.mirror(made_up(), None, []) is Change.UNCHANGED


def test_notes_hold_no_person_and_are_read_back(tmp_path: Path, people: Dataset, made_up) -> None:  # type: ignore[no-untyped-def]
    note_datasets(tmp_path, [people])
    (file,) = (tmp_path / "datasets").iterdir()
    written = file.stat().st_mtime_ns
    note_datasets(tmp_path, [people])
    assert file.stat().st_mtime_ns == written
    assert str(people.train["name"].iloc[0]) not in file.read_text()
    note = noted_dataset(tmp_path, people.content_hash)
    assert note is not None and note.data_schema == people.schema
    assert noted_dataset(tmp_path, "unknown") is None
    file.write_text("{")
    assert noted_dataset(tmp_path, people.content_hash) is None
    # Without a note, such as of imported cells, a data set has its name and hash.
    data = image_of(made_up(data_hash="ab" * 32)).data
    assert data is not None
    assert (data.name, data.digest, data.columns) == ("loan", "ab" * 18, None)
