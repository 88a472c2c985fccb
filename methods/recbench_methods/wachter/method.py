"""Wachter et al. 2017, for all people in one batch."""

from __future__ import annotations

import torch
from torch import Tensor

from recbench.errors import UsageError
from recbench.method import Recourse, RecourseMethod
from recbench.rng import PeopleRng, Rng
from recbench.task import RecourseTask
from recbench_methods.common.gradient_search import LogitLoss, classifier_margin
from recbench_methods.common.schedule import weighted_search
from recbench_methods.common.spread import absolute_deviation
from recbench_methods.wachter import card
from recbench_methods.wachter.params import WachterParams


class Wachter(RecourseMethod[WachterParams]):
    """Minimise lambda * (h(x') - y')^2 + d(x, x') with a lambda as small as acceptance allows.

    The objective of Wachter et al. 2017, who increase lambda until the point is close enough to y'. Here
    lambda increases until the snapped point is accepted, then goes down and up by ever smaller factors
    around the value at which acceptance begins: the squared loss pushes people who start far from the
    boundary well past it, and this brings them back to the closest point.
    """

    card = card

    def fit(self, task: RecourseTask, rng: Rng) -> None:
        """Take the weights of the paper's distance; nothing is learnt.

        Raises:
            UsageError: the probability aimed at would not be accepted.
        """
        super().fit(task, rng)
        if self.params.target <= task.threshold < 1:
            raise UsageError(
                f"wachter.target = {self.params.target:g} would not be accepted.",
                f"Aim above the threshold, {task.threshold:g}.",
            )
        self.distance = 1 / absolute_deviation(task.x) if self.params.distance == "mad" else None

    def generate(self, factuals: Tensor, rng: PeopleRng) -> Recourse:
        """Return the closest accepted point seen for each of (n, d) people, else the one h likes best."""
        p, task = self.params, self.task

        def derivative(logit: Tensor, rows: Tensor) -> Tensor:
            # Of (h - y')^2 in the logit, h being its sigmoid.
            h = torch.sigmoid(logit)
            return 2 * (h - p.target) * h * (1 - h)

        loss, margin = LogitLoss(task, derivative), classifier_margin(task)
        return weighted_search(task, factuals, loss, margin, p, self.progress, distance=self.distance)
