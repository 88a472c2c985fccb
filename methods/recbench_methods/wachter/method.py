"""Wachter et al. 2017, for all people in one batch."""

from __future__ import annotations

import torch
from torch import Tensor

from recbench.errors import UsageError
from recbench.method import Recourse, RecourseMethod
from recbench.rng import PeopleRng, Rng
from recbench.task import RecourseTask
from recbench_methods.common.gradient_search import classifier_margin, cost_from, search
from recbench_methods.common.schedule import Weight
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
        """Take the weights of the distance; nothing is learnt.

        Raises:
            UsageError: the probability aimed at would not be accepted.
        """
        super().fit(task, rng)
        if self.params.target <= task.threshold < 1:
            raise UsageError(
                f"wachter.target = {self.params.target:g} would not be accepted.",
                f"Aim above the threshold, {task.threshold:g}.",
            )
        self.weights = torch.ones(task.dimensions, device=task.device)
        if self.params.distance == "mad":
            self.weights = 1 / absolute_deviation(task.x)
        elif task.weights is not None:
            self.weights = task.weights

    def generate(self, factuals: Tensor, rng: PeopleRng) -> Recourse:
        """Return the closest accepted point seen for each of (n, d) people, else the one h likes best."""
        p, task = self.params, self.task
        weight = Weight(len(factuals), p, factuals.device)

        def loss(x: Tensor, rows: Tensor) -> Tensor:
            weighted: Tensor = weight.value[rows] * (task.probability(x) - p.target) ** 2
            return weighted

        def distance(points: Tensor, rows: Tensor) -> Tensor:
            return ((points - factuals[rows]).abs() * self.weights).sum(dim=-1)

        found = search(
            task.feasible(factuals),
            factuals,
            loss,
            classifier_margin(task),
            distance if p.distance == "mad" else cost_from(task, factuals),
            weight,
            steps=p.steps,
            learning_rate=p.learning_rate,
            pull=self.weights,
            progress=lambda done: self.progress(done, "searching"),
        )
        return Recourse.of(found.points, task)
