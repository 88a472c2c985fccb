"""Archives: cells as one ``.tar.gz``, to be carried to another machine.

Nothing of an archive is believed. Only regular files ``cells/<key>/{cell.json, cell.sha256, people.parquet}``
are read, each as a stream into a name of ours, up to the limits below; everything is read and every cell
verified in a folder aside before the first is added.
"""

from __future__ import annotations

import gzip
import re
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from recbench.errors import UsageError
from recbench.files import written_whole
from recbench.store.folder import Store, unwritable
from recbench.store.paths import CHECKSUM, PEOPLE, RECORD, Paths
from recbench.store.record import NewerFormatError, Status, read_record

LARGEST = {RECORD: 2**24, CHECKSUM: 2**10, PEOPLE: 2**33}
"""Most bytes of each file of a cell: 16 MiB, 1 KiB, 8 GiB."""
LARGEST_ARCHIVE = 2**38
"""Most bytes of an archive when it is unpacked: 256 GiB."""
_SWELLS, _SLACK = 200, 2**26
"""An archive may hold 200 times its size and 64 MiB: cells shrink to a twentieth, bombs to a thousandth."""
_AT_ONCE = 2**20
"""Bytes read at a time. No header is longer."""

_KEY = re.compile(r"[0-9a-f]{24}")
_MEMBER = re.compile(rf"cells/({_KEY.pattern})/({'|'.join(map(re.escape, LARGEST))})")
_FOLDER = re.compile(rf"cells(/{_KEY.pattern})?/?")


@dataclass
class Added:
    """What an import did.

    Attributes:
        added: how many cells are new here.
        present: how many were here already; those stay as they are.
        refused: why, for each cell that is damaged.
    """

    added: int = 0
    present: int = 0
    refused: dict[str, str] = field(default_factory=dict)


def export_cells(store: Store, archive: Path) -> tuple[int, dict[str, str]]:
    """Write all cells to a ``.tar.gz`` that :func:`import_cells` reads on another machine.

    Returns:
        How many were written, and why not, for each cell that is damaged.

    Raises:
        RecbenchError: it cannot be written; nothing of it is left then.
        UsageError: there is no cell to write.
    """
    found = {entry.name: _problem(store, entry.name) for entry in store.cells.iterdir() if entry.is_dir()}
    left_out = {key: problem or "its name is no key" for key, problem in sorted(found.items())}
    keys = sorted(key for key, problem in found.items() if not problem and _KEY.fullmatch(key))
    for key in keys:
        del left_out[key]
    if not keys:
        raise UsageError(f"there are no whole cells in {store.root}.", "Run `recbench run` first.")
    try:
        with written_whole(archive) as fresh, tarfile.open(fresh, "w:gz") as tar:
            for key in keys:
                for name in LARGEST:
                    if (store.cells / key / name).is_file():
                        tar.add(store.cells / key / name, f"cells/{key}/{name}", filter=_anonymous)
    except OSError as error:
        raise unwritable(archive, error) from error
    return len(keys), left_out


def import_cells(store: Store, archive: Path) -> Added:
    """Add the cells of an archive that are not here yet, except damaged ones.

    Raises:
        UsageError: the file is no such archive, or holds something else; nothing is added then.
        RecbenchError: it cannot be written here.
    """
    try:
        with tempfile.TemporaryDirectory(dir=store.root, prefix=".import-") as scratch:
            _unpack(archive, Path(scratch))
            return _add(Store(Path(scratch)), store)
    except OSError as error:
        raise unwritable(store.root, error) from error


def _add(other: Store, store: Store) -> Added:
    result = Added()
    for entry in sorted(other.cells.iterdir()):
        problem = _problem(other, entry.name)
        if problem:
            result.refused[entry.name] = problem
        elif (store.cells / entry.name).exists():
            result.present += 1
        else:
            entry.rename(store.cells / entry.name)
            result.added += 1
    return result


