"""Keys that stay what they are, and cells that are stale because the code is another by now."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from recbench.method.oracle import ORACLE
from recbench.run.versions import outdated, recourse_code
from recbench.source import Code
from recbench.store.cell import Cell
from recbench.store.folder import Store
from recbench.store.record import CellRecord
from recbench.task.recipes import ClassifierSpec, GoldRecipe, LofRecipe, TaskRecipe
from tests.conftest import Recbench
from tests.records import changed


def cell(**changes: Any) -> Cell:
    plain = Cell(
        dataset="loan",
        data_hash="d" * 64,
        recipe=TaskRecipe(),
        lof=LofRecipe(),
        method="nnr",
        label="nnr",
        params={"gamma": 0.7},
        code=Code("c" * 12, {}),
        equation="",
        made_by="recbench 0.2.0",
        seed=0,
        device="cpu",
        threads=1,
        chunk=10_000,
    )
    return plain.model_copy(update=changes)


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({}, "25cd58cdd00bcea7725b9997"),
        ({"seed": 7, "threads": 2, "chunk": 5}, "0689fb42b8ffaf2cb3d81bc7"),
        ({"device": "cuda:1"}, "42601a0591013a4319837e67"),
        (
            {"method": "genre", "params": {"lambda": 5.0, "steps": None, "order": ["a", "b"]}},
            "b7cc352863aba679725575b1",
        ),
        ({"method": ORACLE.name, "params": {}}, "8c0005ef76104801216e7981"),
        ({"recipe": TaskRecipe(gold=GoldRecipe(kind="known"), factuals=None)}, "25d0c371b71b369f6bb55415"),
        (
            {"recipe": TaskRecipe(weights={"income": 0.5}, mismatch=True, threshold=0.6)},
            "93d19dec1b506b8e317c1193",
        ),
        (
            {"recipe": TaskRecipe(classifier=ClassifierSpec(name="forest", params={"trees": 7}))},
            "4d96a6248f82135eb9113c37",
        ),
    ],
)
def test_a_key_is_the_same_on_every_machine_and_in_every_release(
    changes: dict[str, object], key: str
) -> None:
    """Written down once. If one of these moves, every stored cell becomes stale: say so in the changelog."""
    assert cell(**changes).key == key


def test_a_cell_of_the_code_at_hand_is_not_stale(people_record: CellRecord) -> None:
    assert outdated(people_record) == ""


@pytest.fixture
def people_record(made_up: object) -> CellRecord:
    code = recourse_code("nnr", "mlp")
    return made_up("nnr", code=code.version, modules=dict(code.modules))  # type: ignore[operator,no-any-return]


def test_a_stale_cell_says_which_module_changed(people_record: CellRecord) -> None:
    then = {**people_record.cell.code.modules, "recbench.task.task": "0" * 12, "recbench.gone": "1" * 12}
    then.pop("recbench.rng")
    old = changed(people_record, code="0" * 12)
    assert (
        outdated(old, lambda: then) == "changed: recbench.task.task; new: recbench.rng; gone: recbench.gone"
    )
    assert outdated(old, lambda: people_record.cell.code.modules) == "it imports from elsewhere"


def test_the_list_says_which_cells_are_stale_and_why(
    people_record: CellRecord, tmp_path: Path, recbench: Recbench
) -> None:
    store = Store(tmp_path)
    people = pd.DataFrame({"person": ["x"]})
    then = {**people_record.cell.code.modules, "recbench.task.task": "0" * 12}
    old = changed(people_record, key="old", code="0" * 12, modules=then, seed=1)
    for one in (changed(people_record, key="new"), old):
        store.write(one, people)
    listed = recbench("store", "list", "--results", tmp_path)
    (line,) = [line for line in listed.stdout.splitlines() if "stale" in line]
    assert line.startswith("old ")
    assert line.endswith("[stale: changed: recbench.task.task]")
    assert "2 cells" in listed.stderr and "1 of them stale" in listed.stderr
    records = json.loads(recbench("store", "list", "--results", tmp_path, "--json").stdout)
    assert {one["key"]: one["stale"] for one in records} == {"new": "", "old": "changed: recbench.task.task"}
    pruned = recbench("store", "prune", "--stale", "--yes", "--results", tmp_path)
    assert "Deleted 1 entries" in pruned.stdout
    assert [one.key for one in store.records()] == ["new"]


def test_a_cell_of_a_method_that_is_gone_is_stale(people_record: CellRecord) -> None:
    assert "unknown method 'nnrr'" in outdated(changed(people_record, method="nnrr"))
    lost = changed(people_record, equation="recbench.data.catalogue.lawn")
    assert "no module 'recbench.data.catalogue.lawn'" in outdated(lost)
