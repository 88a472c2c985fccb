"""Wachter et al. 2017, for all people in one batch."""

from __future__ import annotations

from typing import ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor

from recbench.errors import UsageError
from recbench.method import Params, Recourse, RecourseMethod
from recbench.rng import PeopleRng, Rng
from recbench.task import RecourseTask
from recbench_methods.common.gradient_search import classifier_margin, cost_from, search
from recbench_methods.common.schedule import Weight, WeightParams
from recbench_methods.common.spread import absolute_deviation
from recbench_methods.wachter import card


class WachterParams(WeightParams):
    """The weight is the paper's lambda. The paper leaves its numbers open."""

    target: float = Field(1.0, gt=0, le=1, description="y', the probability aimed at")
    distance: Literal["task", "mad"] = Field(
        "task",
        description="task: the benchmark's cost; mad: the paper's L1 over the median absolute deviation",
    )
    stage: int = Field(30, ge=1, description="steps of Adam between two changes of the weight")
    steps: int = Field(1000, ge=0, description="most steps of Adam per person")
    learning_rate: float = Field(0.03, gt=0, description="of Adam (the paper's optimiser), in encoded units")


class Wachter(RecourseMethod):
    """Minimise lambda * (h(x') - y')^2 + d(x, x') with a lambda as small as acceptance allows.

    The objective of Wachter et al. 2017, who increase lambda until the point is close enough to y'. Here
    lambda increases until the snapped point is accepted, then goes down and up by ever smaller factors
    around the value at which acceptance begins: the squared loss pushes people who start far from the
    boundary well past it, and this brings them back to the closest point.
    """

    card = card
    Params: ClassVar[type[Params]] = WachterParams

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
