"""The truth: Q(x+ | x) on data whose density and label probability are known (GenRe, Section 4).

Q(x+ | x) is proportional to p(x+) P(y=1 | x+) 1[P(y=1 | x+) > gamma] exp(-lambda cost(x, x+)). It is
drawn by importance weights from a large reference set of p(x+ | y=1), independent of every training set.
The classifier is the true label probability, so nothing but the number of rows stands between R and Q.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd
import torch
from torch import Tensor

import recbench as rb

DATASETS = ("moons", "circles", "corr")
REFERENCE = 100_000
"""Draws from the mixture of which the favourable, clear ones carry the importance weights."""


class KnownClassifier(rb.Classifier):
    """h is the true P(y=1 | x)."""

    kind = "known"

    def __init__(self, dataset: rb.Dataset, encoder: rb.Encoder) -> None:
        self._dataset, self._encoder = dataset, encoder

    def probability(self, x: Tensor) -> Tensor:
        points = x.numpy().astype(np.float64) * self._encoder.span.numpy() + self._encoder.low.numpy()
        frame = pd.DataFrame(points, columns=self._dataset.schema.names)
        return torch.from_numpy(chance(self._dataset, frame).astype(np.float32))


@dataclass(frozen=True)
class Truth:
    """One plane data set with what is known of it; the encoding is the same for every training set.

    Attributes:
        dataset: whose equations are known.
        encoder: fitted on the reference set.
        clear: (T, 2) float32 encoded reference draws with y = 1 and P(y=1 | x) > gamma.
        people: (n, 2) float32 encoded people whom the known classifier turns down.
    """

    dataset: rb.Dataset
    encoder: rb.Encoder
    clear: Tensor
    people: Tensor

    def task(self, rows: int, rng: rb.Rng) -> rb.RecourseTask:
        """Return a task with ``rows`` fresh training rows."""
        frame = rb.draw_people(self.dataset.name, rows, rng.numpy())
        x, y = self.encoder.encode(frame), torch.from_numpy(self.dataset.favourable(frame))
        return rb.RecourseTask(self.encoder, x, y, KnownClassifier(self.dataset, self.encoder))

    def sample(self, k: int, rate: float, rng: rb.Rng) -> Tensor:
        """Return (n, k, 2) draws of Q(x+ | x) for the people, with lambda = ``rate``."""
        weight = torch.exp(-rate * torch.cdist(self.people, self.clear, p=1.0))
        return self.clear[torch.multinomial(weight, k, replacement=True, generator=rng.torch())]


@cache
def truth(name: str, people: int, gamma: float) -> Truth:
    """Return what is known of a data set, with a reference set and people of its own."""
    dataset, rng = rb.load_dataset(name), rb.Rng(0).stream("consistency", name)
    frame = rb.draw_people(name, REFERENCE, rng.stream("reference").numpy())
    encoder = rb.Encoder.fit(dataset.schema, frame)
    clear = (dataset.favourable(frame) == 1) & (chance(dataset, frame) > gamma)
    others = rb.draw_people(name, 20 * people, rng.stream("people").numpy())
    refused = others[chance(dataset, others) <= 0.5][:people]
    return Truth(dataset, encoder, encoder.encode(frame[clear]), encoder.encode(refused))


def chance(dataset: rb.Dataset, frame: pd.DataFrame) -> np.ndarray:
    """Return (n,) the true P(y=1 | x) of rows in own units."""
    assert dataset.known is not None, "the data set is generated"
    return dataset.known(frame)


def energy_distance(a: Tensor, b: Tensor) -> Tensor:
    """Return (n,) unbiased estimates of 2 E|A-B| - E|A-A'| - E|B-B'| from (n, k, d) and (n, m, d) draws.

    Székely and Rizzo 2013, "Energy statistics"; 0 exactly where the distributions are equal. An
    estimate can fall slightly below 0.
    """

    def within(draws: Tensor) -> Tensor:
        count = draws.shape[1]
        return torch.cdist(draws, draws).sum(dim=(1, 2)) / (count * (count - 1))

    return 2 * torch.cdist(a, b).mean(dim=(1, 2)) - within(a) - within(b)
