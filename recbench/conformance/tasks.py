"""The suite's own tasks: made-up people with every kind of feature, and a classifier trained on them."""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from recbench.classifiers import recipe_class
from recbench.data.encoding import Encoder
from recbench.data.schema import Feature, Schema, Target
from recbench.errors import RecbenchError
from recbench.plugins import registry
from recbench.plugins.cards import Traits
from recbench.rng import Rng
from recbench.task import RecourseTask

_REGIONS = ("north", "east", "south", "west")
_SCHOOLS = ("none", "primary", "secondary", "college", "doctorate")
_TARGET = Target(name="label", favourable=(1,))

MIXED = Schema(
    features=(
        Feature(name="age", kind="integer", monotone="increase"),
        Feature(name="sex", kind="categorical", categories=("f", "m"), immutable=True),
        Feature(name="region", kind="categorical", categories=_REGIONS),
        Feature(name="school", kind="ordinal", categories=_SCHOOLS, monotone="increase"),
        Feature(name="income", kind="continuous", lower=0),
        # Some training rows lie outside these bounds, so a row of theirs is no recourse for others.
        Feature(name="hours", kind="integer", lower=10, upper=60),
        Feature(name="site", kind="continuous"),
        Feature(name="debt", kind="continuous", monotone="decrease"),
    ),
    target=_TARGET,
)
NUMBERS = Schema(
    features=(Feature(name="left", kind="continuous"), Feature(name="right", kind="continuous")),
    target=_TARGET,
)


@dataclass(frozen=True)
class Case:
    """A task and people whom its classifier turns down.

    Attributes:
        task: what a method may see.
        factuals: (n, d) float32. In the mixed case the first is outside the training range.
        ids: n ids, all different.
    """

    task: RecourseTask
    factuals: Tensor
    ids: list[str]

    def of(self, rows: Tensor | slice) -> Case:
        """Return some of the people."""
        positions = torch.arange(len(self.ids))[rows].tolist()
        return replace(self, factuals=self.factuals[rows], ids=[self.ids[position] for position in positions])

    def clone(self) -> Case:
        """Return a copy that shares no memory, so that a faulty method cannot spoil the original."""
        return Case(copy.deepcopy(self.task), self.factuals.clone(), list(self.ids))


def mixed(classifier: str, people: int) -> Case:
    """Return numbers, integers, categories, immutables, directions and bounds in one table."""
    return _case("mixed", classifier).of(slice(people)).clone()


def numbers(classifier: str, people: int) -> Case:
    """Return two plain numbers, without any category or rule."""
    return _case("numbers", classifier).of(slice(people)).clone()


def weighted(classifier: str, people: int) -> Case:
    """Return the mixed table where features differ in cost and a changed category costs 1."""
    case = mixed(classifier, people)
    weights = torch.linspace(0.5, 2.0, case.task.dimensions)
    return replace(case, task=replace(case.task, weights=weights, mismatch=True))


def hopeless(classifier: str, people: int) -> Case:
    """Return the mixed table where no label is favourable and nothing is ever accepted."""
    case = mixed(classifier, people)
    return replace(case, task=replace(case.task, y=torch.zeros_like(case.task.y), threshold=1.0))


def suitable_classifier(traits: Traits) -> str:
    """Return the name of a classifier that a method with these traits can explain.

    Raises:
        RecbenchError: none of the kinds it asks for is registered.
    """
    if not traits.model:
        return "mlp"
    known = set(registry.classifiers.names()) & set(traits.model)
    if not known:
        raise RecbenchError(f"no classifier of kind {' or '.join(traits.model)} is registered.")
    return next(kind for kind in traits.model if kind in known)


@cache
def _case(table: str, classifier: str) -> Case:
    schema, frame = (MIXED, _mixed_people(600)) if table == "mixed" else (NUMBERS, _points(300))
    encoder = Encoder.fit(schema, frame)
    x, y = encoder.encode(frame), torch.tensor(frame["label"].to_numpy())
    model = recipe_class(classifier)().fit(x, y, Rng(0).stream("classifier"))
    task = RecourseTask(encoder, x, y, model)
    others = _points(200, seed=1)
    if table == "mixed":
        # Older than anybody in the training rows, and below the declared hours.
        outside = frame.assign(age=frame["age"].max() + 7, hours=4)
        people = encoder.encode(outside)
        first = people[~task.accepts(people)][:1]
        if not len(first):
            raise RecbenchError("the conformance task has nobody outside the training range.")
        others = _mixed_people(600, seed=1)
    else:
        first = x[:0]
    people = encoder.encode(others)
    factuals = torch.cat([first, people[~task.accepts(people)]])
    return Case(task, factuals, [f"person {row}" for row in range(len(factuals))])


def _mixed_people(count: int, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    school = rng.choice(len(_SCHOOLS), count, p=[0.1, 0.3, 0.35, 0.2, 0.05])
    region = rng.integers(0, len(_REGIONS), count)
    income = rng.gamma(3.0, 10.0, count).round(2)
    hours = np.clip(rng.normal(38, 10, count).round(), 5, 75).astype(int)
    debt = rng.gamma(2.0, 5.0, count).round(2)
    logit = 0.08 * (income - 35) + 0.7 * (school - 2) + 0.04 * (hours - 38) - 0.08 * (debt - 9)
    logit = logit + np.array([0.6, -0.6, 0.0, -0.3])[region]
    frame = pd.DataFrame(
        {
            "age": rng.integers(18, 71, count),
            "sex": rng.choice(["f", "m"], count),
            "region": np.array(_REGIONS)[region],
            "school": np.array(_SCHOOLS)[school],
            "income": income,
            "hours": hours,
            "site": 7.5,
            "debt": debt,
            "label": (rng.random(count) < 1 / (1 + np.exp(-2 * logit))).astype(int),
        }
    )
    # Real tables have duplicates.
    return pd.concat([frame.iloc[: count - 20], frame.iloc[:20]], ignore_index=True)


def _points(count: int, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    left, right = rng.normal(0, 1, count), rng.normal(0, 1, count)
    label = rng.random(count) < 1 / (1 + np.exp(-4 * (left + right - 0.3)))
    return pd.DataFrame({"left": left, "right": right, "label": label.astype(int)})
