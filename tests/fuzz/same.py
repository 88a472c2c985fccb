"""Same: whether recbench reads from a table what we read from it, and encodes it by its definition."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch

from . import handed
from .case import Scene
from .reading import Person, Reading
from .world import Column, World

_SMALLEST = 1e-280
"""No step is finer than 1e-300: values that small have too few of them."""


def contradictions(
    scene: Scene, world: World, reading: Reading, name: str, rng: random.Random
) -> Iterator[str]:
    """Yield where the data set that recbench reads differs from our reading."""
    if scene.outcome.code == 2:
        return
    from recbench.data.files import from_file

    dataset = from_file(scene.home / name, scene.home / "people.yaml")
    parts = {"train": dataset.train, "test": dataset.test}
    places = [int(place) for frame in parts.values() for place in frame.index]
    if sorted(places) != list(range(len(reading.people))):
        yield f"{len(reading.people)} rows became {len(places)}"
        return
    if any(list(frame.index) != sorted(frame.index) for frame in parts.values()):
        yield "rows changed their order"
    for part, frame in parts.items():
        if reading.people[0].part is None:
            wanted = round(0.25 * len(reading.people))
            if part == "test" and len(frame) != wanted:
                yield f"{len(frame)} test rows, not {wanted}"
        people = [reading.people[int(place)] for place in frame.index]
        yield from _rows(part, frame, people, dataset, world)
    yield from _codes(dataset, world, reading)
    yield from handed.contradictions(dataset, rng)


def _rows(part: str, frame: Any, people: list[Person], dataset: Any, world: World) -> Iterator[str]:
    for column in world.columns:
        found = list(frame[column.name])
        for one, person in zip(found, people, strict=True):
            right = person.values[column.name]
            if not _equal(one, right):
                yield f"{part}: {column.name!r} is {one!r}, the file says {right!r}"
                break
    good = dataset.favourable(frame).tolist()
    if good != [int(person.favourable) for person in people]:
        yield f"{part}: other rows are favourable than those whose label is"
    if people[0].part is not None and {person.part for person in people} != {part}:
        yield f"{part}: it has rows that the split column puts elsewhere"
    ids, right = [str(one) for one in dataset.ids(frame)], [person.id for person in people]
    if world.id is not None and ids != right:
        yield f"{part}: ids are {ids[:3]}, the file says {right[:3]}"


def _equal(one: Any, right: Any) -> bool:
    if isinstance(right, float):
        try:
            return float(one) == right
        except (TypeError, ValueError):
            return False
    return str(one) == right or (str(one).replace(".", "").isdigit() and _same_number(str(one), right))


def _same_number(one: str, other: str) -> bool:
    try:
        return float(one) == float(other) and not other.startswith("0")
    except ValueError:
        return False


def _codes(dataset: Any, world: World, reading: Reading) -> Iterator[str]:
    """Yield where the encoding is not the min-max of the training rows, or does not lead back."""
    everyone = [*dataset.train.index, *dataset.test.index]
    train = [reading.people[int(place)] for place in dataset.train.index]
    encoded = np.concatenate(
        [dataset.encoder.encode(frame).numpy() for frame in (dataset.train, dataset.test)]
    )
    back = dataset.encoder.decode(torch.from_numpy(encoded[: len(train)]))
    for j, column in enumerate(world.columns):
        values = [reading.people[int(place)].values[column.name] for place in everyone]
        right = np.array(codes(column, values, [person.values[column.name] for person in train]))
        apart = np.abs(encoded[:, j] - right)
        if not (apart <= 1e-5 * np.maximum(1.0, np.abs(right))).all():
            worst = int(np.nanargmax(apart)) if np.isfinite(apart).any() else 0
            yield f"{column.name!r}: {values[worst]!r} is encoded as {encoded[worst, j]}, not {right[worst]}"
        if column.step is not None or (
            not column.discrete and any(0 < abs(value) < _SMALLEST for value in values)
        ):
            continue  # own values need not lie on its steps
        for place, one in enumerate(back[column.name]):
            if _is_outside(column, values[place]):
                continue  # no recourse leads there, and who is there keeps their own value
            alike = {
                value for value, code in zip(values, encoded[:, j], strict=True) if code == encoded[place, j]
            }
            if not any(_equal(one, value) for value in alike | _ends(column)):
                yield f"{column.name!r}: {values[place]!r} came back as {one!r}"
                break


def _is_outside(column: Column, value: Any) -> bool:
    """Return whether a value lies outside the declared bounds."""
    if column.discrete:
        return False
    below = column.lower is not None and value < float(column.lower)
    return below or (column.upper is not None and value > float(column.upper))


def codes(column: Any, values: list[Any], train: list[Any]) -> list[float]:
    """Return values as the definition of the encoding has them (GenRe, Section 5)."""
    if column.discrete:
        last = max(1, len(column.categories) - 1)
        return [column.categories.index(value) / last for value in values]
    low, span = min(train), max(train) - min(train)
    # Values that agree in 15 digits are constant.
    constant = span <= 4e-15 * max(abs(low), abs(max(train)))
    return [0.0 if constant else value / span - low / span for value in values]


def _ends(column: Column) -> set[float]:
    """Return the declared bounds: codes are float32, so one may stand for a bound and a value beside it."""
    return {float(end) for end in (column.lower, column.upper) if end is not None}


def folder(results: Path) -> list[Path]:
    """Return the folders of the cells below a results folder."""
    return sorted(path for path in (results / "cells").iterdir() if path.is_dir())
