"""Methods that learn from examples find recourse for everybody whom h could accept."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch
from torch import Tensor

from recbench.data.files import from_file
from recbench.data.schema import Feature, Schema
from recbench.method import Recourse, method_class
from recbench.protocol.prepare import prepare
from recbench.rng import Rng
from recbench.task import RecourseTask
from recbench.task.cache import Cache
from recbench.task.recipes import TaskRecipe
from recbench_methods.common.targets import NO_EXAMPLE
from tests.methods.answers import recourse_of

from .tables import GROUP, number, table

SCHEMAS = Path(__file__).parent / "schemas"
HOME = os.environ.get("RECBENCH_DATA_HOME")
needs_tables = pytest.mark.skipif(not HOME, reason="RECBENCH_DATA_HOME is not set: no real tables here")

AGE = number("age", immutable=True)
QUICK: dict[str, dict[str, Any]] = {"genre": {"steps": 30, "temperature": 0.5}, "genre-plus": {"steps": 30}}


def shy(x: Tensor) -> Tensor:
    """An h that never exceeds 0.65."""
    return 0.35 + 0.3 * x[:, -1]


def hard(x: Tensor) -> Tensor:
    """An h that accepts few."""
    return torch.sigmoid(60 * (x[:, -1] - 0.95))


def ageist(x: Tensor) -> Tensor:
    """An h that falls with age."""
    return 0.3 + 0.5 * x[:, 1] - 0.1 * x[:, 0]


def _without_example() -> RecourseTask:
    task = table([GROUP, number("debt"), number("income")], shy)
    task.y[task.x[:, 0] == 1] = 0
    return task


TASKS = {
    "h never exceeds 0.65": lambda: table([GROUP, number("debt"), number("income")], shy),
    "few are accepted": lambda: table([number("debt"), number("income")], hard),
    "an immutable number": lambda: table(
        [AGE, number("income")], lambda x: 0.3 + 0.5 * x[:, 1] - 0.1 * x[:, 0]
    ),
    "only one can change": lambda: table(
        [
            GROUP,
            AGE,
            number("height", immutable=True),
            Feature(name="born", kind="integer", immutable=True),
            number("income"),
        ],
        shy,
    ),
    "a direction": lambda: table(
        [
            Feature(name="school", kind="ordinal", categories=("low", "high"), monotone="increase"),
            number("income"),
        ],
        shy,
    ),
    "a group without an example": _without_example,
}


def answered(task: RecourseTask, name: str, people: Tensor) -> Recourse:
    method = method_class(name)(**QUICK.get(name, {}))
    method.fit(task, Rng(0).stream(name))
    recourse = recourse_of(method.generate(people, Rng(1).people(range(len(people)))))
    assert isinstance(recourse, Recourse)
    return recourse


@pytest.mark.parametrize("name", ["genre", "genre-plus", "nnr"])
@pytest.mark.parametrize("case", TASKS)
def test_everybody_is_found_accepted_and_feasible(case: str, name: str) -> None:
    task = TASKS[case]()
    people = task.x[~task.accepts(task.x)][:60]
    recourse = answered(task, name, people)
    assert recourse.found.all()
    assert not task.feasible(people).violations(recourse.counterfactuals).any()
    assert task.accepts(recourse.counterfactuals).float().mean() > 0.95
    lonely = people[:, 0] == 1 if case == "a group without an example" else torch.zeros(len(people))
    assert [NO_EXAMPLE in reason for reason in recourse.reasons] == lonely.bool().tolist()


@pytest.mark.parametrize("case", ["h never exceeds 0.65", "few are accepted", "a direction"])
def test_face_finds_end_points_for_everybody(case: str) -> None:
    task = TASKS[case]()
    people = task.x[~task.accepts(task.x)][:60]
    recourse = answered(task, "face", people)
    assert recourse.found.all()
    assert task.accepts(recourse.counterfactuals).all()


def prepared(name: str, seed: int, folder: Path):  # type: ignore[no-untyped-def]
    """Return a real table as a task, rows with an empty value left out."""
    schema = SCHEMAS / f"{name}.yaml"
    columns = [*Schema.from_yaml(schema).names, Schema.from_yaml(schema).target.name]
    (source,) = Path(str(HOME)).rglob(f"{name}.csv")
    rows = pd.read_csv(source, usecols=columns, dtype=str, keep_default_na=False)
    rows[(rows != "").all(axis=1)].to_csv(folder / f"{name}.csv", index=False)
    dataset = from_file(folder / f"{name}.csv", schema)
    return prepare(dataset, TaskRecipe(factuals=None), seed, Cache(folder / "cache"))


@needs_tables
@pytest.mark.slow
@pytest.mark.parametrize("name", ["genre", "genre-plus"])
@pytest.mark.parametrize("seed", [7, 8, 9])
@pytest.mark.parametrize("data", ["german_credit", "law"])
def test_everybody_on_real_tables(data: str, seed: int, name: str, tmp_path: Path) -> None:
    case = prepared(data, seed, tmp_path)
    task, people = case.task, case.factuals
    assert len(people) == case.turned_down > 90
    method = method_class(name)()
    method.fit(task, Rng(seed).stream(name))
    recourse = recourse_of(method.generate(people, Rng(seed).people(case.people)))
    # Everybody, so every group too.
    assert recourse.found.all()
    assert not task.feasible(people).violations(recourse.counterfactuals).any()
    assert task.accepts(recourse.counterfactuals).float().mean() > 0.95


@needs_tables
@pytest.mark.parametrize(
    ("data", "name"), [("law", "nnr"), ("german_credit", "nnr"), ("german_credit", "face")]
)
def test_neighbours_on_real_tables(data: str, name: str, tmp_path: Path) -> None:
    case = prepared(data, 8, tmp_path)
    recourse = answered(case.task, name, case.factuals)
    assert recourse.found.float().mean() > (0.95 if name == "face" else 0.9999)
    assert not case.task.feasible(case.factuals).violations(recourse.counterfactuals).any()
    assert case.task.accepts(recourse.counterfactuals)[recourse.found].all()
