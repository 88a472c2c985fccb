"""Archives of cells, written member by member."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path

from recbench.hashing import sha256
from recbench.store.folder import Store
from recbench.store.paths import CHECKSUM, PEOPLE, RECORD
from recbench.store.record import CellRecord

from .cells import PEOPLE_FRAME

A, B, C = "a1" * 12, "b2" * 12, "c3" * 12

Made = Callable[..., CellRecord]


def archive_of(place: Path, *members: tarfile.TarInfo | tuple[str, bytes], base: Path | None = None) -> Path:
    """Write an archive of these members, after those of ``base``."""
    with tarfile.open(place, "w:gz") as tar:
        if base is not None:
            with tarfile.open(base) as before:
                for member in before:
                    tar.addfile(member, before.extractfile(member))
        for new in members:
            if isinstance(new, tarfile.TarInfo):
                tar.addfile(new, io.BytesIO(bytes(new.size)))
            else:
                info = tarfile.TarInfo(new[0])
                info.size = len(new[1])
                tar.addfile(info, io.BytesIO(new[1]))
    return place


def cell_files(
    record: CellRecord, folder: Path, table: bytes | None = None, **changes: object
) -> list[tuple[str, bytes]]:
    """Return the files of a cell whose record was changed, and sealed again."""
    store = Store(folder)
    store.write(record, PEOPLE_FRAME)
    cell = store.cells / record.key
    if table is not None:
        (cell / PEOPLE).write_bytes(table)
        changes["people_sha256"] = sha256(cell / PEOPLE)
    plain = {**json.loads((cell / RECORD).read_text()), **changes}
    (cell / RECORD).write_text(json.dumps(plain))
    (cell / CHECKSUM).write_text(sha256(cell / RECORD))
    return [(f"cells/{record.key}/{name}", (cell / name).read_bytes()) for name in (RECORD, CHECKSUM, PEOPLE)]
