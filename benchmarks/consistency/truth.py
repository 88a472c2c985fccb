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

from recbench.classifiers.base import Classifier
from recbench.data.catalogue.synthetic import CIRCLES, CORR, MOONS, NAMES, SCHEMA, Mixture
from recbench.data.encoding import Encoder
from recbench.rng import Rng
from recbench.task import RecourseTask

MIXTURES = {"moons": MOONS, "circles": CIRCLES, "corr": CORR}
REFERENCE = 100_000
"""Draws from the mixture of which the favourable, clear ones carry the importance weights."""


class KnownClassifier(Classifier):
    """h is the true P(y=1 | x)."""

    kind = "known"

    def __init__(self, mixture: Mixture, encoder: Encoder) -> None:
        self._mixture, self._encoder = mixture, encoder

    def probability(self, x: Tensor) -> Tensor:
        points = x.numpy().astype(np.float64) * self._encoder.span.numpy() + self._encoder.low.numpy()
        return torch.from_numpy(self._mixture.probability(points).astype(np.float32))


@dataclass(frozen=True)
class Truth:
    """One plane data set with what is known of it; the encoding is the same for every training set.

    Attributes:
        mixture: density and label probability.
        encoder: fitted on the reference set.
        clear: (T, 2) float32 encoded reference draws with y = 1 and P(y=1 | x) > gamma.
        people: (n, 2) float32 encoded people whom the known classifier turns down.
    """

    mixture: Mixture
    encoder: Encoder
    clear: Tensor
    people: Tensor

    def task(self, rows: int, rng: Rng) -> RecourseTask:
        """Return a task with ``rows`` fresh training rows."""
        points, labels = self.mixture.sample(rows, rng.numpy())
        x = self.encoder.encode(pd.DataFrame(points, columns=NAMES))
        return RecourseTask(
            self.encoder, x, torch.from_numpy(labels), KnownClassifier(self.mixture, self.encoder)
        )

    def sample(self, k: int, rate: float, rng: Rng) -> Tensor:
        """Return (n, k, 2) draws of Q(x+ | x) for the people, with lambda = ``rate``."""
        weight = torch.exp(-rate * torch.cdist(self.people, self.clear, p=1.0))
        return self.clear[torch.multinomial(weight, k, replacement=True, generator=rng.torch())]


@cache
def truth(name: str, people: int, gamma: float) -> Truth:
    """Return what is known of a data set, with a reference set and people of its own."""
    mixture, rng = MIXTURES[name], Rng(0).stream("consistency", name)
    points, labels = mixture.sample(REFERENCE, rng.stream("reference").numpy())
    frame = pd.DataFrame(points, columns=NAMES)
    encoder = Encoder.fit(SCHEMA, frame)
    clear = (labels == 1) & (mixture.probability(points) > gamma)
    others, _ = mixture.sample(20 * people, rng.stream("people").numpy())
    refused = others[mixture.probability(others) <= 0.5][:people]
    return Truth(
        mixture, encoder, encoder.encode(frame[clear]), encoder.encode(pd.DataFrame(refused, columns=NAMES))
    )


def energy_distance(a: Tensor, b: Tensor) -> Tensor:
    """Return (n,) unbiased estimates of 2 E|A-B| - E|A-A'| - E|B-B'| from (n, k, d) and (n, m, d) draws.

    Székely and Rizzo 2013, "Energy statistics"; 0 exactly where the distributions are equal. An
    estimate can fall slightly below 0.
    """

    def within(draws: Tensor) -> Tensor:
        count = draws.shape[1]
        return torch.cdist(draws, draws).sum(dim=(1, 2)) / (count * (count - 1))

    return 2 * torch.cdist(a, b).mean(dim=(1, 2)) - within(a) - within(b)
