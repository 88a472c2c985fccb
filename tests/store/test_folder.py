"""Cells in a folder: they come back as written or are said to be damaged, whatever happens to a writer."""

import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from recbench.errors import RecbenchError, UsageError
from recbench.hashing import sha256
from recbench.store.folder import Store
from recbench.store.paths import CHECKSUM, PEOPLE, RECORD

from .cells import PEOPLE_FRAME, change, record


def test_a_cell_reads_back_as_written(store: Store) -> None:
    written = store.write(record(), PEOPLE_FRAME)
    assert store.read("a1") == written
    assert written.people_sha256 == sha256(store.cells / "a1" / PEOPLE)
    pd.testing.assert_frame_equal(store.people("a1"), PEOPLE_FRAME)
    assert [one.key for one in store.records()] == ["a1"]


def test_nothing_but_whole_cells_is_left(store: Store) -> None:
    store.write(record(), PEOPLE_FRAME)
    store.write(record(label="again"), PEOPLE_FRAME)
    assert [path.name for path in store.root.glob(".writing-*")] == []
    assert sorted(path.name for path in (store.cells / "a1").iterdir()) == [RECORD, CHECKSUM, PEOPLE]
    assert next(store.records()).cell.label == "again"


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        (lambda cell: (cell / PEOPLE).write_bytes((cell / PEOPLE).read_bytes()[:-10]), "checksum"),
        (lambda cell: (cell / PEOPLE).unlink(), "people.parquet is missing"),
        (lambda cell: (cell / RECORD).write_text("{"), "cannot be read"),
        (lambda cell: change(cell, mean=0.25), "cell.json does not match its checksum"),
        (lambda cell: (cell / RECORD).unlink(), "cell.json is missing"),
        (lambda cell: (cell / CHECKSUM).unlink(), "cell.sha256 is missing"),
        (lambda cell: (cell / CHECKSUM).write_text(""), "does not match"),
    ],
)
def test_a_damaged_cell_is_set_aside_and_said(store: Store, damage: object, problem: str) -> None:
    store.write(record(), PEOPLE_FRAME)
    damage(store.cells / "a1")  # type: ignore[operator]
    assert problem in store.problem("a1")
    assert store.read("a1") is None
    assert problem in store.notices[0]
    assert len(list((store.root / "damaged").iterdir())) == 1
    assert list(store.records()) == []


def test_a_cell_of_another_key_is_damaged(store: Store) -> None:
    store.write(record(), PEOPLE_FRAME)
    (store.cells / "a1").rename(store.cells / "b2")
    assert "belongs to cell a1" in store.problem("b2")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{"seed": NaN}', "NaN is no number in JSON"),
        ('{"recipe": {"weights": {"income": Infinity}}}', "Infinity is no number in JSON"),
        ("[" * 100_000, "nested too deeply"),
        ("[1, 2]", "it is no JSON object"),
        ("\x00\x01", "cannot be read"),
        ("{}", "Field required"),
    ],
)
def test_a_record_that_cannot_be_read_costs_that_one_cell(store: Store, text: str, problem: str) -> None:
    for key in ("a1", "b2"):
        store.write(record(key), PEOPLE_FRAME)
    cell = store.cells / "a1"
    (cell / RECORD).write_text(text)
    (cell / CHECKSUM).write_text(f"{sha256(cell / RECORD)}  {RECORD}\n")
    assert problem in store.problem("a1")
    assert [one.key for one in store.records()] == ["b2"]
    assert store.unreadable() == ["a1"]


def test_a_finished_cell_without_its_seconds_is_damaged(store: Store) -> None:
    store.write(record("a1"), PEOPLE_FRAME)
    cell = store.cells / "a1"
    plain = {**json.loads((cell / RECORD).read_text()), "fit_seconds": None}
    (cell / RECORD).write_text(json.dumps(plain))
    (cell / CHECKSUM).write_text(f"{sha256(cell / RECORD)}  {RECORD}\n")
    assert "does not say how long it took" in store.problem("a1")
    assert list(store.records()) == []


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_a_number_that_json_cannot_hold_is_never_written(store: Store, value: float) -> None:
    wrong = record("b2").model_copy(update={"accuracy": value})
    with pytest.raises(RecbenchError, match="accuracy"):
        store.write(wrong, PEOPLE_FRAME)
    assert not (store.cells / "b2").exists()
    assert list(store.records()) == []


