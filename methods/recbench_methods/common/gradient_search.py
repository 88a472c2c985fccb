"""Gradient search for many people at once; methods bring the loss and the schedule.

Every person has their own optimiser state and leaves the batch when they are finished. The search moves
a relaxed point, in which values lie between their steps. Only its snapped neighbour
(:meth:`recbench.task.Feasible.project`) is ever judged or returned: a person is accepted when the point
they would really be given is.

The step is Adam (Kingma & Ba 2015) with a proximal L1 term in Adam's own metric (Yun, Lozano & Yang
2021, "Adaptive Proximal Gradient Methods for Structured Neural Networks"): a value leaves the person's
own exactly when the loss pulls harder than its cost, so changes are sparse without rounding.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from recbench.task import TOLERANCE, RecourseTask

PerRow = Callable[[Tensor, Tensor], Tensor]
"""Of points (m, d) or (m, k, d) and the positions (m,) of their people, to one value per point."""


class Space(Protocol):
    """Where the search moves: :class:`recbench.task.Feasible`, or a space of another kind."""

    @property
    def origin(self) -> Tensor:
        """(m, d) the people themselves."""

    def of(self, rows: Tensor) -> Space:
        """Return the same for some of the people."""

    def clamp(self, x: Tensor) -> Tensor:
        """Return relaxed points moved inside the bounds."""

    def project(self, x: Tensor) -> Tensor:
        """Return the encoded, feasible points that relaxed ones stand for."""


@dataclass(frozen=True)
class Step:
    """Where the search stands after one step, for the people still in it.

    Points are (m, d), or (m, k, d) when each person has k of them; values per point are (m,) or (m, k).

    Attributes:
        number: steps made before this one.
        rows: (m,) positions of the people.
        x: relaxed points.
        points: snapped points.
        margin: of the snapped points; accepted where it is above 0.
        answered: whether an accepted point has been seen, now or before.
        stalled: steps since the best point last became better.
    """

    number: int
    rows: Tensor
    x: Tensor
    points: Tensor
    margin: Tensor
    answered: Tensor
    stalled: Tensor


@dataclass(frozen=True)
class LogitLoss:
    """A loss that a point has by the classifier's logit alone: its derivative says where to go.

    With it a search needs no graph: the task knows the gradient of the logit, for most classifiers in
    closed form.

    Attributes:
        task: gives the logit.
        derivative: of logits (m,) or (m, k) and the positions (m,) of their people: that of the loss in
            the logit, finite, of the same shape.
    """

    task: RecourseTask
    derivative: PerRow

    def times(self, weight: Callable[[Tensor], Tensor]) -> LogitLoss:
        """Return the loss times a weight (m,) of the people at positions (m,)."""
        return LogitLoss(self.task, lambda logit, rows: self.derivative(logit, rows) * weight(rows))

    def gradient(self, x: Tensor, rows: Tensor) -> Tensor:
        """Return the gradients of finite points ``x``."""
        logit, slope = self.task.logit_and_gradient(x)
        return slope * self.derivative(logit, rows)[..., None]


@dataclass(frozen=True)
class Found:
    """The outcome for n people: (n, d) points and (n,) values, or (n, k, d) and (n, k).

    Attributes:
        points: the cheapest accepted snapped point, else the one with the highest margin.
        accepted: whether it was accepted.
        cost: its cost; infinite where nothing was accepted.
    """

    points: Tensor
    accepted: Tensor
    cost: Tensor


class Optimiser(Protocol):
    """How points move; it holds a state per value, from which people can leave."""

    def step(self, x: Tensor, gradient: Tensor, origin: Tensor, pull: Tensor | None) -> Tensor:
        """Return the points after one step (and the proximal step, if there is a pull)."""

    def of(self, rows: Tensor) -> Optimiser:
        """Return the state of some of the people."""


def search(
    feasible: Space,
    start: Tensor,
    loss: PerRow | LogitLoss,
    margin: PerRow,
    cost: PerRow,
    finished: Callable[[Step], Tensor | None],
    *,
    steps: int,
    learning_rate: float,
    every: int = 1,
    pull: Tensor | None = None,
    betas: tuple[float, float] = (0.9, 0.99),
    optimiser: Optimiser | None = None,
    progress: Callable[[float], None] | None = None,
) -> Found:
    """Minimise ``loss + pull * |x - origin|`` for n people at once and keep the best point of each.

    Args:
        feasible: what each of the n people can become.
        start: (n, d) relaxed points to begin with, or (n, k, d) for k points per person.
        loss: differentiable, or known by its derivative; people must not influence one another's loss, a
            person's k points may. Where its gradient is not a number there is no step.
        margin: judges snapped points; above 0 is accepted.
        cost: of snapped points; the cheapest accepted one wins.
        finished: called when points have been judged; returns (m,) who is done and leaves the batch, None
            for nobody. A schedule changes its own state here, by ``step.rows``.
        steps: most steps anybody makes.
        learning_rate: of Adam, in encoded units: about the farthest a value moves in one step.
        every: steps between two judgements.
        pull: (d,) weight of the L1 distance from the person's own values, applied as a proximal step.
        betas: Adam's decay rates. The second is lower than usual because schedules change the loss.
        optimiser: instead of Adam; the learning rate and the betas are then its own.
        progress: told the share of the work that is behind us.
    """
    n = len(start)
    best = _Best.at(feasible.project(start), margin, cost)
    rows = torch.arange(n, device=start.device)
    x, moves = start, optimiser or _Adam(start, learning_rate, betas)
    origin = _origin(feasible, x)
    for number in range(steps if n else 0):
        downhill, known = _gradient(loss, x, rows)
        moved = feasible.clamp(moves.step(x, downhill, origin, pull))
        x = moved if known is None else torch.where(known, moved, x)
        if (number + 1) % every and number + 1 < steps:
            continue
        points = feasible.project(x)
        with torch.no_grad():
            step = best.update(number, x, points, _known(margin(points, rows)), cost(points, rows))
        done = finished(step)
        if done is not None and bool(done.any()):
            stay = (~done).nonzero().squeeze(1)
            rows, x, moves, feasible = rows[stay], x[stay], moves.of(stay), feasible.of(stay)
            origin = _origin(feasible, x)
            best.keep(stay)
            if len(rows) == 0:
                break
        if progress:
            progress(max(1 - len(rows) / n, number / steps))
    return best.found()


def classifier_margin(task: RecourseTask) -> PerRow:
    """Return the usual margin: P(target class | x) above the task's threshold."""
    return lambda points, rows: task.probability(points, finite=True) - task.threshold


