"""Archives between machines: whole ones arrive, and hostile ones leave nothing behind."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from recbench.errors import RecbenchError, UsageError
from recbench.hashing import sha256
from recbench.store import archive as archive_module
from recbench.store.archive import Added, export_cells, import_cells
from recbench.store.folder import Store
from recbench.store.paths import CHECKSUM, PEOPLE, RECORD
from recbench.store.record import CellRecord, Status

A, B, C = "a1" * 12, "b2" * 12, "c3" * 12
PEOPLE_FRAME = pd.DataFrame({"person": ["x", "y"], "cost": [0.25, None]})

Made = Callable[..., CellRecord]


@pytest.fixture
def store(tmp_path: Path, made_up: Made) -> Store:
    """A store with a finished and a failed cell."""
    store = Store(tmp_path / "results")
    store.write(made_up(key=A), PEOPLE_FRAME)
    store.write(made_up(key=B, status=Status.FAILED, reason="it broke"), None)
    return store


@pytest.fixture
def other(tmp_path: Path) -> Store:
    """An empty store on another machine."""
    return Store(tmp_path / "elsewhere")


@pytest.fixture
def whole(store: Store, tmp_path: Path) -> Path:
    """An archive of the first store."""
    export_cells(store, tmp_path / "whole.tar.gz")
    return tmp_path / "whole.tar.gz"


def keys(store: Store) -> list[str]:
    return sorted(path.name for path in store.cells.iterdir())


def outside(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if "cells" not in path.parts}


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


def member(name: str, kind: bytes = tarfile.REGTYPE, target: str = "", size: int = 0) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size = kind, target, size
    return info


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


def test_an_archive_brings_cells_to_another_machine(
    store: Store, other: Store, whole: Path, made_up: Made
) -> None:
    other.write(made_up(key=A, label="mine"), PEOPLE_FRAME)
    assert import_cells(other, whole) == Added(added=1, present=1)
    assert {one.key: one.cell.label for one in other.records()} == {A: "mine", B: "genre"}
    assert import_cells(other, whole) == Added(present=2)
    pd.testing.assert_frame_equal(other.people(A), PEOPLE_FRAME)


def test_a_plain_tar_with_folders_in_it_is_read_too(store: Store, other: Store, tmp_path: Path) -> None:
    """What ``tar cf all.tar cells`` writes."""
    with tarfile.open(tmp_path / "all.tar", "w") as tar:
        tar.add(store.cells, "cells")
    assert import_cells(other, tmp_path / "all.tar") == Added(added=2)


def test_an_archive_tells_nothing_of_who_made_it(whole: Path) -> None:
    with tarfile.open(whole) as tar:
        assert {(one.uid, one.gid, one.uname, one.gname) for one in tar} == {(0, 0, "", "")}


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


def test_no_archive_is_one_line(other: Store, tmp_path: Path) -> None:
    for place in (tmp_path / "none.tar.gz", tmp_path):
        with pytest.raises(UsageError, match="there is no archive"):
            import_cells(other, place)


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


def test_damaged_cells_and_other_folders_are_left_out_of_an_archive(store: Store, tmp_path: Path) -> None:
    (store.cells / A / PEOPLE).write_bytes(b"")
    (store.cells / "notes").mkdir()
    written, left_out = export_cells(store, tmp_path / "all.tar.gz")
    assert written == 1
    assert left_out == {A: "people.parquet does not match its checksum", "notes": "cell.json is missing"}


def test_nothing_to_export_is_one_line(other: Store, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there are no whole cells in"):
        export_cells(other, tmp_path / "none.tar.gz")
    assert not (tmp_path / "none.tar.gz").exists()


def test_an_archive_that_cannot_be_finished_leaves_what_was_there(
    store: Store, whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, names = whole.read_bytes(), set(tmp_path.iterdir())

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tarfile.TarFile, "addfile", full)
    with pytest.raises(RecbenchError, match="No space left on device"):
        export_cells(store, whole)
    assert whole.read_bytes() == before
    assert set(tmp_path.iterdir()) == names
    with pytest.raises(RecbenchError, match="cannot write results"):
        export_cells(store, tmp_path / "nowhere" / "all.tar.gz")


def test_the_command_says_what_it_did(  # type: ignore[no-untyped-def]
    recbench, store: Store, whole: Path, made_up: Made, tmp_path: Path
) -> None:
    done = recbench("store", "import", whole, "--results", tmp_path / "new")
    assert (done.returncode, done.stdout) == (0, f"Added 2 cells to {tmp_path / 'new'}.\n"), done.stderr
    files = cell_files(made_up(key=C), tmp_path / "third", fit_seconds=None)
    bad = archive_of(tmp_path / "bad.tar.gz", *files, base=whole)
    done = recbench("store", "import", bad, "--results", tmp_path / "new")
    assert done.returncode == 1
    assert done.stdout == f"Added 0 cells to {tmp_path / 'new'}. 2 were there already.\n"
    assert done.stderr.startswith(f"refused: {C}: ")
    assert done.stderr.count("\n") == 1
    bad = archive_of(tmp_path / "bad.tar.gz", ("../above.txt", b"x"), base=whole)
    done = recbench("store", "import", bad, "--results", tmp_path / "new")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "'../above.txt' is no file of a cell. Nothing was added." in done.stderr
