"""What a method answers under a schema, kept as a cell of a results folder."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
import torch
from torch import Tensor

import recbench as rb

_FAR = 10.0
"""How many training ranges beyond both ends count as without bounds."""

_DIGITS = 7
"""Decimal digits of a training range with which values count as without steps: float32 tells few more."""


@dataclass(frozen=True)
class Answers:
    """Counterfactuals (n, d), as encoded, whether LOF calls them inliers, and the seconds they took.

    ``failure`` is the reason there are none; everything else is then empty.
    """

    counterfactuals: Tensor
    inlier: Tensor
    fit: float = 0.0
    generate: float = 0.0
    failure: str = ""


def without_constraints(dataset: rb.Dataset, unbounded: bool) -> rb.Dataset:
    """Return the same tables under a schema without immutables, directions and whole steps.

    ``unbounded`` also takes away the bounds. Encoded rows stay what they are, and with them gold labels,
    classifier and people.
    """
    features = [_free(feature, dataset.train, unbounded) for feature in dataset.schema.features]
    free = replace(dataset, schema=dataset.schema.model_copy(update={"features": tuple(features)}))
    for table in (dataset.train, dataset.test):
        if not torch.equal(free.encoder.encode(table), dataset.encoder.encode(table)):
            raise rb.RecbenchError(f"without constraints the rows of {dataset.name!r} are encoded otherwise.")
    return free


def _free(feature: rb.Feature, train: pd.DataFrame, unbounded: bool) -> rb.Feature:
    free = feature.model_copy(update={"immutable": False, "monotone": None})
    if feature.discrete:
        return free
    low, high = float(train[feature.name].min()), float(train[feature.name].max())
    if low == high:
        return free.model_copy(update={"kind": "continuous"})
    step = 10.0 ** (math.floor(math.log10(high - low)) - _DIGITS)
    free = free.model_copy(update={"kind": "continuous", "step": step})
    if not unbounded:
        return free
    first = low if feature.lower is None else feature.lower
    last = high if feature.upper is None else feature.upper
    away = _FAR * (high - low)
    return free.model_copy(update={"lower": first - away, "upper": last + away})


class Answering:
    """Runs methods as ``recbench run`` does, one cell at a time.

    Args:
        people: whom the classifier turns down, how many of them.
        seed: of everything.
        results: folder that keeps the cells, so that a comparison that was cut off goes on.
        say: told what runs.
    """

    def __init__(self, people: int, seed: int, results: Path, say: Callable[[str], None]) -> None:
        self.people, self.seed, self.results, self.say = people, seed, results, say

    def of(
        self, method: str, dataset: rb.Dataset, setting: str, params: Mapping[str, object] | None = None
    ) -> Answers:
        """Return what ``method`` answers; a method that is missing or fails is reported, not raised."""
        nothing = torch.empty(0)
        missing = _missing(method)
        if missing:
            return Answers(nothing, nothing, failure=missing)
        self.say(f"{dataset.name}: {method}, {setting}")
        done = rb.run(
            methods=method,
            datasets=dataset,
            seeds=self.seed,
            factuals=self.people,
            settings={f"{method}.{name}": value for name, value in (params or {}).items()},
            metrics="lof",
            results=self.results,
            tracking=False,
            progress=False,
        )
        (record,) = done.records()
        if record.status != "done":
            return Answers(nothing, nothing, failure=record.reason)
        fit, generate = record.fit_seconds or 0.0, record.generate_seconds or 0.0
        self.say(f"    {fit:.0f} s fit, {generate:.0f} s generate")
        # In own units a value off its steps is shown on them, so encoded ones are read where they are kept.
        people = pd.read_parquet(done.folder / "cells" / record.key / "people.parquet")
        encoded = torch.from_numpy(
            people[[f"e__{name}" for name in dataset.schema.names]].to_numpy("float32")
        )
        return Answers(encoded, torch.from_numpy(people["lof"].to_numpy() == 1), fit, generate)


def _missing(method: str) -> str:
    """Return why a method cannot be run, or nothing."""
    known = {entry.name: entry.unavailable for entry in rb.methods()}
    return known.get(method, "not registered")