def cost_from(task: RecourseTask, factuals: Tensor) -> PerRow:
    """Return the usual cost: the task's, from the (n, d) ``factuals``."""

    def cost(points: Tensor, rows: Tensor) -> Tensor:
        own = factuals[rows]
        return task.cost(own if points.dim() == own.dim() else own[:, None, :], points)

    return cost


def distance_from(factuals: Tensor, weights: Tensor) -> PerRow:
    """Return another cost: the L1 distance from the (n, d) ``factuals``, with a weight (d,) per feature."""
    return lambda points, rows: ((points - factuals[rows]).abs() * weights).sum(dim=-1)


def gradient(value: Tensor, x: Tensor, create_graph: bool = False) -> Tensor:
    """Return the gradient of the sum of ``value`` in ``x``; 0 if it does not depend on ``x``."""
    if not value.requires_grad:
        return torch.zeros_like(x)
    (found,) = torch.autograd.grad(value.sum(), x, create_graph=create_graph, allow_unused=True)
    return torch.zeros_like(x) if found is None else found


def _gradient(loss: PerRow | LogitLoss, x: Tensor, rows: Tensor) -> tuple[Tensor, Tensor | None]:
    """Return the gradient, with 0 for rows where it is no number, and where it is one (None: everywhere)."""
    if isinstance(loss, LogitLoss):
        return loss.gradient(x, rows), None
    with torch.enable_grad():
        variable = x.detach().requires_grad_()
        found = gradient(loss(variable, rows), variable)
    known = found.isfinite().all(dim=-1, keepdim=True)
    return torch.where(known, found, 0.0), known


