"""Nearest-neighbour recourse, exact, in blocks of bounded memory."""

from __future__ import annotations

from typing import ClassVar

import torch
from pydantic import Field
from torch import Tensor

from recbench.method import Params, Reason, Recourse, RecourseMethod
from recbench.rng import PeopleRng, Rng
from recbench.task import RecourseTask
from recbench_methods.nnr import card

_CELLS = 4_000_000
"""Distances held at once (16 MB)."""


class NearestNeighbourParams(Params):
    """Parameters of NNR."""

    gamma: float = Field(
        0.7,
        ge=0,
        lt=1,
        description="a target's h must be above this and above the threshold (GenRe, 4.1)",
    )


class NearestNeighbour(RecourseMethod):
    """The nearest training row x+ with label 1 and h(x+) > gamma that is feasible for the person.

    Targets are those of GenRe (Garg et al. 2025, Section 4.1), distance is the task's cost; of equally
    near ones the first in lexicographic order is taken. A person who can become none of them gets NaN.
    """

    card = card
    Params: ClassVar[type[Params]] = NearestNeighbourParams

    def fit(self, task: RecourseTask, rng: Rng) -> None:
        """Collect the distinct targets among the training rows; there may be none."""
        super().fit(task, rng)
        with torch.no_grad():
            rows = task.encoder.lattice.snap(task.x)
            clear = task.probability(rows) > max(self.params.gamma, task.threshold)
        self.targets = torch.unique(rows[clear & (task.y == 1)], dim=0)

    def generate(self, factuals: Tensor, rng: PeopleRng) -> Recourse:
        """Return the nearest feasible target of each of (n, d) people."""
        task = self.task
        size = max(1, _CELLS // max(1, len(self.targets)))
        parts = []
        for block in factuals.split(size):
            parts.append(self._nearest(block))
            self.progress(min(1.0, len(parts) * size / max(1, len(factuals))), "looking up neighbours")
        counterfactuals = torch.cat(parts)
        recourse = Recourse.of(counterfactuals, task)
        reasons = [
            reason if found else Reason.NO_TARGET
            for reason, found in zip(recourse.reasons, recourse.found.tolist(), strict=True)
        ]
        return Recourse(counterfactuals, reasons)

    def _nearest(self, people: Tensor) -> Tensor:
        if len(self.targets) == 0:
            return torch.full_like(people, torch.nan)
        cost = self.task.pairwise_cost(people, self.targets)
        cost.masked_fill_(~self.task.feasible(people).admits(self.targets), torch.inf)
        lowest, nearest = cost.min(dim=1)
        targets: Tensor = self.targets[nearest]
        return targets.masked_fill(lowest.isinf()[:, None], torch.nan)
