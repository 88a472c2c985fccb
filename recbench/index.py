"""Index: the cell records in one SQLite file, so that 100,000 cells are listed without opening each.

Never the truth: it follows the folders, and a damaged or unwritable index is rebuilt or done without.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

from recbench.record import CellRecord

_TABLE = "CREATE TABLE IF NOT EXISTS cells (key TEXT PRIMARY KEY, changed INTEGER, record TEXT)"


class Index:
    """Records by key, each with the time its ``cell.json`` was changed."""

    def __init__(self, path: Path) -> None:
        self._path = path
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
        database.execute(_TABLE)
        database.execute("SELECT key, changed, record FROM cells LIMIT 1").fetchone()
        return database

    def put(self, record: CellRecord, file: Path) -> None:
        """Add or replace a record; ``file`` is its ``cell.json``."""
        row = (record.key, file.stat().st_mtime_ns, record.model_dump_json(exclude={"traceback"}))
        self._write("INSERT OR REPLACE INTO cells VALUES (?, ?, ?)", [row])

    def remove(self, key: str) -> None:
        """Forget a cell."""
        self._write("DELETE FROM cells WHERE key = ?", [(key,)])

    def refresh(self, cells: Path, name: str) -> None:
        """Bring the index to the state of the folders; unreadable cells are left out."""
        known = dict(self._database.execute("SELECT key, changed FROM cells"))
        rows, here = [], set()
        with os.scandir(cells) as entries:
            for entry in entries:
                file = Path(entry.path) / name
                try:
                    changed = file.stat().st_mtime_ns
                    here.add(entry.name)
                    if known.get(entry.name) == changed:
                        continue
                    record = CellRecord.model_validate_json(file.read_bytes())
                except (OSError, ValueError):
                    here.discard(entry.name)
                    continue
                rows.append((entry.name, changed, record.model_dump_json(exclude={"traceback"})))
        gone = [(key,) for key in known if key not in here]
        written = self._write("INSERT OR REPLACE INTO cells VALUES (?, ?, ?)", rows)
        if not (written and self._write("DELETE FROM cells WHERE key = ?", gone)):
            # The disk is full or read-only: keep the index of this process in memory.
            self._database = self._open(Path(":memory:"))
            self.refresh(cells, name)

    def records(self) -> Iterator[CellRecord]:
        """Yield every record, by key."""
        for (text,) in self._database.execute("SELECT record FROM cells ORDER BY key"):
            yield CellRecord.model_validate_json(text)

    def _write(self, statement: str, rows: Sequence[tuple[object, ...]]) -> bool:
        """Run a statement for all rows in one transaction; return whether it could be written."""
        if not rows:
            return True
        try:
            self._database.execute("BEGIN")
            self._database.executemany(statement, rows)
            self._database.execute("COMMIT")
        except sqlite3.Error:
            if self._database.in_transaction:
                self._database.execute("ROLLBACK")
            return False
        return True
