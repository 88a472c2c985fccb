"""A task whose best answers are known: plain numbers and a linear classifier."""

from __future__ import annotations

import pandas as pd
import torch
from torch import Tensor, nn

from recbench.classifiers.base import TorchClassifier
from recbench.data.encoding import Encoder
from recbench.data.schema import Feature, Schema, Target
from recbench.rng import PeopleRng, Rng
from recbench.task import RecourseTask


class Score(nn.Module):
    """The logit w.x + b."""

    weights: Tensor

    def __init__(self, weights: list[float], bias: float) -> None:
        super().__init__()
        self.register_buffer("weights", torch.tensor(weights))
        self.bias = bias

    def forward(self, x: Tensor) -> Tensor:
        logit: Tensor = x @ self.weights + self.bias
        return logit


def linear_task(weights: list[float], bias: float) -> RecourseTask:
    """Return a task over len(weights) features from 0 to 1, the first immutable if its weight is 0."""
    names = [f"x{j}" for j in range(len(weights))]
    schema = Schema(
        features=tuple(
            Feature(name=name, kind="continuous", immutable=weight == 0)
            for name, weight in zip(names, weights, strict=True)
        ),
        target=Target(name="y", favourable=(1,)),
    )
    rows = torch.rand(500, len(weights), generator=Rng(3).torch())
    rows[0], rows[1] = 0, 1
    encoder = Encoder.fit(schema, pd.DataFrame(rows.numpy(), columns=names))
    classifier = TorchClassifier(Score(weights, bias), "linear")
    return RecourseTask(encoder, rows, (classifier.probability(rows) > 0.5).long(), classifier)


def turned_down(task: RecourseTask, count: int) -> tuple[Tensor, PeopleRng]:
    """Return people well inside the box whom the classifier turns down, and their streams."""
    people = 0.2 + 0.3 * torch.rand(20 * count, task.dimensions, generator=Rng(4).torch())
    people = people[~task.accepts(people)][:count]
    assert len(people) == count
    return people, Rng(5).people(range(count))


def closest(people: Tensor, weights: list[float], bias: float) -> tuple[Tensor, Tensor]:
    """Cost of the L1-closest accepted point of the unit box, and whether there is one.

    The feature that changes the score fastest goes first, to its end if need be.
    """
    w = torch.tensor(weights)
    lacking = -(people @ w + bias)
    cost = torch.zeros(len(people))
    for j in w.abs().argsort(descending=True).tolist():
        if w[j] == 0:
            continue
        room = 1 - people[:, j] if w[j] > 0 else people[:, j]
        move = torch.minimum((lacking / w[j].abs()).clamp(min=0), room)
        cost, lacking = cost + move, lacking - move * w[j].abs()
    return cost, lacking <= 1e-4
