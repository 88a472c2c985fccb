"""Local linear models of a classifier's logit, for all people in one solve."""

from __future__ import annotations

import torch
from torch import Tensor

from recbench.rng import Rng
from recbench.task import RecourseTask
from recbench_methods.common.threshold import lead

_ROWS = 500_000
"""Perturbed rows looked at by the classifier at a time."""


class Neighbourhood:
    """Perturbations and their weights, in the manner of LIME (Ribeiro et al. 2016, Section 3.3).

    Everybody gets the same perturbations, moved to where they are. So the weights and the design matrix
    are the same for all, one matrix is factorised, and every person is a right-hand side.

    Args:
        task: gives the classifier, and the training rows that say how wide each feature is spread.
        samples: number of perturbations, m.
        width: of the exponential kernel, times the root of d, in standard deviations.
        ridge: penalty of the coefficients (not of the bias).
        rng: of the perturbations.
    """

    def __init__(self, task: RecourseTask, samples: int, width: float, ridge: float, rng: Rng) -> None:
        self.task = task
        d = task.dimensions
        noise = torch.randn(samples // 2 + 1, d, generator=rng.stream("perturbations").torch())
        # In pairs of opposite sign, so that curvature does not lean on the coefficients.
        noise = torch.cat([noise, -noise]).to(task.device)
        scale = task.x.std(dim=0).clamp(min=1e-3)
        self.noise = noise * scale
        weights = torch.exp(-noise.square().sum(dim=1) / (width**2 * d)).double()
        design = torch.cat([noise, torch.ones_like(noise[:, :1])], dim=1).double()
        penalty = ridge * weights.sum() * torch.eye(d + 1, dtype=torch.float64, device=task.device)
        penalty[d, d] = 0
        weighted = design * weights[:, None]
        self.solver = torch.linalg.solve(weighted.T @ design + penalty, weighted.T).float()
        self.scale = scale

    def linear_models(self, people: Tensor) -> tuple[Tensor, Tensor]:
        """Return (n, d) coefficients and (n,) biases: 0 is where the model stands at the task's threshold."""
        parts = [self._solved(block) for block in people.split(max(1, _ROWS // len(self.noise)))]
        solved = torch.cat(parts)
        coefficients = solved[:, :-1] / self.scale
        return coefficients, solved[:, -1] - (coefficients * people).sum(dim=1)

    def _solved(self, people: Tensor) -> Tensor:
        """(n, d + 1) slopes per standard deviation, and the score at the person."""
        with torch.no_grad():
            score = lead(self.task, people[:, None] + self.noise)
        solved: Tensor = score @ self.solver.T
        return solved
