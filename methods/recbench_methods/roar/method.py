"""ROAR (Upadhyay et al. 2021): robust recourse for all people in one batch."""

from __future__ import annotations

from typing import ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor
from torch.nn import functional

from recbench.method import Recourse, RecourseMethod
from recbench.rng import PeopleRng, Rng
from recbench.task import RecourseTask
from recbench_methods.common.gradient_search import cost_from, search
from recbench_methods.common.schedule import Weight, WeightParams
from recbench_methods.roar import card
from recbench_methods.roar.surrogate import Neighbourhood


class RoarParams(WeightParams):
    """Delta and the surrogate's sampling; the weight of the distance is found per person."""

    delta: float = Field(
        0.1, ge=0, description="largest change of a coefficient of the model (delta_max, Section 5)"
    )
    norm: Literal["inf", "l2"] = Field(
        "inf", description="ball of the changes: each coefficient on its own (the paper's), or their length"
    )
    samples: int = Field(1000, ge=2, description="perturbations to which the linear models are fitted")
    kernel_width: float = Field(
        0.75, gt=0, description="of the weights, times the root of d (LIME, Ribeiro et al. 2016)"
    )
    ridge: float = Field(1e-3, ge=0, description="penalty of the coefficients, per unit of sample weight")


class Roar(RecourseMethod):
    """Minimise the largest loss over a ball of models plus the distance (Section 4, equation 4).

    The model is a local linear one in the manner of LIME (Section 4, "nonlinear models"), here of the
    classifier's logit; a logistic loss falls with the logit, so the inner maximum has a closed form: the
    dual norm of (x', 1) times delta is taken off. A recourse is accepted when the worst model and the
    classifier itself accept it. The paper lowers the weight of the distance until recourse is found; here
    the weight of the loss rises, which is the same.
    """

    card = card
    Params: ClassVar[type[WeightParams]] = RoarParams

    def fit(self, task: RecourseTask, rng: Rng) -> None:
        """Draw the perturbations; everybody's neighbourhood has the same shape."""
        super().fit(task, rng)
        p = self.params
        self.neighbourhood = Neighbourhood(task, p.samples, p.kernel_width, p.ridge, rng)
        self.weights = (
            torch.ones(task.dimensions, device=task.device) if task.weights is None else task.weights
        )

    def generate(self, factuals: Tensor, rng: PeopleRng) -> Recourse:
        """Return robust recourse for (n, d) people, else the attempt that comes closest to it."""
        p, task = self.params, self.task
        coefficients, bias = self.neighbourhood.linear_models(factuals)
        weight = Weight(len(factuals), p, factuals.device)

        def worst_logit(x: Tensor, rows: Tensor) -> Tensor:
            nominal = (x * coefficients[rows]).sum(dim=-1) + bias[rows]
            worst: Tensor = nominal - p.delta * self._dual_norm(x)
            return worst

        def loss(x: Tensor, rows: Tensor) -> Tensor:
            weighted: Tensor = weight.value[rows] * functional.softplus(-worst_logit(x, rows))
            return weighted

        def margin(points: Tensor, rows: Tensor) -> Tensor:
            robust = torch.sigmoid(worst_logit(points, rows)) - 0.5
            return torch.minimum(task.probability(points) - task.threshold, robust)

        found = search(
            task.feasible(factuals),
            factuals,
            loss,
            margin,
            cost_from(task, factuals),
            weight,
            steps=p.steps,
            learning_rate=p.learning_rate,
            pull=self.weights,
            progress=lambda done: self.progress(done, "searching"),
        )
        return Recourse.of(found.points, task)

    def _dual_norm(self, x: Tensor) -> Tensor:
        """(m,) what a ball of radius 1 can take from the score of (m, d) points; the bias moves too."""
        if self.params.norm == "inf":
            return x.abs().sum(dim=-1) + 1
        return (x.square().sum(dim=-1) + 1).sqrt()
