"""A results folder that recbench 0.1.0 wrote: nothing in it is lost, and nothing in it is taken for new."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

import pytest

from recbench.run.versions import outdated
from recbench.store.folder import Store
from recbench.store.record import FORMAT, as_json, read_record
from recbench.task.recipes import LofRecipe, TaskRecipe
from tests.conftest import Recbench

ARCHIVE = Path(__file__).parent / "results-0.1.0.tar.gz"
"""Made by 0.1.0: suite ``old.yaml`` on loan (two seeds of which each has a failed and a skipped cell, and
the oracle), and nnr and unchanged on ``people.csv``. Its cache was left out."""


@pytest.fixture
def old(tmp_path: Path) -> Path:
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(tmp_path, filter="data")
    return tmp_path


def test_every_cell_is_read_and_is_stale(old: Path) -> None:
    store = Store(old / "results")
    records = list(store.records())
    assert len(records) == 16
    assert {record.format for record in records} == {1} != {FORMAT}
    assert {record.cell.made_by.split()[1] for record in records} == {"0.1.0"}
    assert all(outdated(record).startswith("made by recbench 0.1.0") for record in records)
    assert [record.mean("score") for record in records if record.cell.label == "wachter"] == pytest.approx(
        [1.481, 1.316], abs=5e-4
    )
    assert {record.status for record in records} == {"done", "failed", "skipped"}
    assert all(not store.problem(record.key) for record in records)


def test_it_is_listed_tabulated_and_exported(old: Path, recbench: Recbench, tmp_path: Path) -> None:
    listed = recbench("store", "list", "--results", "results", cwd=old)
    assert listed.returncode == 0, listed.stderr
    assert listed.stdout.count("[stale: made by recbench 0.1.0") == 16
    assert "16 cells in results, 16 of them stale." in listed.stderr
    table = recbench("table", "--results", "results", "--format", "json", cwd=old)
    assert table.returncode == 0, table.stderr
    rows = json.loads(table.stdout)
    assert len(rows) == 9
    notes = recbench("table", "--results", "results", cwd=old).stdout
    assert notes.count("stale: made by recbench 0.1.0") == 7
    verified = recbench("store", "verify", "--results", "results", cwd=old)
    assert verified.stdout == "16 cells, 0 damaged.\n"
    exported = recbench("store", "export", "all.tar.gz", "--results", "results", cwd=old)
    assert exported.returncode == 0, exported.stderr
    imported = recbench("store", "import", "all.tar.gz", "--results", "copy", cwd=old)
    assert "Added 16 cells" in imported.stdout
    assert len(list(Store(old / "copy").records())) == 16


@pytest.mark.slow
def test_it_is_resumed_beside_the_old_cells(old: Path, recbench: Recbench) -> None:
    run = (
        "run",
        "old.yaml",
        "--results",
        "results",
        "--methods",
        "nnr,unchanged",
        "--no-tracking",
    )
    first = recbench(*run, cwd=old)
    assert first.returncode == 0, first.stderr
    store = Store(old / "results")
    assert len(list(store.records())) == 16 + 6
    assert sum(not outdated(record) for record in store.records()) == 6
    again = recbench(*run, cwd=old)
    assert "All 6 cells came from the store." in again.stdout
    table = recbench("table", "--results", "results", cwd=old)
    assert table.returncode == 0, table.stderr
    pruned = recbench("store", "prune", "--stale", "--yes", "--results", "results", cwd=old)
    assert "Deleted 16 entries" in pruned.stdout
    assert len(list(store.records())) == 6


def test_old_recourse_is_not_judged_by_a_task_that_may_be_another(old: Path, recbench: Recbench) -> None:
    data = ("--data", "people.csv", "--schema", "people.yaml")
    scored = recbench("score", "--metrics", "ynn", "--results", "results", *data, cwd=old)
    assert scored.returncode == 3
    assert "0 cells were scored anew." in scored.stdout
    assert scored.stderr.count("its task is stale (made by recbench 0.1.0") == 12
    assert "Run the suite again." in scored.stderr


def test_a_record_of_format_2_is_read_as_what_it_was() -> None:
    recipe, lof = TaskRecipe().model_dump(mode="json"), LofRecipe().model_dump(mode="json")
    flat = {
        "format": 2, "key": "a1", "status": "done", "dataset": "loan", "data_hash": "h", "classifier": "mlp",
        "method": "genre", "label": "mine", "params": {"lambda_": 5.0, "bins": 64}, "code": "c0de",
        "modules": {"recbench.task": "0a"}, "equation": "x.y", "made_by": "recbench 0.1.0", "seed": 3,
        "device": "cpu", "threads": 1, "chunk": 10, "recipe": recipe, "lof": lof, "people": 7,
        "fit_seconds": 1.0, "generate_seconds": 2.0,
    }  # fmt: skip
    record = read_record(json.dumps(flat))
    assert (record.format, record.key, record.people, record.cell.label) == (2, "a1", 7, "mine")
    assert (record.cell.code.version, record.cell.code.modules) == ("c0de", {"recbench.task": "0a"})
    assert (record.cell.equation, record.cell.seed, record.cell.recipe) == ("x.y", 3, TaskRecipe())
    assert record.cell.params == {"lambda": 5.0, "bins": 64}, "called as people type it"
    assert read_record(as_json(record)) == record
