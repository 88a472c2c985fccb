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
from recbench_methods.common.gradient_search import Step, classifier_margin, cost_from, search
from recbench_methods.wachter import card


class WachterParams(Params):
    """The paper leaves its numbers open; these defaults were chosen on COMPAS, HELOC and Adult."""

    target: float = Field(1.0, gt=0, le=1, description="y', the probability aimed at")
    distance: Literal["task", "mad"] = Field(
        "task",
        description="task: the benchmark's cost; mad: the paper's L1 over the median absolute deviation",
    )
    lambda_: float = Field(
        0.1,
        gt=0,
        alias="lambda",
        description="first weight of (h(x') - y')^2 beside the distance",
    )
    lambda_max: float = Field(1e8, gt=0, description="weight at which an unaccepted person is given up")
    growth: float = Field(2.0, gt=1, description="factor by which lambda is increased until x' is accepted")
    stage: int = Field(30, ge=1, description="steps of Adam between two changes of lambda")
    turns: int = Field(3, ge=1, description="times acceptance is won or lost before a person is done")
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
            self.weights = inverse_mad(task.x)
        elif task.weights is not None:
            self.weights = task.weights

    def generate(self, factuals: Tensor, rng: PeopleRng) -> Recourse:
        """Return the closest accepted point seen for each of (n, d) people, else the one h likes best."""
        p, task = self.params, self.task
        schedule = Schedule(len(factuals), p, factuals.device)

        def loss(x: Tensor, rows: Tensor) -> Tensor:
            weighted: Tensor = schedule.weight[rows] * (task.probability(x) - p.target) ** 2
            return weighted

        def distance(points: Tensor, rows: Tensor) -> Tensor:
            return ((points - factuals[rows]).abs() * self.weights).sum(dim=-1)

        found = search(
            task.feasible(factuals),
            factuals,
            loss,
            classifier_margin(task),
            distance if p.distance == "mad" else cost_from(task, factuals),
            schedule,
            steps=p.steps,
            learning_rate=p.learning_rate,
            pull=self.weights,
            progress=lambda done: self.progress(done, "searching"),
        )
        return Recourse.of(found.points, task)


class Schedule:
    """Lambda per person: up until accepted, then down and up around the smallest that is accepted.

    Attributes:
        weight: (n,) lambda.
        power: (n,) exponent of the next change; halved each time acceptance is won or lost.
    """

    def __init__(self, n: int, params: WachterParams, device: torch.device) -> None:
        self.params = params
        self.weight = torch.full((n,), params.lambda_, device=device)
        self.power = torch.ones(n, device=device)
        self.accepted = torch.zeros(n, dtype=torch.bool, device=device)

    def __call__(self, step: Step) -> Tensor:
        """Change lambda at the end of a stage; return who is done."""
        p, rows = self.params, step.rows
        accepted = step.margin > 0
        if (step.number + 1) % p.stage == 0:
            power = self.power[rows]
            power = torch.where(accepted != self.accepted[rows], power / 2, power)
            self.weight[rows] *= p.growth ** torch.where(accepted, -power, power)
            self.power[rows], self.accepted[rows] = power, accepted
        settled = self.power[rows] <= 0.5**p.turns
        return settled | (~step.answered & (self.weight[rows] > p.lambda_max))


def inverse_mad(x: Tensor) -> Tensor:
    """Return (d,) one over the median absolute deviation of each column of (N, d) rows.

    Where half of the rows or more are equal the median is 0, and the mean takes its place. A constant
    column weighs 1.
    """
    apart = (x - x.median(dim=0).values).abs()
    median, mean = apart.median(dim=0).values, apart.mean(dim=0)
    spread = torch.where(median > 0, median, mean)
    return torch.where(spread > 0, 1 / spread, 1.0)
