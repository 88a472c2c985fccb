import json
import os
import platform
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from recbench.errors import RecbenchError, UsageError
from recbench.hashing import sha256
from recbench.recipes import LofRecipe, TaskRecipe
from recbench.record import CellRecord, Score, Status
from recbench.store import CHECKSUM, PEOPLE, RECORD, Store


def record(key: str = "a1", **changes: object) -> CellRecord:
    values = {
        "key": key,
        "status": Status.DONE,
        "dataset": "loan",
        "data_hash": "h",
        "classifier": "mlp",
        "method": "genre",
        "label": "genre",
        "params": {},
        "made_by": "1",
        "seed": 0,
        "device": "cpu",
        "threads": 1,
        "chunk": 10,
        "recipe": TaskRecipe(),
        "lof": LofRecipe(),
        "scores": {"cost": Score(key="s", mean=0.5)},
    }
    return CellRecord(**{**values, **changes})


def change(cell: Path, mean: float) -> None:
    """Alter a number in a record as a bad disk would: it still parses."""
    plain = json.loads((cell / RECORD).read_text())
    plain["scores"]["cost"]["mean"] = mean
    (cell / RECORD).write_text(json.dumps(plain))


PEOPLE_FRAME = pd.DataFrame({"person": ["x", "y"], "cost": [0.25, None]})


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "results")


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
    assert next(store.records()).label == "again"


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


def test_the_index_is_rebuilt_from_the_cells(store: Store) -> None:
    store.write(record("a1"), PEOPLE_FRAME)
    store.write(record("b2"), PEOPLE_FRAME)
    (store.root / "index.sqlite").write_bytes(b"this is not a database, and longer than a header")
    for journal in store.root.glob("index.sqlite-*"):
        journal.unlink()
    again = Store(store.root)
    assert [one.key for one in again.records()] == ["a1", "b2"]


def test_the_index_follows_the_folders(store: Store) -> None:
    store.write(record("a1"), PEOPLE_FRAME)
    other = Store(store.root)
    other.write(record("b2"), PEOPLE_FRAME)
    assert [one.key for one in store.records()] == ["a1", "b2"]
    other.write(record("a1", label="changed"), PEOPLE_FRAME)
    assert next(store.records()).label == "changed"
    change(store.cells / "b2", mean=0.25)
    assert [one.key for one in store.records()] == ["a1"], "damaged, and left for whoever runs it to say so"
    shutil.rmtree(store.cells / "a1")
    assert list(store.records()) == []


def test_an_index_that_cannot_be_written_is_done_without(store: Store) -> None:
    store.write(record("a1"), PEOPLE_FRAME)
    locked = sqlite3.connect(store.root / "index.sqlite")
    store.index._database.execute("PRAGMA query_only = ON")
    store.write(record("b2"), PEOPLE_FRAME)
    assert [one.key for one in store.records()] == ["a1", "b2"]
    locked.close()


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
        "from tests.test_store import record, PEOPLE_FRAME\n"
        "from recbench.store import Store\nfrom pathlib import Path\n"
        "store = Store(Path(sys.argv[2]))\nprint('go', flush=True)\n"
        "while True:\n  [store.write(record(f'c{i}'), PEOPLE_FRAME) for i in range(20)]\n"
    )
    root = tmp_path / "results"
    checkout = str(Path(__file__).parent.parent)
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
    assert kept.label == "genre"
    assert not list(store.root.glob(".writing-*"))


def test_no_results_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there are no results in"):
        Store(tmp_path, create=False)
    with pytest.raises(UsageError, match="no cell begin"):
        Store(tmp_path).find("a")
