"""Calibration: what a local outlier factor among the rows at hand says of one among more rows.

Others judge plausibility on more rows than a method has. That can be rehearsed: ask the factor of a
density of part of the rows, look whether a density of all of them calls the row an inlier, and fit a
logistic curve. How far a factor can be trusted differs from data set to data set by far.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from scipy.optimize import minimize
from scipy.special import expit
from torch import Tensor

from recbench.rng import Rng
from recbench.task import RecourseTask
from recbench_methods.common.blocks import blocks
from recbench_methods.genre.plausibility import FURTHER, OUTLIER, LocalDensity

PRIOR = ((5.0, 15.0), (1.5, 3.0))
"""Mean and standard deviation of a curve's slope and of its offset before any row was asked about."""

MODESTY = 1.0
"""What the offset is lowered by: the cheapest of many candidates is often one on which the curve errs."""

_PEOPLE = 2000
"""Most people whose halfway rows are asked about."""

_NEAREST = 30
"""Accepted rows that count as nearby."""

_PARTS = 3
"""Random parts of the rows that are asked."""


@dataclass(frozen=True)
class Curve:
    """P(inlier) = sigmoid(offset - slope * log(factor / 1.5)), averaged over worlds."""

    slope: float
    offset: float

    def inlier(self, factor: Tensor) -> Tensor:
        """Return (n,) P(inlier) for local outlier factors (W, n)."""
        return torch.sigmoid(self.offset - self.slope * _excess(factor)).mean(dim=0)


def calibrate(task: RecourseTask, positive: Tensor, density: LocalDensity, rng: Rng) -> Curve:
    """Fit the curve by maximum a posteriori.

    Args:
        task: where the rows that are asked about come from.
        positive: (N, d) rows that count as plausible.
        density: of all of them.
        rng: of the parts, and of the rows asked about.
    """
    asked = halfway(task, rng.stream("asked"))
    inside = density.factor(asked)[0] <= OUTLIER
    size = round(len(positive) / (1.0 + FURTHER))
    excess = []
    if len(asked) and size > density.k:
        for part in range(_PARTS):
            stream = rng.stream("part", part)
            order = torch.randperm(
                len(positive), generator=stream.torch(positive.device), device=positive.device
            )
            known = LocalDensity(positive[order[:size]], density.k, density.worlds, stream.stream("worlds"))
            excess.append(_excess(known.factor(asked)))
    slope, offset = _most_likely(excess, inside)
    return Curve(slope, offset - MODESTY)


@torch.no_grad()
def halfway(task: RecourseTask, rng: Rng) -> Tensor:
    """Return (m, d) rows that h accepts between someone it turns down and an accepted row nearby.

    Such rows are what choosing asks about: each feature is the one's or the other's.
    """
    accepts = task.accepts(task.x)
    people, goals = task.x[~accepts], task.x[accepts & (task.y == 1)]
    if not len(people) or not len(goals):
        return task.x[:0]
    device = task.x.device
    generator = rng.torch(device)
    people = people[torch.randperm(len(people), generator=generator, device=device)[:_PEOPLE]]
    most = min(_NEAREST, len(goals))
    near = torch.cat(
        [
            task.pairwise_cost(part, goals).topk(most, largest=False).indices
            for part in blocks(people, len(goals))
        ]
    )
    which = torch.randint(near.shape[1], (len(people), 1), generator=generator, device=device)
    goal = task.project(goals[near.gather(1, which).squeeze(1)], people)
    share = torch.rand((len(people), 1), generator=generator, device=device)
    kept = torch.rand(people.shape, generator=generator, device=device) < share
    rows = torch.where(kept, people, goal)
    return rows[task.accepts(rows)]


def _excess(factor: Tensor) -> Tensor:
    return torch.log(factor / OUTLIER).clamp(-1.0, 1.0)


def _most_likely(excess: list[Tensor], inside: Tensor) -> tuple[float, float]:
    """Return slope and offset that explain best which rows (n,) are ``inside``, given (W, n) of each part."""
    seen = [part.double().cpu().numpy() for part in excess]
    truth = inside.cpu().numpy()

    def surprise(curve: np.ndarray) -> float:
        total = sum(
            0.5 * ((value - mean) / spread) ** 2 for value, (mean, spread) in zip(curve, PRIOR, strict=True)
        )
        for part in seen:
            share = expit(curve[1] - curve[0] * part).mean(axis=0).clip(1e-6, 1.0 - 1e-6)
            total -= float(np.log(np.where(truth, share, 1.0 - share)).sum()) / len(seen)
        return float(total)

    slope, offset = minimize(surprise, [mean for mean, _ in PRIOR], method="Nelder-Mead").x
    return float(slope), float(offset)
