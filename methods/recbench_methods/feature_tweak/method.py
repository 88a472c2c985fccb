"""Actionable feature tweaking for all people at once (Tolomei et al. 2017)."""

from __future__ import annotations

import torch
from torch import Tensor

from recbench.method import Recourse, RecourseMethod
from recbench.rng import PeopleRng, Rng
from recbench.task import TOLERANCE, Feasible, RecourseTask
from recbench_methods.common.trees import Boxes, Trees
from recbench_methods.feature_tweak import card
from recbench_methods.feature_tweak.params import FeatureTweakParams

_CELLS = 2_000_000
"""Numbers of tweaked people held at once (8 MB)."""

_PEOPLE = 256
"""People whose tweaks are ranked together."""

_FIRST = 32
"""Tweaks per person that the ensemble judges first; each further round judges twice as many."""


class FeatureTweak(RecourseMethod[FeatureTweakParams]):
    """The cheapest epsilon-satisfactory instance that the ensemble accepts (the paper's Algorithm 1).

    Every approving leaf of a tree that turns the person down gives one instance: values that break a
    condition on the way to the leaf are put epsilon behind the split, the others stay. Instances that are
    infeasible for the person are left out. The ensemble judges them in order of cost, so the first one it
    accepts is the answer and the many dearer ones are never looked at.
    """

    card = card

    def fit(self, task: RecourseTask, rng: Rng) -> None:
        """Read the trees and find out where in their leaves a tweaked value is put.

        Raises:
            RecbenchError: the classifier is not an ensemble of trees that can be read.
        """
        super().fit(task, rng)
        self.trees = Trees.of(task.classifier, task.device)
        boxes = self.trees.boxes(task.dimensions)
        self.boxes = boxes.of(self.trees.positive(boxes.vote, task.threshold))
        grid, rest = (part.to(task.device) for part in (task.encoder.lattice.grid, task.encoder.lattice.rest))
        self.low, self.high = inside(self.boxes, grid, self.params.epsilon, rest)

    @torch.no_grad()
    def generate(self, factuals: Tensor, rng: PeopleRng) -> Recourse:
        """Return the cheapest accepted tweak of each of (n, d) people, else the likeliest one."""
        parts = [factuals[:0]]
        for start in range(0, len(factuals), _PEOPLE):
            parts.append(self._cheapest(factuals[start : start + _PEOPLE]))
            self.progress(min(1.0, (start + _PEOPLE) / len(factuals)), "judging tweaks")
        return Recourse.of(torch.cat(parts), self.task)

    def _cheapest(self, people: Tensor) -> Tensor:
        task, feasible = self.task, self.task.feasible(people)
        cost = self._costs(people, feasible)
        best, highest = people.clone(), task.probability(people)
        rows = (highest <= task.threshold).nonzero().squeeze(1)
        most = min(self.params.attempts, cost.shape[1])
        judged, size = 0, _FIRST
        while len(rows) and judged < most:
            size = min(size, most - judged)
            next_cost, boxes = cost[rows].topk(size, dim=1, largest=False)
            cost[rows[:, None], boxes] = torch.inf
            possible = next_cost.isfinite()
            tweaked = self._tweaked(people[rows], feasible.of(rows), boxes)[0]
            h = torch.where(possible, task.probability(tweaked), -1.0)
            accepted = h > task.threshold
            # Cheapest first: of the accepted ones the first, else the likeliest.
            first = torch.where(accepted.any(dim=1), accepted.int().argmax(dim=1), h.argmax(dim=1))
            at = torch.arange(len(rows), device=rows.device)
            better = h[at, first] > highest[rows]
            best[rows] = torch.where(better[:, None], tweaked[at, first], best[rows])
            highest[rows] = torch.where(better, h[at, first], highest[rows])
            rows = rows[~accepted.any(dim=1) & possible[:, -1]]
            judged, size = judged + size, 2 * size
        return best

    def _costs(self, people: Tensor, feasible: Feasible) -> Tensor:
        """Return (n, L) cost of stepping into each box; infinite where that is infeasible or no use."""
        turned_down = ~self.trees.positive(self.trees.votes(people), self.task.threshold)
        cost = torch.empty((len(people), len(self.low)), device=people.device)
        boxes = torch.arange(len(self.low), device=people.device)
        for part in boxes.split(max(1, _CELLS // people.numel())):
            tweaked, possible = self._tweaked(people, feasible, part.expand(len(people), -1))
            part_cost = self.task.cost(people[:, None, :], tweaked)
            useful = possible & turned_down[:, self.boxes.tree[part]]
            cost[:, part] = torch.where(useful, part_cost, torch.inf)
        return cost

    def _tweaked(self, people: Tensor, feasible: Feasible, boxes: Tensor) -> tuple[Tensor, Tensor]:
        """Return (n, k, d) people who step into ``boxes`` (n, k), and (n, k) whether they can."""
        x = people[:, None, :]
        lower, upper = self.boxes.lower[boxes], self.boxes.upper[boxes]
        first, last = (end[:, None, :] for end in feasible.ends)
        moved = torch.where(x <= lower, self.low[boxes], self.high[boxes])
        moved = torch.minimum(torch.maximum(moved, first), last)
        tweaked = torch.where((x > lower) & (x <= upper), x, moved)
        return tweaked, ((tweaked > lower) & (tweaked <= upper)).all(dim=2)


def inside(boxes: Boxes, grid: Tensor, epsilon: float, rest: Tensor | float = 0.0) -> tuple[Tensor, Tensor]:
    """Return (L, d) twice: where a value that is too low, and one that is too high, is put.

    That is epsilon behind the split, or halfway where the box is narrower than two epsilon; and there on the
    nearest step, provided the box holds one.

    Args:
        boxes: of the leaves.
        grid: (d,) float64, steps per encoded unit, 0 where nothing moves.
        epsilon: in encoded units.
        rest: (d,) float64, where 0 lies between two steps; see :class:`recbench.data.lattice.Lattice`.
    """
    lower, upper = boxes.lower.to(torch.float64), boxes.upper.to(torch.float64)
    middle = (lower + upper) / 2
    narrow = upper - lower < 2 * epsilon
    low = torch.where(narrow, middle, lower + epsilon)
    high = torch.where(narrow, middle, upper - epsilon)
    first, last = torch.floor(lower * grid - rest) + 1, torch.floor(upper * grid - rest)
    step_low = torch.minimum(torch.ceil((low * grid - rest) - TOLERANCE), last)
    step_high = torch.maximum(torch.floor((high * grid - rest) + TOLERANCE), first)
    stepped = grid > 0
    low = torch.where(stepped, (torch.maximum(step_low, first) + rest) / grid, low)
    high = torch.where(stepped, (torch.minimum(step_high, last) + rest) / grid, high)
    return low.to(torch.float32), high.to(torch.float32)
