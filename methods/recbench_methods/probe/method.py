"""PROBE (Pawelczyk et al. 2023) for all people in one batch."""

from __future__ import annotations

import torch
from torch import Tensor

from recbench.method import Recourse, RecourseMethod
from recbench.rng import PeopleRng
from recbench_methods.common.gradient_search import gradient
from recbench_methods.common.schedule import weighted_search
from recbench_methods.common.threshold import lead
from recbench_methods.probe import card
from recbench_methods.probe.params import ProbeParams


class Probe(RecourseMethod[ProbeParams]):
    """Minimise d(x, x') with an invalidation rate of at most r (Section 4.1).

    The invalidation rate is the share of noisy recourses x' + e, e ~ N(0, sigma^2 I), that the classifier
    rejects, to first order 1 - Phi(f(x') / (sigma |grad f(x')|)) with the logit f (Theorem 1); exact for
    linear models. The loss is lambda * (rate(x') + l(f(x'))) + d(x, x'). l brings people to the boundary,
    beyond which the rate alone moves them. The paper writes max(0, rate - r); here lambda is lowered
    per person until the rate is r, so the rate needs no hinge, at which the search would jitter.
    """

    card = card

    def generate(self, factuals: Tensor, rng: PeopleRng) -> Recourse:
        """Return the closest point of rate r seen for each of (n, d) people, else the best attempt."""
        p, task = self.params, self.task

        def loss(x: Tensor, rows: Tensor) -> Tensor:
            logit, rate = self._logit_and_rate(x, create_graph=True)
            return rate + logit.clamp(max=0) ** 2

        def margin(points: Tensor, rows: Tensor) -> Tensor:
            logit, rate = self._logit_and_rate(points)
            robust = p.rate - rate
            # Whoever cannot be robust should at least be accepted.
            return torch.where(task.accepts(points), robust, robust - logit.abs() - 1)

        return weighted_search(task, factuals, loss, margin, p, self.progress)

    def invalidation_rate(self, points: Tensor) -> Tensor:
        """Return (n,) the first-order invalidation rate of (n, d) recourses."""
        return self._logit_and_rate(points)[1]

    def _logit_and_rate(self, points: Tensor, create_graph: bool = False) -> tuple[Tensor, Tensor]:
        with torch.enable_grad():
            x = points if points.requires_grad else points.detach().requires_grad_()
            logit = lead(self.task, x)
            slope = gradient(logit, x, create_graph)
        spread = (self.params.variance * slope.square().sum(dim=-1)).clamp(min=1e-12).sqrt()
        rate = torch.special.ndtr(-logit / spread)
        return (logit, rate) if create_graph else (logit.detach(), rate.detach())
