"""The index of a store: it follows the folders, and is healed or done without."""

import os
import shutil
import sqlite3

import pytest

from recbench.store.folder import Store
from recbench.store.paths import CHECKSUM

from .cells import PEOPLE_FRAME, change, record


def test_the_index_is_rebuilt_from_the_cells(store: Store) -> None:
    store.write(record("a1"), PEOPLE_FRAME)
    store.write(record("b2"), PEOPLE_FRAME)
    (store.root / "index.sqlite").write_bytes(b"this is not a database, and longer than a header")
    for journal in store.root.glob("index.sqlite-*"):
        journal.unlink()
    again = Store(store.root)
    assert [one.key for one in again.records()] == ["a1", "b2"]


@pytest.mark.parametrize("place", [0.02, 0.3, 0.5, 0.7, 0.95])
def test_damage_anywhere_in_the_index_is_healed_and_said(
    store: Store, place: float, caplog: pytest.LogCaptureFixture
) -> None:
    keys = [f"a{number:03d}" for number in range(60)]
    for key in keys:
        store.write(record(key, reason="x" * 300), PEOPLE_FRAME)
    path = store.root / "index.sqlite"
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = bytearray(path.read_bytes())
    at = int(place * len(content))
    content[at : at + 3000] = os.urandom(min(3000, len(content) - at))
    path.write_bytes(content)
    for _ in range(2):
        again = Store(store.root)
        assert [one.key for one in again.records()] == keys
        assert sorted(key for key, _ in again.states()) == keys
        assert len(list(again.some([(key, key) for key in keys]))) == len(keys)
    again = Store(store.root)
    caplog.clear()
    assert len(list(again.records())) == len(keys)
    assert not caplog.records, "healed for good"


def test_a_flipped_digit_in_the_index_is_noticed(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    store.write(record("a1"), PEOPLE_FRAME)
    path = store.root / "index.sqlite"
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = path.read_bytes()
    assert b'"mean":0.5' in content
    path.write_bytes(content.replace(b'"mean":0.5', b'"mean":0.7'))
    assert next(Store(store.root).records()).mean("cost") == 0.5
    assert "is damaged: it is made anew" in caplog.text


def test_an_index_that_is_busy_is_left_alone(store: Store) -> None:
    store.write(record("a1"), PEOPLE_FRAME)
    other = sqlite3.connect(store.root / "index.sqlite", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    store.index._database.execute("PRAGMA busy_timeout = 50")
    store.write(record("b2"), PEOPLE_FRAME)
    assert [one.key for one in store.records()] == ["a1", "b2"]
    other.execute("ROLLBACK")
    assert (store.root / "index.sqlite").is_file()


def test_the_index_follows_the_folders(store: Store) -> None:
    store.write(record("a1"), PEOPLE_FRAME)
    other = Store(store.root)
    other.write(record("b2"), PEOPLE_FRAME)
    assert [one.key for one in store.records()] == ["a1", "b2"]
    other.write(record("a1", label="changed"), PEOPLE_FRAME)
    assert next(store.records()).cell.label == "changed"
    change(store.cells / "b2", mean=0.25)
    assert [one.key for one in store.records()] == ["a1"], "damaged, and left for whoever runs it to say so"
    shutil.rmtree(store.cells / "a1")
    assert list(store.records()) == []


def test_a_checksum_that_changed_after_the_cell_was_indexed_is_seen(store: Store) -> None:
    store.write(record(), PEOPLE_FRAME)
    assert len(list(store.states())) == 1
    (store.cells / "a1" / CHECKSUM).write_text("0" * 64)
    assert list(store.states()) == []
    assert "cell a1 is damaged (cell.json does not match its checksum)" in store.notices[0]


def test_an_index_that_cannot_be_written_is_done_without(store: Store) -> None:
    store.write(record("a1"), PEOPLE_FRAME)
    locked = sqlite3.connect(store.root / "index.sqlite")
    store.index._database.execute("PRAGMA query_only = ON")
    store.write(record("b2"), PEOPLE_FRAME)
    assert [one.key for one in store.records()] == ["a1", "b2"]
    locked.close()