def _problem(store: Store, key: str) -> str:
    """Return what is wrong with a cell, its people included, or nothing."""
    from pyarrow import ArrowException, parquet

    cell = store.cells / key
    try:
        problem = store.problem(key)
    except NewerFormatError as error:
        return str(error)
    if problem or read_record((cell / RECORD).read_bytes()).status != Status.DONE:
        return problem
    try:
        columns = parquet.read_schema(cell / PEOPLE).names
    except (ArrowException, OSError, ValueError):
        return f"{PEOPLE} is no Parquet file"
    return "" if "person" in columns else f"{PEOPLE} has no column 'person'"


def _unpack(archive: Path, scratch: Path) -> None:
    """Write the files of all cells below ``scratch``.

    Raises:
        UsageError: the archive cannot be read to its end, or holds something else.
    """
    count = 0
    with _opened(archive) as tar:
        for member in tar:
            found = _MEMBER.fullmatch(member.name)
            if member.isdir() and _FOLDER.fullmatch(member.name):
                continue
            if not found or not member.isreg() or member.issparse():
                raise _refused(archive, f"{member.name[:200]!r} is no file of a cell")
            key, name = found.groups()
            if member.size > LARGEST[name]:
                raise _refused(archive, f"{member.name} has more than {LARGEST[name]} bytes")
            place = Paths(scratch).cells / key / name
            if place.exists():
                raise _refused(archive, f"{member.name} is in it twice")
            source = tar.extractfile(member)
            assert source is not None
            place.parent.mkdir(parents=True, exist_ok=True)
            with place.open("xb") as target:
                while block := source.read(_AT_ONCE):
                    _write(target, block)
            count += 1
    if not count:
        raise _refused(archive, "there is no cell in it")


@contextmanager
def _opened(archive: Path) -> Iterator[tarfile.TarFile]:
    """Open an archive; whatever it is that cannot be read is one line."""
    try:
        if not archive.is_file():
            raise UsageError(f"there is no archive {archive}.")
        at_most = min(LARGEST_ARCHIVE, _SWELLS * archive.stat().st_size + _SLACK)
        with archive.open("rb") as packed:
            is_packed = packed.peek(2)[:2] == b"\x1f\x8b"
            stream = _Guarded(gzip.GzipFile(fileobj=packed) if is_packed else packed, at_most)
            with tarfile.open(fileobj=stream, mode="r:") as tar:  # type: ignore[call-overload]
                yield tar
            if stream.last.strip(b"\0") or len(stream.last) < tarfile.BLOCKSIZE:
                raise tarfile.ReadError("it ends too early, or is damaged")
            # What follows carries the checksum of all that went before.
            while stream.read(_AT_ONCE):
                pass
    except _TooLargeError as error:
        raise _refused(archive, f"it is too large when unpacked: {error}") from error
    except (OSError, tarfile.TarError, EOFError, zlib.error, ValueError, OverflowError) as error:
        said = " ".join(str(error).split()) or type(error).__name__
        raise UsageError(f"cannot read archive {archive}: {said[:200]}. Nothing was added.") from error


class _TooLargeError(Exception):
    """More would have been read than is allowed."""


class _Guarded:
    """A stream that is read up to a limit, and never much at once: tarfile reads long headers whole.

    Attributes:
        last: what was read last. After the last member it is a block of zeros, else the archive is cut off.
    """

    def __init__(self, stream: Any, at_most: int) -> None:
        self._stream, self._at_most = stream, at_most
        self.last = b""

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= _AT_ONCE:
            raise _TooLargeError(f"a header of {size} bytes")
        self._check(self.tell())
        self.last = self._stream.read(size)
        return self.last

    def seek(self, position: int, whence: int = 0) -> int:
        self._check(position)
        reached: int = self._stream.seek(position, whence)
        return reached

    def tell(self) -> int:
        position: int = self._stream.tell()
        return position

    def _check(self, position: int) -> None:
        if position > self._at_most:
            raise _TooLargeError(f"more than {self._at_most} bytes")


def _write(target: IO[bytes], block: bytes) -> None:
    try:
        target.write(block)
    except OSError as error:
        raise unwritable(Path(target.name), error) from error


def _refused(archive: Path, why: str) -> UsageError:
    return UsageError(f"archive {archive}: {why}. Nothing was added.")


def _anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member
