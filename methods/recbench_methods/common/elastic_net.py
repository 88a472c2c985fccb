"""Elastic-net search by FISTA with a bisected weight of the attack (Dhurandhar et al. 2018, Section 3).

    minimise c * f(x') + extra(x') + beta * |x' - x|_1 + |x' - x|_2^2

f is how far the classifier is from changing its mind by kappa. A large c finds a change, a small one
a close change: c is bisected per person, as in Carlini & Wagner (2017).
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from recbench.task import RecourseTask
from recbench_methods.common.gradient_search import Found, PerRow, Step, search
from recbench_methods.common.params import ElasticNetParams
from recbench_methods.common.precise import precise


class Fista:
    """FISTA (Beck & Teboulle 2009): soft thresholding and momentum; the step falls as a square root."""

    def __init__(self, x: Tensor, rate: float, iterations: int) -> None:
        self.before, self.rate, self.iterations, self.count = x, rate, max(1, iterations), 0

    def step(self, x: Tensor, gradient: Tensor, origin: Tensor, pull: Tensor | None) -> Tensor:
        """Return the extrapolated points after one proximal step."""
        size = self.rate * max(0.0, 1 - self.count / self.iterations) ** 0.5
        away = x - size * gradient - origin
        if pull is not None:
            away = away.sign() * (away.abs() - size * pull).clamp(min=0)
        moved = origin + away
        ahead: Tensor = moved + self.count / (self.count + 3) * (moved - self.before)
        self.before, self.count = moved, self.count + 1
        return ahead

    def of(self, rows: Tensor) -> Fista:
        """Return the state of some of the people."""
        self.before = self.before[rows]
        return self


def elastic_net_search(
    task: RecourseTask,
    factuals: Tensor,
    params: ElasticNetParams,
    extra: PerRow | None,
    progress: Callable[[float], None],
) -> Found:
    """Return for each of (n, d) people the accepted point with the least elastic-net distance.

    Args:
        task: what the method sees.
        factuals: the people.
        params: of the search.
        extra: further differentiable loss per point, or None.
        progress: told the share of the work that is behind us.
    """
    p, feasible, h = params, task.feasible(factuals), precise(task)
    c = torch.full((len(factuals),), p.c, device=factuals.device)
    low, high = torch.zeros_like(c), torch.full_like(c, torch.inf)
    best: Found | None = None

    def loss(x: Tensor, rows: Tensor) -> Tensor:
        # The lead of the other class: the difference of both probabilities where the threshold is a half.
        lead = 2 * (task.threshold - h(x))
        near = (x - factuals[rows]).square().sum(dim=-1)
        total: Tensor = c[rows] * lead.clamp(min=-p.kappa) + near
        return total if extra is None else total + extra(x, rows)

    def margin(points: Tensor, rows: Tensor) -> Tensor:
        return h(points).float() - task.threshold - p.kappa / 2

    def distance(points: Tensor, rows: Tensor) -> Tensor:
        change = points - factuals[rows]
        return p.beta * change.abs().sum(dim=-1) + change.square().sum(dim=-1)

    def never(step: Step) -> Tensor:
        return torch.zeros_like(step.margin, dtype=torch.bool)

    for number in range(p.c_steps):
        found = search(
            feasible,
            factuals,
            loss,
            margin,
            distance,
            never,
            steps=p.iterations,
            learning_rate=p.learning_rate,
            pull=torch.full_like(factuals[0], p.beta) if len(factuals) else None,
            optimiser=Fista(factuals, p.learning_rate, p.iterations),
        )
        best = found if best is None else better(best, found, margin)
        high = torch.where(found.accepted, torch.minimum(high, c), high)
        low = torch.where(found.accepted, low, torch.maximum(low, c))
        c = torch.where(high.isinf(), c * 10, (low + high) / 2)
        progress((number + 1) / p.c_steps)
    assert best is not None
    return best


def better(a: Found, b: Found, margin: PerRow) -> Found:
    """Return the better outcome of each person: the cheaper accepted one, else the higher margin."""
    rows = torch.arange(len(a.points), device=a.points.device)
    with torch.no_grad():
        closer = ~a.accepted & ~b.accepted & (margin(b.points, rows) > margin(a.points, rows))
    take = (b.cost < a.cost) | closer
    return Found(
        torch.where(take[:, None], b.points, a.points),
        a.accepted | b.accepted,
        torch.minimum(a.cost, b.cost),
    )
