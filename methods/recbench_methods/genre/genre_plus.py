"""GenRe+: GenRe's draws, and of those the one that is likely to hold, plausible and cheap."""

from __future__ import annotations

import torch
from torch import Tensor

from recbench.method import Recourse
from recbench.rng import PeopleRng, Rng
from recbench.task import RecourseTask
from recbench_methods.common.targets import Targets
from recbench_methods.genre import plus
from recbench_methods.genre.method import GenRe
from recbench_methods.genre.opinion import SecondOpinion
from recbench_methods.genre.params import GenRePlusParams
from recbench_methods.genre.selection import Utility, most_useful, take_back

_PEOPLE = 512
"""People in one batch; bounds memory, changes no choice."""


class GenRePlus(GenRe):
    """GenRe's model; of its draws the one of highest P(holds) + P(plausible) - cost / d that h accepts.

    Beside the draws stand the nearest training rows that h accepts. From the choice, changes are
    taken back one by one for as long as that raises the same utility. The two probabilities are a
    :class:`SecondOpinion`.
    """

    card = plus
    Params = GenRePlusParams
    params: GenRePlusParams

    def fit(self, task: RecourseTask, rng: Rng) -> None:
        """Train the model, and learn the second opinion from the same training rows.

        Raises:
            RecbenchError: no training row can serve as a target, or too few are favourable.
        """
        super().fit(task, rng)
        if self.params.steps is not None:
            self.second_opinion(rng)

    def second_opinion(self, rng: Rng) -> SecondOpinion:
        """Return the second opinion, kept for choosing, with the rows that stand beside the draws."""
        self.accepted = Targets(self.task, 0.0)
        self.opinion = super().second_opinion(rng)
        return self.opinion

    def generate(self, factuals: Tensor, rng: PeopleRng) -> Recourse:
        """Return the most useful of k draws and the nearest rows, for each of (n, d) people."""
        drawn = self.sample(factuals, self.params.draws, rng)
        parts = [
            self._choose(people, draws)
            for people, draws in zip(factuals.split(_PEOPLE), drawn.split(_PEOPLE), strict=True)
        ]
        return self.targets.told(factuals, Recourse.of(torch.cat(parts), self.task, drawn))

    @torch.no_grad()
    def _choose(self, factuals: Tensor, drawn: Tensor) -> Tensor:
        candidates = drawn
        if self.params.nearest:
            _, rows = self.accepted.nearest(factuals, self.params.nearest)
            near = self.task.project(self.accepted.rows[rows], factuals)
            candidates = torch.cat([candidates, near], dim=1)
        utility = Utility(self.task, self.opinion, self.params.margin)
        chosen, value = most_useful(utility, factuals, candidates)
        return take_back(utility, factuals, chosen, value, self.params.rounds)
