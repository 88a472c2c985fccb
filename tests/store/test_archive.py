"""Archives between machines: whole cells arrive, damaged ones stay behind, and the command says so."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pandas as pd
import pytest

from recbench.errors import RecbenchError, UsageError
from recbench.store.archive import Added, export_cells, import_cells
from recbench.store.folder import Store
from recbench.store.paths import PEOPLE

from .archives import A, B, C, Made, archive_of, cell_files
from .cells import PEOPLE_FRAME


def test_an_archive_brings_cells_to_another_machine(
    stocked: Store, other: Store, whole: Path, made_up: Made
) -> None:
    other.write(made_up(key=A, label="mine"), PEOPLE_FRAME)
    assert import_cells(other, whole) == Added(added=1, present=1)
    assert {one.key: one.cell.label for one in other.records()} == {A: "mine", B: "genre"}
    assert import_cells(other, whole) == Added(present=2)
    pd.testing.assert_frame_equal(other.people(A), PEOPLE_FRAME)


def test_a_plain_tar_with_folders_in_it_is_read_too(stocked: Store, other: Store, tmp_path: Path) -> None:
    """What ``tar cf all.tar cells`` writes."""
    with tarfile.open(tmp_path / "all.tar", "w") as tar:
        tar.add(stocked.cells, "cells")
    assert import_cells(other, tmp_path / "all.tar") == Added(added=2)


def test_an_archive_tells_nothing_of_who_made_it(whole: Path) -> None:
    with tarfile.open(whole) as tar:
        assert {(one.uid, one.gid, one.uname, one.gname) for one in tar} == {(0, 0, "", "")}


def test_no_archive_is_one_line(other: Store, tmp_path: Path) -> None:
    for place in (tmp_path / "none.tar.gz", tmp_path):
        with pytest.raises(UsageError, match="there is no archive"):
            import_cells(other, place)


def test_damaged_cells_and_other_folders_are_left_out_of_an_archive(stocked: Store, tmp_path: Path) -> None:
    (stocked.cells / A / PEOPLE).write_bytes(b"")
    (stocked.cells / "notes").mkdir()
    written, left_out = export_cells(stocked, tmp_path / "all.tar.gz")
    assert written == 1
    assert left_out == {A: "people.parquet does not match its checksum", "notes": "cell.json is missing"}


def test_nothing_to_export_is_one_line(other: Store, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there are no whole cells in"):
        export_cells(other, tmp_path / "none.tar.gz")
    assert not (tmp_path / "none.tar.gz").exists()


def test_an_archive_that_cannot_be_finished_leaves_what_was_there(
    stocked: Store, whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, names = whole.read_bytes(), set(tmp_path.iterdir())

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tarfile.TarFile, "addfile", full)
    with pytest.raises(RecbenchError, match="No space left on device"):
        export_cells(stocked, whole)
    assert whole.read_bytes() == before
    assert set(tmp_path.iterdir()) == names
    with pytest.raises(RecbenchError, match="cannot write results"):
        export_cells(stocked, tmp_path / "nowhere" / "all.tar.gz")


def test_the_command_says_what_it_did(  # type: ignore[no-untyped-def]
    recbench, stocked: Store, whole: Path, made_up: Made, tmp_path: Path
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
