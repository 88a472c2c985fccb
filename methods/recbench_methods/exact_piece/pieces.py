"""Least cost within a linear piece, and the walk from piece to piece, for many people at once."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from recbench.task import TOLERANCE, Feasible, RecourseTask

_SURE = 1e-5
"""Log-odds above the threshold from which a person counts as accepted: float32 rounds by less."""

_AWAY = 0.499
"""Steps by which a value is moved on before it is snapped, so that it does not snap back to the person."""

_FARTHEST = 50.0
"""Log-odds of thresholds at or near 0 and 1."""

_SHRINK = 0.6
"""Of the reach, where a piece brought nothing better."""

_PHASE = 4
"""Steps after which those who stand still leave."""

_LEAST = 1e-12
"""Instead of a price or a slope of 0, by which nothing can be divided."""


@dataclass
class Walk:
    """The best points so far of n people, and the moves that look for better ones.

    Attributes:
        task: gives costs, and the logit with its gradient.
        feasible: what each of the people can become.
        points: (n, d) the cheapest accepted points, else those of the highest lead.
        lead: (n,) their log-odds less those of the threshold.
        slope: (n, d) the gradient of the log-odds there.
        cost: (n,) their cost; infinite where they are not accepted.
    """

    task: RecourseTask
    feasible: Feasible
    points: Tensor
    lead: Tensor
    slope: Tensor
    cost: Tensor

    @classmethod
    def of(cls, task: RecourseTask, people: Tensor) -> Walk:
        """Begin with the people themselves, who may be accepted."""
        lead, slope = _judged(task, people)
        cost = torch.where(lead > _SURE, 0.0, torch.inf)
        return cls(task, task.feasible(people), people, lead, slope, cost)

    def some(self, rows: Tensor) -> Walk:
        """Return the same for the people at positions ``rows``."""
        return Walk(
            self.task,
            self.feasible.of(rows),
            self.points[rows],
            self.lead[rows],
            self.slope[rows],
            self.cost[rows],
        )

    def take(self, rows: Tensor, other: Walk) -> None:
        """Take what another walk found for the people at positions ``rows``, where it is better."""
        mine = self.some(rows)
        mine._offer(other.points, other.lead, other.slope)
        self.points = self.points.index_copy(0, rows, mine.points)
        self.slope = self.slope.index_copy(0, rows, mine.slope)
        self.lead = self.lead.index_copy(0, rows, mine.lead)
        self.cost = self.cost.index_copy(0, rows, mine.cost)

    def without(self, feature: Tensor) -> Walk:
        """Return the walk that starts here anew and leaves the features (n, 1) as the people have them."""
        feasible = self.feasible
        own = feasible.origin.gather(1, feature)
        lower, upper = (end.scatter(1, feature, own) for end in (feasible.lower, feasible.upper))
        nothing = torch.full_like(self.cost, torch.inf)
        return replace(
            self, feasible=replace(feasible, lower=lower, upper=upper), lead=-nothing, cost=nothing
        )

    def stride(self, *reaches: float | None) -> None:
        """Go from piece to piece, each time within a reach (None: as far as it leads), better or not."""
        points, lead, slope = self.points, self.lead, self.slope
        for reach in reaches:
            box = None if reach is None else torch.full_like(points[:, :1], reach)
            points = self._cheapest(points, lead, slope, box)
            lead, slope = _judged(self.task, points)
            self._offer(points, lead, slope)

    def refine(self, steps: int, reach: float) -> None:
        """Look for a better point within a reach of the best one, which narrows where there is none."""
        self._refine(steps, torch.full_like(self.points[:, :1], reach))

    def _refine(self, steps: int, reach: Tensor) -> None:
        if not steps or not len(self.points):
            return
        for _ in range(min(steps, _PHASE)):
            points = self._cheapest(self.points, self.lead, self.slope, reach)
            moving = (points != self.points).any(dim=1)
            better = self._offer(points, *_judged(self.task, points))
            reach = torch.where(better[:, None], reach, reach * _SHRINK)
        # Who stands still in a wide reach does so in a narrow one.
        rows = moving.nonzero().squeeze(1)
        part = self.some(rows)
        part._refine(max(0, steps - _PHASE), reach[rows])
        self.take(rows, part)

    def scan(self, shares: tuple[float, ...]) -> None:
        """Try single changes that would cost less than the best point.

        Where the slope says nothing of what lies behind the next piece, only looking there does. Each
        feature goes by each share of the way to either end, the longest first.
        """
        own = self.feasible.origin
        for share in shares:
            for end in (self.feasible.lower, self.feasible.upper):
                target = self.feasible.project(torch.lerp(own, end, share))
                price = self.task.distances(own, target)
                for j in range(own.shape[1]):
                    rows = (price[:, j] < self.cost - TOLERANCE) & (target[:, j] != own[:, j])
                    rows = rows.nonzero().squeeze(1)
                    points = own[rows]
                    points[:, j] = target[rows, j]
                    good = self.task.probability(points, finite=True) > self.task.threshold
                    part = self.some(rows[good])
                    part._offer(points[good], *_judged(self.task, points[good]))
                    self.take(rows[good], part)

    def _offer(self, points: Tensor, lead: Tensor, slope: Tensor) -> Tensor:
        """Take the points that are better; return (n,) which were."""
        accepted = lead > _SURE
        cost = torch.where(accepted, self.task.cost(self.feasible.origin, points), torch.inf)
        better = (cost < self.cost - TOLERANCE) | (~accepted & self.cost.isinf() & (lead > self.lead))
        self.points = torch.where(better[:, None], points, self.points)
        self.slope = torch.where(better[:, None], slope, self.slope)
        self.lead = torch.where(better, lead, self.lead)
        self.cost = torch.where(better, cost, self.cost)
        return better

    def _cheapest(self, points: Tensor, lead: Tensor, slope: Tensor, reach: Tensor | None) -> Tensor:
        """Return the (n, d) points that would cost least if the logit were linear.

        Minimise the cost over a box subject to ``lead + slope . (x' - points) >= 0``: a fractional
        knapsack (Dantzig 1957), filled in the order of log-odds per cost. Then snap.

        Args:
            points: (n, d) where the logit was looked at.
            lead: (n,) there.
            slope: (n, d) there.
            reach: (n, 1) half the width of the box around ``points``, a step at least; None for all that is
                feasible.
        """
        own, low, high = self.feasible.origin, self.feasible.lower, self.feasible.upper
        base, uphill = own, slope > 0
        grid = self.task.encoder.grid.to(points)
        step = torch.where(grid > 0, 1 / grid, 0.0)
        if reach is not None:
            # With less than a step no category that was changed could ever be taken back.
            reach = torch.maximum(reach, step)
            low, high = torch.maximum(low, points - reach), torch.minimum(high, points + reach)
            base = torch.clamp(own, low, high)
        end = torch.where(uphill, high, low)
        if reach is not None:
            # The base is as near to the person as the box allows, so there is room only away from them.
            end = torch.where((base != own) & ((base > own) != uphill), base, end)
        gain, price = slope * (end - base), self.task.distances(base, end)
        order = (gain / price.clamp(min=_LEAST)).argsort(dim=1, descending=True)
        ordered = gain.gather(1, order)
        lacking = 2 * _SURE - lead - (slope * (base - points)).sum(dim=1)
        filled = lacking[:, None] - ordered.cumsum(dim=1) + ordered
        filled = torch.minimum(filled.clamp_(min=0), ordered)
        share = torch.zeros_like(gain).scatter_(1, order, filled) / gain.clamp(min=_LEAST)
        target = torch.lerp(base, end, share)
        # Snapped on the side away from the person.
        return self.feasible.project(target + (target - own).sign() * (_AWAY * step))


def _judged(task: RecourseTask, points: Tensor) -> tuple[Tensor, Tensor]:
    """Return the leads (n,) and slopes (n, d) of points (n, d)."""
    logit, slope = task.logit_and_gradient(points)
    return logit - _log_odds(task.threshold), slope


def _log_odds(threshold: float) -> float:
    if 0 < threshold < 1:
        return math.log(threshold) - math.log1p(-threshold)
    return -_FARTHEST if threshold <= 0 else _FARTHEST