def _origin(feasible: Space, x: Tensor) -> Tensor:
    return feasible.origin if x.dim() == feasible.origin.dim() else feasible.origin[:, None, :]


def _known(margin: Tensor) -> Tensor:
    """Return the margins; what has none is worse than anything that has one."""
    return torch.where(margin.isnan(), -torch.inf, margin)


class _Adam:
    """Adam with one state per value, from which people can leave."""

    def __init__(self, x: Tensor, rate: float, betas: tuple[float, float]) -> None:
        self.first, self.second = torch.zeros_like(x), torch.zeros_like(x)
        self.rate, self.betas, self.count = rate, betas, 0

    def step(self, x: Tensor, gradient: Tensor, origin: Tensor, pull: Tensor | None) -> Tensor:
        """Return the points after one step (and the proximal step, if there is a pull)."""
        self.count += 1
        slow, slower = self.betas
        self.first.lerp_(gradient, 1 - slow)
        self.second.mul_(slower).addcmul_(gradient, gradient, value=1 - slower)
        # In place, and the constants first: rate / ((second / (1 - slower^t)).sqrt() + 1e-8).
        scale = 1 / (self.rate * (1 - slower**self.count) ** 0.5)
        size = self.second.sqrt().mul_(scale).add_(1e-8 / self.rate).reciprocal_()
        moved = torch.addcmul(x, size, self.first, value=-1 / (1 - slow**self.count))
        if pull is None:
            return moved
        away, reach = moved.sub_(origin), size.mul_(pull)
        return away.sub_(torch.clamp(away, -reach, reach)).add_(origin)

    def of(self, rows: Tensor) -> _Adam:
        """Return the state of some of the people."""
        self.first, self.second = self.first[rows], self.second[rows]
        return self


class _Best:
    """The best point of each so far: the cheapest accepted one, until then the one with the highest margin.

    What the people still searched for have stands together; whoever leaves is written into the answer.
    """

    def __init__(self, points: Tensor, margin: Tensor, cost: Tensor) -> None:
        self.rows = torch.arange(len(points), device=points.device)
        self.points, self.margin = points, margin
        self.cost = torch.where(margin > 0, cost, torch.inf)
        self.changed = torch.zeros_like(margin, dtype=torch.long)
        self.everybody = points.clone(), self.cost.clone()

    @classmethod
    def at(cls, points: Tensor, margin: PerRow, cost: PerRow) -> _Best:
        """Begin with the start itself, which may already be accepted."""
        rows = torch.arange(len(points), device=points.device)
        with torch.no_grad():
            return cls(points, _known(margin(points, rows)), cost(points, rows))

    def update(self, number: int, x: Tensor, points: Tensor, margin: Tensor, cost: Tensor) -> Step:
        """Take what is better, and say where the search stands."""
        accepted = margin > 0
        cheaper = accepted & (cost < self.cost - TOLERANCE)
        better = cheaper | (~accepted & self.cost.isinf() & (margin > self.margin))
        self.points = torch.where(better[..., None], points, self.points)
        self.margin = torch.where(better, margin, self.margin)
        self.cost = torch.where(cheaper, cost, self.cost)
        self.changed = torch.where(better, number, self.changed)
        return Step(number, self.rows, x, points, margin, ~self.cost.isinf(), number - self.changed)

    def keep(self, stay: Tensor) -> None:
        """Go on with the people at positions ``stay`` among those still searched for."""
        self.found()
        self.rows, self.points, self.margin = self.rows[stay], self.points[stay], self.margin[stay]
        self.cost, self.changed = self.cost[stay], self.changed[stay]

    def found(self) -> Found:
        """Return the answer of everybody."""
        points, cost = self.everybody
        points[self.rows], cost[self.rows] = self.points, self.cost
        return Found(points, ~cost.isinf(), cost)
