"""The floor row: every person as they are."""

from __future__ import annotations

from torch import Tensor

from recbench.method import Recourse, RecourseMethod
from recbench.rng import PeopleRng
from recbench_methods.unchanged import card


class Unchanged(RecourseMethod):
    """Return x. It costs nothing and is as plausible as people are, so its Score is not 0."""

    card = card

    def generate(self, factuals: Tensor, rng: PeopleRng) -> Recourse:
        """Return a copy of the (n, d) ``factuals``."""
        return Recourse.of(factuals.clone(), self.task)