def test_a_cell_of_a_newer_format_is_left_alone(store: Store) -> None:
    store.write(record("a1"), PEOPLE_FRAME)
    store.write(record("b2"), PEOPLE_FRAME)
    cell = store.cells / "b2"
    plain = {**json.loads((cell / RECORD).read_text()), "format": 99, "colour": "red"}
    (cell / RECORD).write_text(json.dumps(plain))
    assert [one.key for one in store.records()] == ["a1"]
    assert store.read("b2") is None
    assert "format 99, which a newer recbench wrote" in store.notices[0]
    assert store.unreadable() == []
    assert cell.is_dir()


def test_what_would_no_longer_be_run_is_still_read(store: Store) -> None:
    """0.1.0 ran with a weight below 0."""
    store.write(record("a1"), PEOPLE_FRAME)
    cell = store.cells / "a1"
    plain = json.loads((cell / RECORD).read_text())
    plain["cell"]["recipe"]["weights"] = {"income": -5.0}
    plain["cell"]["recipe"]["threshold"] = 1.5
    (cell / RECORD).write_text(json.dumps(plain))
    (cell / CHECKSUM).write_text(f"{sha256(cell / RECORD)}  {RECORD}\n")
    (found,) = store.records()
    assert found.cell.recipe.weights == {"income": -5.0}
    assert found.cell.recipe.threshold == 1.5
    assert store.write(found, PEOPLE_FRAME).cell.recipe == found.cell.recipe


def test_a_driver_killed_between_its_renames_loses_nothing(store: Store) -> None:
    """The one moment at which a cell is in neither place: the old one is put back."""
    store.write(record(), PEOPLE_FRAME)
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    scratch = store.root / f".writing-{platform.node()}-{gone.pid}-x"
    (scratch / "a1").mkdir(parents=True)
    (store.cells / "a1").rename(scratch / "replaced")
    again = Store(store.root)
    assert again.read("a1") is not None
    assert not scratch.exists()


def test_what_another_driver_is_writing_is_left_alone(store: Store) -> None:
    busy = store.root / f".writing-{platform.node()}-{os.getpid()}-x"
    elsewhere = store.root / ".writing-another.machine-1-x"
    for scratch in (busy, elsewhere):
        (scratch / "a1").mkdir(parents=True)
    Store(store.root)
    assert busy.exists() and elsewhere.exists()


def test_a_writer_killed_in_the_middle_leaves_whole_cells(tmp_path: Path) -> None:
    script = (
        "import sys, pandas as pd\n"
        "sys.path.insert(0, sys.argv[1])\n"
        "from tests.store.cells import record, PEOPLE_FRAME\n"
        "from recbench.store.folder import Store\nfrom pathlib import Path\n"
        "store = Store(Path(sys.argv[2]))\nprint('go', flush=True)\n"
        "while True:\n  [store.write(record(f'c{i}'), PEOPLE_FRAME) for i in range(20)]\n"
    )
    root = tmp_path / "results"
    checkout = str(Path(__file__).parents[2])
    child = subprocess.Popen([sys.executable, "-c", script, checkout, str(root)], stdout=subprocess.PIPE)
    assert child.stdout is not None
    child.stdout.readline()
    while len(list(root.glob("cells/c*"))) < 5:
        assert child.poll() is None
    child.kill()
    child.wait()
    store = Store(root)
    keys = [path.name for path in store.cells.iterdir()]
    assert len(keys) >= 5
    assert [store.problem(key) for key in keys] == [""] * len(keys)
    assert not list(root.glob(".writing-*"))


def test_a_full_disk_is_one_clear_error_and_keeps_what_is_there(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.write(record("a1"), PEOPLE_FRAME)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pd.DataFrame, "to_parquet", full)
    with pytest.raises(
        RecbenchError, match=r"cannot write results to .*No space left on device\. Free space"
    ):
        store.write(record("a1", label="new"), PEOPLE_FRAME)
    kept = store.read("a1")
    assert kept is not None
    assert kept.cell.label == "genre"
    assert not list(store.root.glob(".writing-*"))


def test_no_results_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there are no results in"):
        Store(tmp_path, create=False)
    with pytest.raises(UsageError, match="no cell begin"):
        Store(tmp_path).find("a")
