"""The cell store: the truth. One folder per cell, written whole or not at all, by one driver.

A cell says in which format it was written. Those of older versions of recbench stay and are read; those
of newer ones are left alone. Where everything is: :mod:`recbench.store.paths`.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from recbench.errors import RecbenchError, UsageError
from recbench.hashing import sha256
from recbench.store.index import Index, State
from recbench.store.paths import CHECKSUM, PEOPLE, RECORD, Paths
from recbench.store.record import CellRecord, NewerFormatError, Status, as_json, read_record

if TYPE_CHECKING:
    import pandas as pd

_AT_ONCE = 500
"""Records held in memory when many are read."""

__all__ = ["CHECKSUM", "PEOPLE", "RECORD", "Store"]


class Store:
    """The cells below one results folder.

    Args:
        root: the results folder.
        create: make it if it is not there.
        index: keep the index on disk; else in memory if there is none yet.

    Raises:
        RecbenchError: the folder cannot be read or written (with the reason).
    """

    def __init__(self, root: Path, create: bool = True, index: bool = True) -> None:
        self.root, self.paths = root, Paths(root)
        self.cells = self.paths.cells
        if not create and not self.cells.is_dir():
            raise UsageError(
                f"there are no results in {root}.", "Run `recbench run`, or name another --results."
            )
        try:
            self.cells.mkdir(parents=True, exist_ok=True)
            self._recover()
        except OSError as error:
            raise unwritable(root, error) from error
        place = self.paths.index
        self.index = Index(place if index or place.is_file() else Path(":memory:"))
        self.notices: list[str] = []

    def read(self, key: str) -> CellRecord | None:
        """Return the record of a cell, or None if there is none or it is damaged (then it is set aside)."""
        folder = self.cells / key
        if not folder.is_dir():
            return None
        try:
            problem = self.problem(key)
        except NewerFormatError as error:
            self.notices.append(f"cell {key} is left out: {error}")
            return None
        if problem:
            place = self.set_aside(key)
            self.notices.append(f"cell {key} is damaged ({problem}): set aside in {place}")
            return None
        return read_record((folder / RECORD).read_bytes())

    def problem(self, key: str) -> str:
        """Return what is wrong with a stored cell, or nothing.

        Raises:
            NewerFormatError: a newer recbench wrote it.
        """
        folder = self.cells / key
        try:
            record = read_record((folder / RECORD).read_bytes())
            problem = _mismatch(folder / RECORD, (folder / CHECKSUM).read_text(encoding="ascii").strip()[:64])
        except FileNotFoundError as error:
            return f"{Path(str(error.filename)).name} is missing"
        except NewerFormatError:
            raise
        except (OSError, ValueError) as error:
            return f"{RECORD} cannot be read ({_first_line(error)})"
        if not problem and record.key != key:
            problem = f"{RECORD} belongs to cell {record.key}"
        if not problem and record.status == Status.DONE:
            problem = _mismatch(folder / PEOPLE, record.people_sha256)
        return problem

    def unreadable(self) -> list[str]:
        """Return the keys of damaged cells; those that a newer recbench wrote are none."""
        self.index.refresh(self.cells, self._whole)
        whole = {key for key, _ in self.index.states()}
        with os.scandir(self.cells) as entries:
            others = sorted(entry.name for entry in entries if entry.name not in whole)
        return [key for key in others if not self._is_newer(key)]

    def _is_newer(self, key: str) -> bool:
        try:
            self.problem(key)
        except NewerFormatError:
            return True
        return False

    def set_aside(self, key: str) -> Path:
        """Move a damaged cell to ``damaged/``, where it can be looked at, and return its new place."""
        home = self.paths.damaged
        home.mkdir(exist_ok=True)
        place = Path(tempfile.mkdtemp(prefix=f"{key}-", dir=home))
        (self.cells / key).rename(place / "cell")
        self.index.remove(key)
        return place / "cell"

    def write(self, record: CellRecord, people: pd.DataFrame | None) -> CellRecord:
        """Store a cell, replacing an older one, and return its record with the checksum.

        Everything is written and synced in a temporary folder, which is then renamed: whatever
        happens meanwhile, a cell is there whole or not at all.
        """
        try:
            as_json(CellRecord.model_validate(record.model_dump()))
        except ValueError as error:
            raise RecbenchError(f"cell {record.key} cannot be kept: {_first_line(error)}.") from error
        try:
            return self._write(record, people)
        except OSError as error:
            raise unwritable(self.root, error) from error

    def people(self, key: str, wanted: Callable[[str], bool] = lambda column: True) -> pd.DataFrame:
        """Return every person of a cell, with those columns whose names are ``wanted``.

        Raises:
            UsageError: there is no such cell, or it did not finish.
        """
        path = self.cells / key / PEOPLE
        if not path.is_file():
            raise UsageError(f"cell {key} has no people.", "`recbench store list` shows the cells there are.")
        from pyarrow.parquet import ParquetFile

        # pandas' own reader looks for folders of files and filters first, which takes as long again.
        with ParquetFile(path) as file:
            columns = [name for name in file.schema_arrow.names if wanted(name)]
            frame: pd.DataFrame = file.read(columns, use_pandas_metadata=True).to_pandas()
        return frame

    def full(self, key: str) -> CellRecord:
        """Return the record of a whole cell with what the index leaves out: traceback and modules."""
        return read_record((self.cells / key / RECORD).read_bytes())

    def records(
        self,
        dataset: str | Collection[str] | None = None,
        method: str | Collection[str] | None = None,
        status: str | None = None,
    ) -> Iterator[CellRecord]:
        """Yield the records of the stored cells with these properties through the index, oldest first."""
        self.index.refresh(self.cells, self._whole)
        yield from self.index.records(dataset, method, status)

    def states(self, only_look: bool = False) -> Iterator[tuple[str, State]]:
        """Yield key and state of every stored cell.

        A damaged one is set aside, and ``notices`` says so, unless one shall ``only_look``.
        """
        self.index.refresh(self.cells, self._whole if only_look else self.read)
        yield from self.index.states()

    def latest(self) -> Iterator[CellRecord]:
        """Yield the newest finished record of each method, with each parameters, on each data set.

        As the index knows them: call it after :meth:`states` or :meth:`records`.
        """
        yield from self.index.latest()

    def some(self, labels: Sequence[tuple[str, str]]) -> Iterator[CellRecord]:
        """Yield the records of these keys that are there, each under the label that stands beside it."""
        for start in range(0, len(labels), _AT_ONCE):
            part = labels[start : start + _AT_ONCE]
            found = self.index.some({key for key, _ in part})
            for key, label in part:
                if key in found:
                    yield found[key].relabelled(label)

    def find(self, prefix: str) -> CellRecord:
        """Return the one cell whose key begins with ``prefix``.

        Raises:
            UsageError: none does, or several do.
        """
        matches = [record for record in self.records() if record.key.startswith(prefix)]
        if len(matches) != 1:
            problem = "several cells" if matches else "no cell"
            raise UsageError(f"{problem} begin with {prefix!r}.", "`recbench store list` shows the keys.")
        return matches[0]

    def _write(self, record: CellRecord, people: pd.DataFrame | None) -> CellRecord:
        scratch = Path(tempfile.mkdtemp(prefix=self.paths.scratch, dir=self.root))
        try:
            fresh = scratch / record.key
            fresh.mkdir()
            if people is not None:
                people.to_parquet(fresh / PEOPLE, index=False)
                _sync(fresh / PEOPLE)
                record = record.model_copy(update={"people_sha256": sha256(fresh / PEOPLE)})
            (fresh / RECORD).write_text(as_json(record), encoding="utf-8")
            _sync(fresh / RECORD)
            (fresh / CHECKSUM).write_text(f"{sha256(fresh / RECORD)}  {RECORD}\n", encoding="ascii")
            _sync(fresh / CHECKSUM)
            _sync(fresh)
            place = self.cells / record.key
            if place.exists():
                place.rename(scratch / "replaced")
            fresh.rename(place)
            _sync(self.cells)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
        self.index.put(record, place)
        return record

    def _whole(self, key: str) -> CellRecord | None:
        """Return a cell's record, or None if it is damaged; nothing is moved."""
        try:
            if self.problem(key):
                return None
        except NewerFormatError:
            return None
        return read_record((self.cells / key / RECORD).read_bytes())

    def _recover(self) -> None:
        """Put back what a killed driver had taken away to replace, and remove its half-written cells.

        What a living process, or one on another machine, is writing is left alone.
        """
        for scratch in self.root.glob(f"{self.paths.scratches}*"):
            import psutil

            process = scratch.name.removeprefix(self.paths.scratches).partition("-")[0]
            if process.isdigit() and psutil.pid_exists(int(process)):
                continue
            for fresh in scratch.iterdir():
                replaced = scratch / "replaced"
                place = self.cells / fresh.name
                if fresh != replaced and replaced.is_dir() and not place.exists():
                    replaced.rename(place)
            shutil.rmtree(scratch, ignore_errors=True)


def _mismatch(path: Path, checksum: str) -> str:
    """Return that a file is not what it was, or nothing."""
    try:
        return "" if sha256(path) == checksum else f"{path.name} does not match its checksum"
    except FileNotFoundError:
        return f"{path.name} is missing"
    except OSError as error:
        return f"{path.name} cannot be read ({type(error).__name__})"


def _first_line(error: Exception) -> str:
    """Return in a few words what could not be read."""
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(map(str, first['loc'])) or 'it'}: {first['msg']}"
    return str(error).split("\n", maxsplit=1)[0] or type(error).__name__


def unwritable(path: Path, error: OSError) -> RecbenchError:
    """Return the error for results that cannot be written."""
    return RecbenchError(
        # pyarrow gives the number of an error and says it in a way of its own.
        f"cannot write results to {path}: {os.strerror(error.errno) if error.errno else error}.",
        "Free space, mend its permissions, or name another folder with --results; finished cells are kept.",
    )


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
