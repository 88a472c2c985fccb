"""People: a run to its end, and every number of it computed again from what each person is shown."""

from __future__ import annotations

import csv
import json
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from .asked import parameters
from .case import Scene
from .same import codes, folder
from .world import Column, World

_METHODS = ("growing-spheres", "face", "wachter", "dice", "genre", "cchvae")
"""Of which one is sometimes run beside the quick ones; all keep the constraints by themselves."""
_QUICK = {"steps": 20, "epochs": 2, "draws": 2, "worlds": 5}
"""Parameters, where a method has them."""
_CLOSE = 1e-5
"""Codes are float32: what is computed from a handful of them agrees this well."""


@dataclass
class Settings:
    """What a run was asked for: ``file`` is its suite, and the cost is made of the others."""

    file: bytes
    methods: int
    weights: dict[str, float]
    mismatch: bool
    threshold: float
    drawn: bool


def suite(people: World, rng: random.Random) -> Settings:
    """Return a suite that is quick: a linear classifier, small forests, five people."""
    weights = {}
    if rng.random() < 0.3:
        weights = {
            column.name: rng.choice([0.0, 0.5, 2.0]) for column in people.columns if rng.random() < 0.5
        }
    mismatch, threshold = rng.random() < 0.2, rng.choice([0.5, 0.5, 0.4, 0.6])
    methods: list[Any] = ["nnr", "unchanged"]
    if rng.random() < 0.3:
        name = rng.choice(_METHODS)
        known = parameters("method", name)
        methods.append({"name": name, "params": {one: few for one, few in _QUICK.items() if one in known}})
    plain = {
        "methods": methods,
        "classifiers": ["linear"],
        "factuals": 5,
        "judge": {"gold": {"trees": 5, "folds": 2}},
        "weights": weights,
        "mismatch": mismatch,
        "threshold": threshold,
    }
    return Settings(
        json.dumps(plain, ensure_ascii=True).encode(),
        len(methods),
        weights,
        mismatch,
        threshold,
        rng.random() < 0.1,
    )


def contradictions(scene: Scene, world: World, settings: Settings, name: str) -> Iterator[str]:
    """Yield where stored cells contradict what is computed from the people in them."""
    from recbench.data.files import from_file

    dataset = from_file(scene.home / name, scene.home / "people.yaml")
    frames = pd.concat([dataset.train, dataset.test])
    cells = folder(scene.home / "results")
    if len(cells) != settings.methods:
        yield f"{settings.methods} methods left {len(cells)} cells"
    for cell in cells:
        record = json.loads((cell / "cell.json").read_text(encoding="utf-8"))
        if record["status"] != "done":
            if "Error:" in record["reason"]:
                yield f"{record['cell']['method']} failed with {record['reason']}"
            continue
        people = pd.read_parquet(cell / "people.parquet")
        context = _Context(world, settings, dataset, frames, record)
        for problem in context.problems(people):
            yield f"{record['cell']['method']}: {problem}"
        yield from _exported(scene, cell.name, people)
        yield from _shown(scene, cell.name, people)
    for shape in ("latex", "csv", "html", "json", "markdown"):
        scene.recbench("table", "--format", shape)
    if settings.drawn:
        scene.recbench("report", codes={0})
        scene.recbench("plot", "--format", "png", "--figures", "tradeoff,changes", codes={0, 2})


