"""Notes of sweeps and data sets, and snapshots: what makes no sense is left out, and said."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from recbench.data.dataset import Dataset
from recbench.errors import UsageError
from recbench.run.plan import plan
from recbench.store.datasets import note_datasets, noted_dataset
from recbench.store.experiment import Experiment
from recbench.store.folder import Store
from recbench.store.live import snapshot
from recbench.store.prune import candidates
from recbench.store.sweeps import note_sweep, sweep_notes
from recbench.suite import MethodSpec, Suite


def note(**changes: object) -> bytes:
    plain: dict[str, Any] = {"id": "bad", "started": "2027", "suite": {"name": "quick"}, "cells": {"a1": "a"}}
    return json.dumps({**plain, **changes}).encode()


NONSENSE: dict[str, Callable[[Path], object]] = {
    "empty": lambda path: path.write_bytes(b""),
    "not UTF-8": lambda path: path.write_bytes(b"\xff"),
    "NUL": lambda path: path.write_bytes(b"\0"),
    "half": lambda path: path.write_bytes(note()[:40]),
    "nested": lambda path: path.write_bytes(b"[" * 10**6),
    "a list": lambda path: path.write_bytes(b"[]"),
    "a path as key": lambda path: path.write_bytes(note(cells={"../victim": "a"})),
    "an absolute key": lambda path: path.write_bytes(note(cells={"/etc/passwd": "a"})),
    "no key": lambda path: path.write_bytes(note(cells={"": "a"})),
    "dots": lambda path: path.write_bytes(note(cells={"..": "a"})),
    "places of other cells": lambda path: path.write_bytes(note(places={"b2": ["loan", "mlp", 0]})),
    "a path as id": lambda path: path.write_bytes(note(id="../bad")),
    "another's id": lambda path: path.write_bytes(note(id="5eed")),
    "a folder": lambda path: path.mkdir(),
    "a link": lambda path: path.symlink_to("5eed.json"),
    "a pipe": os.mkfifo,
}


@pytest.mark.parametrize("spoil", NONSENSE.values(), ids=list(NONSENSE))
def test_a_note_that_makes_no_sense_is_left_out_and_said(
    filled: Store, spoil: Callable[[Path], object]
) -> None:
    place = filled.root / "sweeps" / "bad.json"
    spoil(place)
    said: list[str] = []
    assert [one.id for one in sweep_notes(filled.root, said.append)] == ["5eed"]
    assert said == [f"{place} is no note of a sweep: left out"]
    with pytest.raises(UsageError, match=r"bad\.json is no note of a sweep"):
        candidates(filled, {"unasked"}, lambda record: False)
    assert candidates(filled, {"failed"}, lambda record: False), "what it asked for does not matter here"


def test_commands_say_what_they_leave_out(recbench, filled: Store) -> None:  # type: ignore[no-untyped-def]
    (filled.root / "sweeps" / "bad.json").write_bytes(b"\xff")
    for command in ("status", "table"):
        done = recbench(command, "--results", filled.root)
        assert done.returncode == 0, done.stderr
        assert "bad.json is no note of a sweep: left out" in done.stderr


@pytest.mark.parametrize(
    "live",
    [
        b"\xff",
        b"[]",
        b"[" * 10**6,
        b'{"driver": "a", "left": 1e999}',
        b'{"driver": "a", "left": NaN}',
        b'{"driver": "a", "left": -1}',
        b'{"driver": "a", "running": {"x": {"cell": "x", "seconds": 1e999}}}',
        b'{"driver": ["a"]}',
    ],
)
def test_a_snapshot_that_makes_no_sense_is_none(recbench, filled: Store, live: bytes) -> None:  # type: ignore[no-untyped-def]
    (filled.root / "sweeps" / "5eed.live").write_bytes(live)
    assert snapshot(filled.root, "5eed") is None


def test_a_snapshot_that_names_a_path_as_its_driver_is_of_no_driver(recbench, filled: Store) -> None:  # type: ignore[no-untyped-def]
    (filled.root / "sweeps" / "5eed.live").write_text('{"driver": "../../x", "left": 3}')
    done = recbench("status", "--results", filled.root)
    assert done.returncode == 0, done.stderr
    assert "Time left" not in done.stdout


SPOILT: dict[str, Callable[[Path], object]] = {
    "not UTF-8": lambda path: path.write_bytes(b"\xff"),
    "nested": lambda path: path.write_bytes(b"[" * 10**6),
    "a folder": lambda path: path.mkdir(),
    "a link": lambda path: path.symlink_to("/etc/passwd"),
    "a pipe": os.mkfifo,
    "of another": lambda path: path.write_bytes(
        path.with_name("kept").read_bytes().replace(b'hash": "', b'hash": "0')
    ),
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=list(SPOILT))
def test_a_note_of_a_data_set_is_written_anew(
    tmp_path: Path, people: Dataset, spoil: Callable[[Path], object]
) -> None:
    note_datasets(tmp_path, [people])
    (path,) = (tmp_path / "datasets").iterdir()
    path.rename(path.with_name("kept"))
    spoil(path)
    note_datasets(tmp_path, [people])
    found = noted_dataset(tmp_path, people.content_hash)
    assert found is not None and found.name == "people"
    assert path.is_file() and not path.is_symlink()


@pytest.mark.parametrize("name", ["../victim", "/etc/passwd", "", "a\0b", "."])
def test_a_path_is_no_data_set(tmp_path: Path, people: Dataset, name: str) -> None:
    (tmp_path / "datasets").mkdir()
    assert noted_dataset(tmp_path, name) is None


def test_a_note_says_what_its_cells_repeat(tmp_path: Path, people: Dataset) -> None:
    methods = [MethodSpec(name="nnr", vary={"gamma": [0.6, 0.7]}), MethodSpec(name="unchanged")]
    suite = Suite(methods=methods, datasets=["people"], seeds=[0, 1])
    cells = plan(suite, {"people": people})
    note_sweep(tmp_path, suite, "one", cells)
    (note,) = sweep_notes(tmp_path)
    assert len(note.experiments) == 3
    assert all(note.experiment(cell.key) == Experiment.of(cell) for cell in cells)
    assert note.experiment("unknown") is None


def test_an_older_note_says_nothing_of_it(tmp_path: Path) -> None:
    (tmp_path / "sweeps").mkdir()
    older = {"id": "x", "started": "2026", "suite": {}, "cells": {"k": "nnr"}}
    older["places"] = {"k": ["loan", "mlp", 0]}
    (tmp_path / "sweeps" / "x.json").write_text(json.dumps(older))
    (note,) = sweep_notes(tmp_path)
    assert note.experiment("k") is None
