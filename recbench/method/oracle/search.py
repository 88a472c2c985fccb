"""The cheapest known row that the judge calls valid and an inlier, exact, in blocks of bounded memory."""

from __future__ import annotations

import torch
from torch import Tensor

from recbench.data.dataset import Dataset
from recbench.judge import Judge
from recbench.method import Reason, Recourse, RecourseMethod
from recbench.method.oracle import ORACLE
from recbench.rng import PeopleRng, Rng
from recbench.task import RecourseTask

_CELLS = 4_000_000
"""Distances held at once (16 MB)."""


class Oracle(RecourseMethod):
    """For each person the cheapest row of the training and test tables that the judge accepts.

    The judge accepts a row that its gold labeller calls favourable and its LOF an inlier, so only cost
    keeps a person's Score below 2. The person must be able to become the row; who can become none has
    no recourse.
    """

    card = ORACLE

    def __init__(self, dataset: Dataset, judge: Judge) -> None:
        super().__init__()
        self._dataset, self._judge = dataset, judge

    def fit(self, task: RecourseTask, rng: Rng) -> None:
        """Ask the judge about every known row."""
        super().fit(task, rng)
        both = [self._dataset.encoder.encode(frame) for frame in (self._dataset.train, self._dataset.test)]
        rows = torch.unique(task.encoder.lattice.snap(torch.cat(both)), dim=0)
        valid = rows[torch.from_numpy(self._judge.probability(rows) > 0.5)]
        inside = self._judge.inlier(self._judge.lof_score(valid))
        self.goals = valid[torch.from_numpy(inside)].to(task.device)

    def generate(self, factuals: Tensor, rng: PeopleRng) -> Recourse:
        """Return the cheapest such row of each of (n, d) people."""
        size = max(1, _CELLS // max(1, len(self.goals)))
        chosen = torch.cat([self._cheapest(block) for block in factuals.split(size)])
        # Whether h agrees is not asked: the judge is.
        lost = torch.isnan(chosen).any(dim=1).tolist()
        return Recourse(chosen, [Reason.NO_CANDIDATE if none else Reason.FOUND for none in lost])

    def _cheapest(self, people: Tensor) -> Tensor:
        if not len(self.goals):
            return torch.full_like(people, torch.nan)
        cost = self.task.pairwise_cost(people, self.goals)
        cost.masked_fill_(~self.task.feasible(people).admits(self.goals), torch.inf)
        lowest, nearest = cost.min(dim=1)
        goals: Tensor = self.goals[nearest]
        return goals.masked_fill(lowest.isinf()[:, None], torch.nan)
