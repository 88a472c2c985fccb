"""Actionable recourse for all people at once (Ustun, Spangher, Liu 2019)."""

from __future__ import annotations

import torch
from torch import Tensor

from recbench.classifiers.base import TorchClassifier
from recbench.method import Recourse, RecourseMethod
from recbench.rng import PeopleRng, Rng
from recbench.task import RecourseTask
from recbench_methods.actionable_recourse import card
from recbench_methods.actionable_recourse.params import ActionableRecourseParams
from recbench_methods.actionable_recourse.programme import cheapest, lowest_limit

_CELLS = 4_000_000
"""Numbers held at once (16 MB)."""

_MARGIN = 1e-4
"""By how much the score must pass the threshold, so that float32 rounding does not undo it."""


class ActionableRecourse(RecourseMethod[ActionableRecourseParams]):
    """The cheapest actions on a grid after which the score passes the threshold.

    The paper is about linear classifiers, whose score changes by a fixed amount with every action. For
    another classifier that amount is measured, action by action, at the point where a person stands, and
    measured anew at the point the programme gives, until the classifier accepts it. For a linear
    classifier this is the paper's integer programme, and exact.
    """

    card = card

    def fit(self, task: RecourseTask, rng: Rng) -> None:
        """Lay out the values actions can choose, from the schema and the training rows."""
        super().fit(task, rng)
        self.grid = action_grid(task, self.params.grid)
        self.sorted = task.x.T.contiguous().sort(dim=1).values

    @torch.no_grad()
    def generate(self, factuals: Tensor, rng: PeopleRng) -> Recourse:
        """Return the cheapest accepted point of each of (n, d) people, else the one of highest score."""
        d = self.task.dimensions
        size = max(1, _CELLS // (d * d * (self.grid.shape[1] + 1)))
        parts = [factuals[:0]]
        for start in range(0, len(factuals), size):
            parts.append(self._cheapest(factuals[start : start + size]))
            self.progress(min(1.0, (start + size) / len(factuals)), "integer programmes")
        return Recourse.of(torch.cat(parts), self.task)

    def _cheapest(self, people: Tensor) -> Tensor:
        task, bar = self.task, self._bar()
        # The last value is the person's own: no action.
        values = torch.cat([self.grid.expand(len(people), -1, -1), people[..., None]], dim=2)
        cost = self._costs(people, values)
        best, highest = people.clone(), self._score(people)
        centre, rows = people.clone(), (~task.accepts(people)).nonzero().squeeze(1)
        extra = torch.zeros_like(highest)
        for number in range(self.params.rounds):
            if len(rows) == 0:
                break
            gain, base = self._gains(centre[rows], values[rows])
            action = self._programme(cost[rows], gain, bar + extra[rows] - base)
            centre[rows] = values[rows].gather(2, action[..., None]).squeeze(2)
            score = self._score(centre[rows])
            # What acts together gains less than the sum: ask for more, the more the longer it goes on.
            extra[rows] += (bar - score).clamp(min=0) * number / self.params.rounds
            better = score > highest[rows]
            best[rows] = torch.where(better[:, None], centre[rows], best[rows])
            highest[rows] = torch.where(better, score, highest[rows])
            rows = rows[~task.accepts(centre[rows])]
        return best

    def _programme(self, cost: Tensor, gain: Tensor, need: Tensor) -> Tensor:
        if self.params.cost == "percentile":
            # The least possible largest shift, and of the combinations that keep to it the least total.
            limit = lowest_limit(cost, gain, need)
            cost = torch.where(cost <= limit[:, None, None], cost, torch.inf)
        return cheapest(cost, gain, need)

    def _costs(self, people: Tensor, values: Tensor) -> Tensor:
        """Return (n, d, K) float64 cost of each action; infinite where it is infeasible."""
        feasible = self.task.feasible(people)
        if self.params.cost == "task":
            each = self.task.distances(people[:, None, :], values.transpose(1, 2)).transpose(1, 2)
            cost = each.to(torch.float64)
        else:
            now, then = self._percentile(people[..., None]), self._percentile(values)
            cost = (then - now).abs()
            if self.params.cost == "log-percentile":
                cost = ((1 - then) / (1 - now)).log().abs()
        possible = feasible.project(values.transpose(1, 2)).transpose(1, 2) == values
        cost = cost.masked_fill(~(possible & feasible.movable[..., None]), torch.inf)
        cost[..., -1] = 0.0
        return cost

    def _percentile(self, values: Tensor) -> Tensor:
        """Return (n, d, K) float64 Q_j, the share of training rows below, and half of those equal."""
        n, d, k = values.shape
        flat = values.transpose(0, 1).reshape(d, -1).contiguous()
        below = torch.searchsorted(self.sorted, flat)
        upto = torch.searchsorted(self.sorted, flat, right=True)
        rows = self.sorted.shape[1]
        share = (below + upto).to(torch.float64) / (2 * rows)
        # Nobody is at 0 or 1, where the logarithm of a shift would be infinite.
        inside = share.clamp(0.5 / rows, 1 - 0.5 / rows)
        return inside.reshape(d, n, k).transpose(0, 1)

    def _gains(self, centre: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """Return what each action alone does to the score at ``centre`` (n, d), relative to no action.

        Returns:
            (n, d, K) gains, and (n,) the score of no action at all if every feature acts on its own.
        """
        n, d, k = values.shape
        eye = torch.eye(d, dtype=torch.bool, device=centre.device)
        tried = torch.where(eye[None, :, None, :], values[..., None], centre[:, None, None, :])
        score = self._score(tried.reshape(-1, d)).reshape(n, d, k)
        now = self._score(centre)
        undone = score[..., -1]
        return score - undone[..., None], now + (undone - now[:, None]).sum(dim=1)

    def _score(self, x: Tensor) -> Tensor:
        """Return (n,) float64 log-odds of the target class, or its probability where there is no logit."""
        classifier = self.task.classifier
        if isinstance(classifier, TorchClassifier):
            return classifier.logit(x).to(torch.float64)
        return classifier.probability(x).to(torch.float64)

    def _bar(self) -> float:
        bar = torch.tensor(self.task.threshold, dtype=torch.float64)
        if isinstance(self.task.classifier, TorchClassifier):
            bar = torch.logit(bar, eps=1e-6)
        return float(bar) + _MARGIN


def action_grid(task: RecourseTask, most: int) -> Tensor:
    """Return (d, K) float32 values that actions can choose; repeated where a feature has fewer.

    Every category of the schema; of a number evenly spread distinct training values on their steps, ``most``
    at most.
    """
    columns, rows = [], task.encoder.lattice.snap(task.x)
    for j, level in enumerate(task.encoder.levels):
        if level:
            column = torch.arange(level, device=task.device) / max(1, level - 1)
        else:
            column = rows[:, j].unique()
            if len(column) > most:
                column = column[torch.linspace(0, len(column) - 1, most, device=task.device).round().long()]
        columns.append(column.to(torch.float32))
    width = max(len(column) for column in columns)
    return torch.stack([torch.cat([c, c[-1:].expand(width - len(c))]) for c in columns])
