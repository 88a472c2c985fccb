"""GenRe+: GenRe's draws, and of those the one that is likely to hold, plausible and cheap."""

from __future__ import annotations

from typing import ClassVar

import torch
from pydantic import Field
from torch import Tensor

from recbench.method import Params, Recourse
from recbench.rng import PeopleRng, Rng
from recbench.task import RecourseTask
from recbench_methods.genre import plus
from recbench_methods.genre.method import GenRe, GenReParams
from recbench_methods.genre.opinion import SecondOpinion
from recbench_methods.genre.pairs import nearest_targets
from recbench_methods.genre.selection import Utility, most_useful, take_back

_PEOPLE = 512
"""People in one batch; bounds memory, changes no choice."""


class GenRePlusParams(GenReParams):
    """GenRe's parameters, and those of the choice among draws."""

    draws: int = Field(30, ge=1, description="k, recourses drawn per person")
    temperature: float = Field(1.0, gt=0, description="tau, the logits are divided by it")
    nearest: int = Field(30, ge=0, description="nearest accepted training rows that stand beside the draws")
    margin: float = Field(0.0, ge=0, lt=1, description="h must exceed the threshold by more than this")
    trees: int = Field(100, ge=1, description="of the forest that gives the second opinion")
    leaf: int = Field(5, ge=1, description="fewest training rows in a leaf of that forest")
    neighbours: int = Field(5, ge=1, description="k of the local density (LOF)")
    rounds: int = Field(8, ge=0, description="most changes that are taken back, one after another")


class GenRePlus(GenRe):
    """GenRe's model; of its draws the one of highest P(holds) + P(plausible) - cost / d that h accepts.

    Beside the draws stand the nearest training rows that h accepts. From the choice, changes are
    taken back one by one for as long as that raises the same utility. The two probabilities are a
    :class:`SecondOpinion`.
    """

    card = plus
    Params: ClassVar[type[Params]] = GenRePlusParams

    def fit(self, task: RecourseTask, rng: Rng) -> None:
        """Train the model, and learn the second opinion from the same training rows.

        Raises:
            RecbenchError: no training row can serve as a target, or too few are favourable.
        """
        super().fit(task, rng)
        p = self.params
        self.opinion = SecondOpinion(task, p.trees, p.leaf, p.neighbours, rng.stream("opinion"))
        self.accepted = task.x[task.accepts(task.x) & (task.y == 1)]

    def generate(self, factuals: Tensor, rng: PeopleRng) -> Recourse:
        """Return the most useful of k draws and the nearest rows, for each of (n, d) people."""
        drawn = self.sample(factuals, self.params.draws, rng)
        parts = [
            self._choose(people, draws)
            for people, draws in zip(factuals.split(_PEOPLE), drawn.split(_PEOPLE), strict=True)
        ]
        return self.answer(factuals, torch.cat(parts), drawn)

    @torch.no_grad()
    def _choose(self, factuals: Tensor, drawn: Tensor) -> Tensor:
        candidates = drawn
        if self.params.nearest and len(self.accepted):
            _, rows = nearest_targets(self.task, self.bins, factuals, self.accepted, self.params.nearest)
            # Where none is feasible the rows are, once projected, candidates like any other.
            near = self.task.project(self.accepted[rows], factuals)
            candidates = torch.cat([candidates, near], dim=1)
        utility = Utility(self.task, self.opinion, self.params.margin)
        chosen, value = most_useful(utility, factuals, candidates)
        return take_back(utility, factuals, chosen, value, self.params.rounds)
