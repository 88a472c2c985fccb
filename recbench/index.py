"""Index: the cell records in one SQLite file, so that 100,000 cells are listed without opening each.

Never the truth: it follows the folders, and a damaged or unwritable index is rebuilt or done without.
A row says that the cell was whole when its files had this size and time; if they change, it is read anew.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from recbench.record import CellRecord, Status

RECORD, PEOPLE = "cell.json", "people.parquet"

_LAYOUT = 3
_COLUMNS = "key, files, status, dataset, method, params, finished, scores, record"
_TABLE = """CREATE TABLE IF NOT EXISTS cells (
    key TEXT PRIMARY KEY, files TEXT, status TEXT, dataset TEXT, method TEXT, params TEXT, finished TEXT,
    scores TEXT, record TEXT)"""
_AT_ONCE = 1_000
"""Records held in memory while many are read anew."""


class State(NamedTuple):
    """What planning needs to know of a stored cell: how it ended, and the score key of each metric."""

    status: Status
    scores: Mapping[str, str]


class Index:
    """Records by key.

    Args:
        path: the SQLite file.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._database = self._open(path)
        except sqlite3.Error:
            try:
                path.unlink(missing_ok=True)
                self._database = self._open(path)
            except (sqlite3.Error, OSError):
                self._database = self._open(Path(":memory:"))

    @staticmethod
    def _open(path: Path) -> sqlite3.Connection:
        database = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
        database.execute("PRAGMA journal_mode=WAL")
        if database.execute("PRAGMA user_version").fetchone()[0] != _LAYOUT:
            database.execute("DROP TABLE IF EXISTS cells")
            database.execute(f"PRAGMA user_version={_LAYOUT}")
        database.execute(_TABLE)
        database.execute(f"SELECT {_COLUMNS} FROM cells LIMIT 1").fetchone()
        return database

    def put(self, record: CellRecord, folder: Path) -> None:
        """Add or replace a record; ``folder`` is its cell."""
        self._put([_row(record, _files(str(folder)))])

    def remove(self, key: str) -> None:
        """Forget a cell."""
        self._write("DELETE FROM cells WHERE key = ?", [(key,)])

    def refresh(self, cells: Path, read: Callable[[str], CellRecord | None]) -> None:
        """Bring the index to the state of the folders.

        Args:
            cells: the folder of cells.
            read: returns the record of a cell that is whole, else None; such cells are left out.
        """
        gone = dict(self._database.execute("SELECT key, files FROM cells"))
        changed = []
        with os.scandir(cells) as entries:
            for entry in entries:
                files = _files(entry.path)
                if gone.get(entry.name) == files:
                    del gone[entry.name]
                else:
                    changed.append((entry.name, files))
        written = True
        for start in range(0, len(changed), _AT_ONCE):
            rows = []
            for key, files in changed[start : start + _AT_ONCE]:
                record = read(key)
                if record is not None:
                    rows.append(_row(record, files))
                    gone.pop(key, None)
            written = written and self._put(rows)
        if not (written and self._write("DELETE FROM cells WHERE key = ?", [(key,) for key in gone])):
            # The disk is full or read-only: keep the index of this process in memory.
            self._database = self._open(Path(":memory:"))
            self.refresh(cells, read)

    def states(self) -> Iterator[tuple[str, State]]:
        """Yield the key and state of every cell."""
        for key, status, scores in self._database.execute("SELECT key, status, scores FROM cells"):
            yield key, State(Status(status), _scores(scores))

    def records(
        self, dataset: str | None = None, method: str | None = None, status: str | None = None
    ) -> Iterator[CellRecord]:
        """Yield the records with these properties, oldest first."""
        wanted = {"dataset": dataset, "method": method, "status": status}
        chosen = {name: value for name, value in wanted.items() if value is not None}
        where = " AND ".join(["1", *(f"{name} = ?" for name in chosen)])
        query = f"SELECT record FROM cells WHERE {where} ORDER BY finished, key"
        for (text,) in self._database.execute(query, list(chosen.values())):
            yield CellRecord.model_validate_json(text)

    def latest(self) -> Iterator[CellRecord]:
        """Yield the newest finished record of each method, with each parameters, on each data set."""
        # SQLite takes the other columns from the row that holds the maximum.
        query = (
            "SELECT record, MAX(finished) AS newest FROM cells WHERE status = 'done'"
            " GROUP BY dataset, method, params ORDER BY newest"
        )
        for text, _ in self._database.execute(query):
            yield CellRecord.model_validate_json(text)

    def some(self, keys: Collection[str]) -> dict[str, CellRecord]:
        """Return the records of these keys (at most 900), as far as they are there."""
        marks = ", ".join("?" * len(keys))
        rows = self._database.execute(f"SELECT key, record FROM cells WHERE key IN ({marks})", list(keys))
        return {key: CellRecord.model_validate_json(text) for key, text in rows}

    def _put(self, rows: Collection[tuple[object, ...]]) -> bool:
        marks = ", ".join("?" * len(_COLUMNS.split(", ")))
        return self._write(f"INSERT OR REPLACE INTO cells ({_COLUMNS}) VALUES ({marks})", rows)

    def _write(self, statement: str, rows: Collection[tuple[object, ...]]) -> bool:
        """Run a statement for all rows in one transaction; return whether it could be written."""
        if not rows:
            return True
        try:
            self._database.execute("BEGIN IMMEDIATE")
            self._database.executemany(statement, rows)
            self._database.execute("COMMIT")
        except sqlite3.Error:
            if self._database.in_transaction:
                self._database.execute("ROLLBACK")
            return False
        return True


def _row(record: CellRecord, files: str) -> tuple[object, ...]:
    scores = json.dumps({name: score.key for name, score in record.scores.items()})
    text = record.model_dump_json(exclude={"traceback"})
    params = json.dumps(record.params, sort_keys=True, default=str)
    asked = (record.status, record.dataset, record.method, params, record.finished)
    return (record.key, files, *asked, scores, text)


def _files(folder: str) -> str:
    """Return the size and time of a cell's files."""
    return f"{_seen(f'{folder}/{RECORD}')} {_seen(f'{folder}/{PEOPLE}')}"


def _seen(path: str) -> str:
    try:
        about = os.stat(path)  # noqa: PTH116 - a Path for each of 300,000 files takes seconds
    except OSError:
        return "-"
    return f"{about.st_size}:{about.st_mtime_ns}"


@lru_cache(maxsize=4096)
def _scores(text: str) -> Mapping[str, str]:
    """Return score keys by metric; most cells of a store have the same."""
    keys: dict[str, str] = json.loads(text)
    return keys