@dataclass
class _Context:
    world: World
    settings: Settings
    dataset: Any
    frames: pd.DataFrame
    record: dict[str, Any]

    def problems(self, people: pd.DataFrame) -> Iterator[str]:
        record = self.record
        if (
            record["people"] != len(people)
            or record["found"] != people["c__" + self.world.columns[0].name].notna().sum()
        ):
            yield f"the record counts {record['people']} people and {record['found']} found"
        by_id = dict(zip(map(str, self.dataset.ids(self.dataset.test)), self.dataset.test.index, strict=True))
        for _, row in people.iterrows():
            if str(row["person"]) not in by_id:
                yield f"person {row['person']!r} is not among the test rows"
                continue
            yield from self._person(row, self.dataset.test.loc[by_id[str(row["person"])]])
        yield from self._means(people)

    def _person(self, row: pd.Series, own: pd.Series) -> Iterator[str]:
        who, changes = f"person {row['person']!r}", []
        for column in self.world.columns:
            name, shown, found = column.name, row[f"f__{column.name}"], row[f"c__{column.name}"]
            if not _equal(shown, own[name]):
                yield f"{who}: {name!r} is {shown!r}, the table says {own[name]!r}"
            if pd.isna(found):
                continue
            before, after = _plain(own[name], column), _plain(found, column)
            for problem in self._change(column, before, after):
                yield f"{who}: {name!r} goes from {before!r} to {after!r}: {problem}"
            changes.append(self._cost(column, before, after))
        if changes and not math.isclose(sum(changes), row["cost"], rel_tol=_CLOSE, abs_tol=_CLOSE):
            yield f"{who}: the cost is {row['cost']}, the changes shown cost {sum(changes)}"
        if bool(changes) == math.isnan(row["cost"]):
            yield f"{who}: a cost without a recourse, or the other way round"

    def _train(self, column: Column) -> list[Any]:
        return [_plain(value, column) for value in self.dataset.train[column.name]]

    def _cost(self, column: Column, before: Any, after: Any) -> float:
        one, other = codes(column, [before, after], self._train(column))
        apart = abs(other - one)
        if self.settings.mismatch and column.kind == "categorical":
            apart = float(before != after)
        return apart * self.settings.weights.get(column.name, 1.0)

    def _change(self, column: Column, before: Any, after: Any) -> Iterator[str]:
        if before == after:
            return
        if column.immutable:
            yield "it is immutable"
        if column.discrete:
            up = column.categories.index(after) > column.categories.index(before)
        else:
            train = self._train(column)
            low = min(train) if column.lower is None else float(column.lower)
            high = max(train) if column.upper is None else float(column.upper)
            up = after > before
            if not min(low, before) <= after <= max(high, before):
                yield f"outside [{low}, {high}]"
            if column.kind == "integer" and not float(after).is_integer():
                yield "it is not whole"
            digits = max(_decimals(value) for value in train)
            if column.step is not None:
                if not _is_multiple(after, column.step):
                    yield f"no multiple of {column.step}"
            elif digits < 10 and round(after, digits) != after:
                yield f"it has more than {digits} decimals"
        if column.monotone == ("decrease" if up else "increase"):
            yield "the wrong direction"

    def _means(self, people: pd.DataFrame) -> Iterator[str]:
        for metric, score in self.record["scores"].items():
            if metric not in people or score["mean"] is None:
                continue
            mean = people[metric].mean()
            if not math.isclose(mean, score["mean"], rel_tol=_CLOSE, abs_tol=_CLOSE):
                yield f"the mean of {metric} is {score['mean']}, that of its people {mean}"
        for metric in ("immutables_violated", "out_of_domain", "directions_violated"):
            if self.record["scores"].get(metric, {}).get("mean"):
                yield f"{metric} says {self.record['scores'][metric]['mean']}"
        wrong = sorted(self.record.get("unscored", {}).items())
        if wrong:
            yield f"unscored: {wrong[0]}"


def _plain(value: Any, column: Column) -> Any:
    if not column.discrete:
        return float(value)
    text = str(value)
    if text not in column.categories:
        text = next(one for one in column.categories if _number(one) == _number(text))
    return text


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _equal(one: Any, other: Any) -> bool:
    try:
        # A value of a table in single precision is written with as many digits as that has.
        same = float(one) == float(other) or float(np.float32(one)) == float(other)
    except (TypeError, ValueError):
        same = False
    return same or str(one) == str(other)


def _is_multiple(value: float, step: str) -> bool:
    """Return whether a value is the number nearest to a multiple of a step."""
    count = round(Decimal(value) / Decimal(step))
    return float(count * Decimal(step)) == value


def _decimals(value: float) -> int:
    _, _, digits = f"{value!r}".partition(".")
    return 99 if "e" in f"{value!r}" else len(digits.rstrip("0"))


def _exported(scene: Scene, key: str, people: pd.DataFrame) -> Iterator[str]:
    """Yield where the exported CSV differs from the stored people."""
    scene.recbench("store", "export", "--cell", key, "people-out.csv")
    path = Path(scene.home, "people-out.csv")
    if not path.is_file():
        return
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, strict=True))
    kept = [name for name in people.columns if not name.startswith("e__")]
    if [_bare(name) for name in rows[0]] != [_bare(name) for name in kept]:
        yield f"the export has the columns {rows[0]}"
        return
    for line, row in zip(rows[1:], people[kept].astype(object).to_numpy(), strict=True):
        for text, value in zip(line, row, strict=True):
            if not (pd.isna(value) and text == "") and not _equal(_bare(text), _bare(str(value))):
                yield f"the export says {text!r}, the store {value!r}"
                return


def _shown(scene: Scene, key: str, people: pd.DataFrame) -> Iterator[str]:
    """Yield where a person is shown other than stored."""
    person = str(people["person"].iloc[-1])
    outcome = scene.recbench("show", "--cell", key, f"--person={person}", "--json")
    scene.recbench("show", "--cell", key, f"--person={person}")
    rows = people[people["person"].astype(str) == person]
    for one in json.loads(outcome.out or "{}").get("features", []):
        for what, prefix in (("before", "f__"), ("after", "c__")):
            stored = rows[f"{prefix}{one['feature']}"].iloc[0]
            if not (one[what] is None and pd.isna(stored)) and not _equal(one[what], stored):
                yield f"person {person!r} is shown {what} as {one}, it is {stored!r}"


def _bare(text: str) -> str:
    """Return a text without the apostrophe that keeps a spreadsheet from taking it for a formula."""
    return text.lstrip("'")
