"""Small tables with an h of the test's own: what is immutable, and who is accepted, is up to the test."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import torch
from torch import Tensor

from recbench.classifiers.base import Classifier
from recbench.data.encoding import Encoder
from recbench.data.schema import Feature, Schema, Target
from recbench.rng import Rng
from recbench.task import RecourseTask


class Given(Classifier):
    """An h that is a function of the encoded rows."""

    kind = "given"

    def __init__(self, h: Callable[[Tensor], Tensor]) -> None:
        self.h = h

    def probability(self, x: Tensor) -> Tensor:
        return self.h(x)


GROUP = Feature(name="group", kind="categorical", categories=("a", "b", "c"), immutable=True)


def table(
    features: list[Feature], h: Callable[[Tensor], Tensor], rows: int = 400, **task: Any
) -> RecourseTask:
    """Return a task of random rows, all of the target class; its numbers lie between 0 and 1,
    its integers between 0 and 9."""
    columns: dict[str, object] = {}
    for j, feature in enumerate(features):
        numbers = torch.rand(rows, generator=Rng(7).stream("column", j).torch())
        numbers[0], numbers[1] = 0, 1
        if feature.discrete:
            codes = (numbers * len(feature.categories)).long().clamp(max=len(feature.categories) - 1)
            columns[feature.name] = [feature.categories[code] for code in codes.tolist()]
        elif feature.kind == "integer":
            columns[feature.name] = (numbers * 9).round().numpy()
        else:
            columns[feature.name] = numbers.numpy()
    frame = pd.DataFrame(columns)
    schema = Schema(features=tuple(features), target=Target(name="y", favourable=(1,)))
    encoder = Encoder.fit(schema, frame)
    x = encoder.encode(frame)
    return RecourseTask(encoder, x, torch.ones(rows, dtype=torch.int64), Given(h), **task)


def number(name: str, **rules: Any) -> Feature:
    """Return a number as a feature."""
    return Feature(name=name, kind="continuous", **rules)
