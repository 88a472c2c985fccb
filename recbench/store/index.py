"""Index: the cell records in one SQLite file, so that 100,000 cells are listed without opening each.

Never the truth: it follows the folders, and a damaged or unwritable index is rebuilt or done without.
A row says that the cell was whole when its files had this size and time; if they change, it is read anew.
It leaves out what only one cell is asked for: tracebacks, and the hashes of the modules it ran.
"""

from __future__ import annotations

import json
import logging
import os
import sqlite3
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache, partial
from itertools import islice
from pathlib import Path
from typing import NamedTuple, TypeVar
from zlib import crc32

from recbench.store.paths import CHECKSUM, PEOPLE, RECORD
from recbench.store.record import MODULES, CellRecord, Status, read_record

_LAYOUT = 6
_COLUMNS = "key, files, status, dataset, method, params, finished, state, record"
_TABLE = """CREATE TABLE IF NOT EXISTS cells (
    key TEXT PRIMARY KEY, files TEXT, status TEXT, dataset TEXT, method TEXT, params TEXT, finished TEXT,
    state TEXT, record TEXT)"""
_AT_ONCE = 1_000
"""Records held in memory while many are read anew."""

_NO_DAMAGE = (
    *(sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY),
    *(sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM),
)
"""Errors of an index that is whole and cannot be used: then this process does with one in memory."""

log = logging.getLogger("recbench.store")

T = TypeVar("T")


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
        self._path = path
        self._again: Callable[[], None] | None = None
        try:
            self._database = self._open(path)
        except sqlite3.Error:
            self._begin_anew()

    def _begin_anew(self) -> None:
        """Put an empty index in the place of one that cannot be read; in memory if that cannot be."""
        with suppress(sqlite3.Error, AttributeError):
            self._database.close()
        try:
            for end in ("", "-wal", "-shm"):
                self._path.with_name(self._path.name + end).unlink(missing_ok=True)
            self._database = self._open(self._path)
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
        self._again = partial(self._follow, cells, read)
        try:
            self._again()
        except sqlite3.DatabaseError as error:
            self._rebuild(error)

    def _follow(self, cells: Path, read: Callable[[str], CellRecord | None]) -> None:
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
            self._follow(cells, read)

    def _rebuild(self, error: Exception) -> None:
        """Make the index anew from the cells, after damage was met."""
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in _NO_DAMAGE:
            self._database = self._open(Path(":memory:"))
        else:
            log.warning("%s is damaged: it is made anew from the cells.", self._path)
            self._begin_anew()
        if self._again is not None:
            self._again()

    def states(self) -> Iterator[tuple[str, State]]:
        """Yield the key and state of every cell."""
        return self._rows(_state, "SELECT key, state FROM cells ORDER BY key")

    def records(
        self,
        dataset: str | Collection[str] | None = None,
        method: str | Collection[str] | None = None,
        status: str | None = None,
    ) -> Iterator[CellRecord]:
        """Yield the records with these properties, or with one of several, oldest first."""
        wanted = {"dataset": dataset, "method": method, "status": status}
        chosen = {
            name: [value] if isinstance(value, str) else list(value)
            for name, value in wanted.items()
            if value is not None
        }
        where = " AND ".join(["1", *(f"{name} IN ({_marks(values)})" for name, values in chosen.items())])
        query = f"SELECT record FROM cells WHERE {where} ORDER BY finished, key"
        return self._rows(_record, query, [value for values in chosen.values() for value in values])

    def latest(self) -> Iterator[CellRecord]:
        """Yield the newest finished record of each method, with each parameters, on each data set."""
        # SQLite takes the other columns from the row that holds the maximum.
        query = (
            "SELECT record, MAX(finished) AS newest FROM cells WHERE status = 'done'"
            " GROUP BY dataset, method, params ORDER BY newest, key"
        )
        return self._rows(lambda text, _: _record(text), query)

    def some(self, keys: Collection[str]) -> dict[str, CellRecord]:
        """Return the records of these keys (at most 900), as far as they are there."""
        query = f"SELECT record FROM cells WHERE key IN ({_marks(keys)}) ORDER BY key"
        return {record.key: record for record in self._rows(_record, query, list(keys))}

    def _rows(self, read: Callable[..., T], query: str, values: Sequence[object] = ()) -> Iterator[T]:
        """Yield what ``read`` makes of each row of an ordered query.

        Where the index turns out to be damaged it is made anew, and reading goes on from there.
        """
        given = 0
        for attempt in (1, 2):
            try:
                for row in islice(self._database.execute(query, values), given, None):
                    yield read(*row)
                    given += 1
                return
            except (sqlite3.DatabaseError, ValueError, TypeError) as error:
                if attempt == 2:
                    raise
                self._rebuild(error)

    def _put(self, rows: Collection[tuple[object, ...]]) -> bool:
        marks = _marks(_COLUMNS.split(", "))
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
            with suppress(sqlite3.Error):
                self._database.execute("ROLLBACK")
            return False
        return True


def _marks(values: Collection[object]) -> str:
    """Return a placeholder for each value of a query."""
    return ", ".join("?" * len(values))


def _row(record: CellRecord, files: str) -> tuple[object, ...]:
    scores = {name: score.key for name, score in record.scores.items()}
    state = json.dumps({"status": record.status, "scores": scores})
    text = record.model_dump_json(exclude={"traceback": True, **MODULES})
    params = json.dumps(record.cell.params, sort_keys=True, default=str)
    asked = (record.status, record.cell.dataset, record.cell.method, params, record.finished)
    return (record.key, files, *asked, _sealed(state), _sealed(text))


def _record(text: str) -> CellRecord:
    return read_record(_unsealed(text))


def _state(key: str, text: str) -> tuple[str, State]:
    return key, _parsed_state(text)


@lru_cache(maxsize=4096)
def _parsed_state(text: str) -> State:
    """Return a state; most cells of a store have the same."""
    plain = json.loads(_unsealed(text))
    return State(Status(plain["status"]), plain["scores"])


def _sealed(text: str) -> str:
    """Return a text with its checksum: SQLite does not notice a flipped bit inside one."""
    return f"{crc32(text.encode()):08x}{text}"


def _unsealed(text: str) -> str:
    seal, said = text[:8], text[8:]
    if f"{crc32(said.encode()):08x}" != seal:
        raise ValueError("a row of the index does not match its checksum")
    return said


def _files(folder: str) -> str:
    """Return the size and time of a cell's files."""
    return " ".join(_seen(f"{folder}/{name}") for name in (RECORD, CHECKSUM, PEOPLE))


def _seen(path: str) -> str:
    try:
        about = os.stat(path)  # noqa: PTH116 - a Path for each of 300,000 files takes seconds
    except OSError:
        return "-"
    return f"{about.st_size}:{about.st_mtime_ns}"
