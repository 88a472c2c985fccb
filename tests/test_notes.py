from __future__ import annotations

import json
from pathlib import Path

from recbench.datasets.base import Dataset
from recbench.experiment import Experiment
from recbench.notes import note_sweep, sweep_notes
from recbench.plan import plan
from recbench.suite import MethodSpec, Suite


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
