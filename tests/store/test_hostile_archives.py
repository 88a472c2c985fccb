"""Archives that are damaged or made to do harm: what is bad is refused and leaves nothing behind."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from recbench.errors import UsageError
from recbench.store import archive as archive_module
from recbench.store.archive import import_cells
from recbench.store.folder import Store

from .archives import A, B, C, Made, archive_of, cell_files


def keys(store: Store) -> list[str]:
    return sorted(path.name for path in store.cells.iterdir())


def outside(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if "cells" not in path.parts}


def member(name: str, kind: bytes = tarfile.REGTYPE, target: str = "", size: int = 0) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size = kind, target, size
    return info


HOSTILE = {
    "above": ("../above.txt", b"x"),
    "above a cell": (f"cells/{C}/../../../above.txt", b"x"),
    "absolute": ("/tmp/recbench-was-here", b"x"),
    "cache": ("cache/gold-0.joblib", b"x"),
    "another name in a cell": (f"cells/{C}/run.py", b"x"),
    "below a file": (f"cells/{C}/cell.json/x", b"x"),
    "upper case": (f"cells/{C.upper()}/cell.json", b"x"),
    "short key": ("cells/a1/cell.json", b"x"),
    "a dot": (f"./cells/{C}/cell.json", b"x"),
    "line break": (f"cells/{C}/cell.json\n", b"x"),
    "a link": member(f"cells/{C}/cell.json", tarfile.SYMTYPE, "/etc/passwd"),
    "a linked folder": member("cells", tarfile.SYMTYPE, "/tmp"),
    "a hard link": member(f"cells/{C}/cell.json", tarfile.LNKTYPE, f"cells/{A}/cell.json"),
    "a device": member(f"cells/{C}/cell.json", tarfile.CHRTYPE),
    "a pipe": member(f"cells/{C}/cell.json", tarfile.FIFOTYPE),
    "another folder": member("claims", tarfile.DIRTYPE),
    "twice": (f"cells/{A}/cell.json", b"{}"),
    "a long record": member(f"cells/{C}/cell.json", size=2**24 + 1),
    "a long checksum": member(f"cells/{C}/cell.sha256", size=2**20),
}


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=list(HOSTILE))
def test_an_archive_with_anything_else_is_refused_as_a_whole(
    other: Store, whole: Path, tmp_path: Path, hostile: tarfile.TarInfo | tuple[str, bytes]
) -> None:
    bad = archive_of(tmp_path / "bad.tar.gz", hostile, base=whole)
    before = outside(tmp_path)
    with pytest.raises(UsageError, match=r"bad\.tar\.gz: .*\. Nothing was added\.") as error:
        import_cells(other, bad)
    name = hostile.name if isinstance(hostile, tarfile.TarInfo) else hostile[0]
    assert name.strip() in str(error.value)
    assert "\n" not in str(error.value)
    assert keys(other) == []
    assert outside(tmp_path) == before
    assert not Path("/tmp/recbench-was-here").exists()


def flipped(whole: bytes) -> bytes:
    return whole[: len(whole) // 2] + bytes([whole[len(whole) // 2] ^ 0xFF]) + whole[len(whole) // 2 + 1 :]


BROKEN = {
    "text": lambda whole: b"no archive",
    "empty": lambda whole: b"",
    "empty gz": lambda whole: gzip.compress(b""),
    "zeros": lambda whole: bytes(10240),
    "a flipped byte": flipped,
    "half": lambda whole: whole[: len(whole) // 2],
    "without its end": lambda whole: whole[:-4],
    "half before it was packed": lambda whole: gzip.compress(gzip.decompress(whole)[:2000]),
    "cut between two files": lambda whole: gzip.compress(gzip.decompress(whole)[: -tarfile.RECORDSIZE]),
    "half a tar": lambda whole: gzip.decompress(whole)[:3000],
    "a damaged header": lambda whole: gzip.compress(gzip.decompress(whole).replace(b"cells/b2", b"cells/b3")),
    "no cells": lambda whole: gzip.compress(bytes(10240)),
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=list(BROKEN))
def test_an_archive_that_cannot_be_read_is_one_line(
    other: Store, whole: Path, tmp_path: Path, broken: Callable[[bytes], bytes]
) -> None:
    bad = tmp_path / "bad.tar.gz"
    bad.write_bytes(broken(whole.read_bytes()))
    with pytest.raises(UsageError, match=r"archive .*bad\.tar\.gz: .*Nothing was added\.") as error:
        import_cells(other, bad)
    assert "\n" not in str(error.value)
    assert keys(other) == []
    assert not list(other.root.glob(".import-*"))


def test_a_bomb_is_not_unpacked(other: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand times its size: it ends at the limit, long before its own end."""
    monkeypatch.setattr(archive_module, "_SLACK", 2**20)
    bomb = archive_of(tmp_path / "bomb.tar.gz", member(f"cells/{C}/people.parquet", size=2**26))
    assert bomb.stat().st_size < 2**17
    with pytest.raises(UsageError, match="too large when unpacked"):
        import_cells(other, bomb)
    assert keys(other) == []


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.GNUTYPE_LONGNAME])
def test_a_header_without_end_is_not_read_into_memory(other: Store, tmp_path: Path, kind: bytes) -> None:
    bomb = archive_of(tmp_path / "bomb.tar.gz", member("x", kind, size=2**24))
    with pytest.raises(UsageError, match="a header of"):
        import_cells(other, bomb)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"fit_seconds": None}, "how long it took"),
        ({"people": -1, "status": "finished"}, "cannot be read"),
        ({"key": B}, f"belongs to cell {B}"),
        ({"key": "../../x"}, "cannot be read"),
        ({"people_sha256": "0" * 64}, "does not match its checksum"),
    ],
)
def test_a_bad_cell_is_not_added_and_the_others_are(
    other: Store, whole: Path, tmp_path: Path, made_up: Made, changes: dict[str, Any], problem: str
) -> None:
    files = cell_files(made_up(key=C), tmp_path / "third", **changes)
    result = import_cells(other, archive_of(tmp_path / "bad.tar.gz", *files, base=whole))
    assert result.added == 2
    assert list(result.refused) == [C]
    assert problem in result.refused[C]
    assert keys(other) == [A, B]


@pytest.mark.parametrize(
    ("people", "problem"),
    [(b"PAR1 no table", "no Parquet file"), (b"", "no Parquet file"), (None, "has no column 'person'")],
)
def test_people_that_are_none_are_not_added(
    other: Store, tmp_path: Path, made_up: Made, people: bytes | None, problem: str
) -> None:
    if people is None:
        buffer = io.BytesIO()
        pd.DataFrame({"x": [1]}).to_parquet(buffer)
        people = buffer.getvalue()
    files = cell_files(made_up(key=C), tmp_path / "third", people)
    result = import_cells(other, archive_of(tmp_path / "bad.tar.gz", *files))
    assert problem in result.refused[C]
    assert keys(other) == []


def test_a_wrong_checksum_and_a_missing_file_are_refused(other: Store, whole: Path, tmp_path: Path) -> None:
    with tarfile.open(whole) as tar:
        files = {one.name: tar.extractfile(one).read() for one in tar}  # type: ignore[union-attr]
    files[f"cells/{A}/cell.json"] = files[f"cells/{A}/cell.json"].replace(b'"loan"', b'"lona"')
    del files[f"cells/{B}/cell.sha256"]
    result = import_cells(other, archive_of(tmp_path / "bad.tar.gz", *files.items()))
    assert result.refused == {
        A: "cell.json does not match its checksum",
        B: "cell.sha256 is missing",
    }
    assert keys(other) == []
