"""ROAR (Upadhyay et al. 2021): robust recourse for all people in one batch."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from recbench.method import Recourse, RecourseMethod
from recbench.rng import PeopleRng, Rng
from recbench.task import RecourseTask
from recbench_methods.common.schedule import weighted_search
from recbench_methods.roar import card
from recbench_methods.roar.params import RoarParams
from recbench_methods.roar.surrogate import Neighbourhood


class Roar(RecourseMethod[RoarParams]):
    """Minimise the largest loss over a ball of models plus the distance (Section 4, equation 4).

    The model is a local linear one in the manner of LIME (Section 4, "nonlinear models"), here of the
    classifier's logit; a logistic loss falls with the logit, so the inner maximum has a closed form: the
    dual norm of (x', 1) times delta is taken off. A recourse is accepted when the worst model and the
    classifier itself accept it. The paper lowers the weight of the distance until recourse is found; here
    the weight of the loss rises, which is the same.
    """

    card = card

    def fit(self, task: RecourseTask, rng: Rng) -> None:
        """Draw the perturbations; everybody's neighbourhood has the same shape."""
        super().fit(task, rng)
        p = self.params
        self.neighbourhood = Neighbourhood(task, p.samples, p.kernel_width, p.ridge, rng)

    def generate(self, factuals: Tensor, rng: PeopleRng) -> Recourse:
        """Return robust recourse for (n, d) people, else the attempt that comes closest to it."""
        p, task = self.params, self.task
        coefficients, bias = self.neighbourhood.linear_models(factuals)

        def worst_logit(x: Tensor, rows: Tensor) -> Tensor:
            nominal = (x * coefficients[rows]).sum(dim=-1) + bias[rows]
            worst: Tensor = nominal - p.delta * self._dual_norm(x)
            return worst

        def loss(x: Tensor, rows: Tensor) -> Tensor:
            return functional.softplus(-worst_logit(x, rows))

        def margin(points: Tensor, rows: Tensor) -> Tensor:
            robust = torch.sigmoid(worst_logit(points, rows)) - 0.5
            return torch.minimum(task.probability(points) - task.threshold, robust)

        return weighted_search(task, factuals, loss, margin, p, self.progress)

    def _dual_norm(self, x: Tensor) -> Tensor:
        """(m,) what a ball of radius 1 can take from the score of (m, d) points; the bias moves too."""
        if self.params.norm == "inf":
            return x.abs().sum(dim=-1) + 1
        return (x.square().sum(dim=-1) + 1).sqrt()
