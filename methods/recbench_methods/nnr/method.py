"""Nearest-neighbour recourse, exact, in blocks of bounded memory."""

from __future__ import annotations

import torch
from torch import Tensor

from recbench.method import Reason, Recourse, RecourseMethod
from recbench.rng import PeopleRng, Rng
from recbench.task import RecourseTask
from recbench_methods.common.targets import Targets
from recbench_methods.nnr import card
from recbench_methods.nnr.params import NearestNeighbourParams

_BLOCK = 10_000
"""People between two reports of progress."""


class NearestNeighbour(RecourseMethod[NearestNeighbourParams]):
    """The training row x+ that is cheapest for the person to become, as far as they can.

    Rows are the targets of GenRe (Garg et al. 2025, Section 4.1; :mod:`recbench_methods.common.targets`),
    distance is the task's cost; of equally near ones the first in lexicographic order is taken. What the
    person cannot change stays theirs, and h must exceed gamma there too: the label of such a row is not
    known. A person for whom there is none gets NaN.
    """

    card = card

    def fit(self, task: RecourseTask, rng: Rng) -> None:
        """Collect the distinct targets among the training rows; there may be none."""
        super().fit(task, rng)
        self.targets = Targets(task, self.params.gamma, distinct=True)

    def generate(self, factuals: Tensor, rng: PeopleRng) -> Recourse:
        """Return the cheapest target of each of (n, d) people."""
        task, parts = self.task, []
        for block in factuals.split(_BLOCK):
            parts.append(self._nearest(block))
            self.progress(min(1.0, len(parts) * _BLOCK / max(1, len(factuals))), "looking up neighbours")
        recourse = Recourse.of(torch.cat(parts), task)
        reasons = [
            reason if found else Reason.NO_TARGET
            for reason, found in zip(recourse.reasons, recourse.found.tolist(), strict=True)
        ]
        return self.targets.told(factuals, Recourse(recourse.counterfactuals, reasons))

    def _nearest(self, people: Tensor) -> Tensor:
        cost, index = self.targets.nearest(people, 1)
        if not cost.shape[1]:
            return torch.full_like(people, torch.nan)
        rows = self.task.project(self.targets.rows[index[:, 0]], people)
        return rows.masked_fill(cost.isinf(), torch.nan)
