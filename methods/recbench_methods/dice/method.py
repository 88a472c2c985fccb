"""DiCE by gradient (Mothilal et al. 2020), the k points of all people in one batch."""

from __future__ import annotations

import torch
from torch import Tensor

from recbench.method import Recourse, RecourseMethod
from recbench.rng import PeopleRng, Rng
from recbench.task import TOLERANCE, Feasible, RecourseTask
from recbench_methods.common.gradient_search import Step, search
from recbench_methods.common.spread import absolute_deviation
from recbench_methods.common.threshold import lead
from recbench_methods.dice import card
from recbench_methods.dice.params import DiceParams

_JITTER = 1e-4
"""Added to the kernel's diagonal, so that equal points have a gradient by which to part."""


class Dice(RecourseMethod[DiceParams]):
    """Minimise the hinge loss plus proximity minus diversity over a person's k points (equation 4).

    Diversity is the determinant of K_ij = 1 / (1 + dist(c_i, c_j)), a determinantal point process
    (Section 3.2). The set kept is the one with the lowest loss among those whose points are all accepted.
    """

    card = card

    def fit(self, task: RecourseTask, rng: Rng) -> None:
        """Take the scales of distance (Section 3.3) and of sparsity (Section 3.4) from the training rows."""
        super().fit(task, rng)
        levels = torch.tensor(task.encoder.levels, device=task.device)
        numeric = levels == 0
        deviation = absolute_deviation(task.x)
        count = torch.where(numeric, numeric.sum(), (~numeric).sum())
        self.weights = torch.where(numeric, 1 / deviation, 1.0) / count
        # Any other category is equally far (Section 3.3): one step is enough for the whole distance.
        self.reach = torch.where(numeric, torch.inf, 1.0)
        self.step_scale = torch.where(numeric, 1, (levels - 1).clamp(min=1)).to(task.x.dtype)
        self.restorable = torch.where(numeric, restorable(task.x, self.params.sparsity, deviation), 0.0)

    def generate(self, factuals: Tensor, rng: PeopleRng) -> Recourse:
        """Return the cheapest accepted of each person's k points, and all k as samples."""
        points = self.sample(factuals, self.params.k, rng)
        task = self.task
        with torch.no_grad():
            probability = task.probability(points)
            accepted = probability > task.threshold
            cost = torch.where(accepted, task.cost(factuals[:, None], points), torch.inf)
            best = torch.where(accepted.any(dim=1), cost.argmin(dim=1), probability.argmax(dim=1))
        chosen = points[torch.arange(len(points), device=points.device), best]
        return Recourse.of(chosen, task, points)

    def sample(self, factuals: Tensor, k: int, rng: PeopleRng) -> Tensor:
        """Return (n, k, d) diverse recourses, the best attempts where fewer than k are accepted."""
        p, task = self.params, self.task
        feasible = task.feasible(factuals)
        shares = rng.stream("start").uniform(k, task.dimensions)
        lower, upper = feasible.lower[:, None], feasible.upper[:, None]

        def loss(x: Tensor, rows: Tensor) -> Tensor:
            value: Tensor = self._hinge(x).mean(dim=-1) - p.diversity * self._diversity(x)
            return value

        def joint_margin(points: Tensor, rows: Tensor) -> Tensor:
            margin = task.probability(points) - task.threshold
            # A set is accepted when all of its points are; until then, the less is missing the better.
            lowest, missing = margin.amin(dim=-1), margin.clamp(max=0).mean(dim=-1)
            return torch.where(lowest > 0, lowest, missing)[:, None].repeat(1, k)

        def joint_loss(points: Tensor, rows: Tensor) -> Tensor:
            near = self._distance(points, factuals[rows][:, None]).mean(dim=-1)
            total: Tensor = loss(points, rows) + p.proximity * near
            return total[:, None].repeat(1, k)

        def converged(step: Step) -> Tensor:
            done: Tensor = (step.stalled >= p.patience).all(dim=-1)
            return done

        found = search(
            feasible,
            lower + shares * (upper - lower),
            loss,
            joint_margin,
            joint_loss,
            converged,
            steps=p.steps,
            learning_rate=p.learning_rate,
            pull=self.weights * p.proximity / k,
            progress=lambda done: self.progress(done, "searching"),
        )
        return self._sparse(found.points, feasible)

    def _hinge(self, x: Tensor) -> Tensor:
        """(..., k) hinge loss on the logit (Section 3.3), 0 from one logit above the threshold on."""
        return (1 - lead(self.task, x)).clamp(min=0)

    def _distance(self, a: Tensor, b: Tensor) -> Tensor:
        """(...) distance (Section 3.3): L1 over the MAD for numbers, 0 or 1 for categories, means of each."""
        steps = torch.minimum((a - b).abs() * self.step_scale, self.reach)
        return (steps * self.weights).sum(dim=-1)

    def _diversity(self, x: Tensor) -> Tensor:
        """(n,) determinant of the kernel of each person's (k, d) points."""
        kernel = 1 / (1 + self._distance(x[:, :, None], x[:, None, :]))
        jitter = _JITTER * torch.eye(x.shape[1], device=x.device)
        volume: Tensor = torch.linalg.det(kernel + jitter)
        return volume

    def _sparse(self, points: Tensor, feasible: Feasible) -> Tensor:
        """Undo small changes of numbers, the smallest first, while the classifier accepts (Section 3.4)."""
        task, own = self.task, feasible.origin[:, None].expand_as(points)
        change = (points - own).abs()
        share = change / torch.where(self.restorable > 0, self.restorable, 1.0)
        eligible = (change > TOLERANCE) & (change <= self.restorable)
        order = torch.where(eligible, share, torch.inf).argsort(dim=-1, stable=True)
        valid = task.accepts(points)
        for place in range(int(eligible.sum(dim=-1).max()) if eligible.numel() else 0):
            j = order[..., place : place + 1]
            tried = points.scatter(-1, j, own.gather(-1, j))
            keep = valid & eligible.gather(-1, j).squeeze(-1) & task.accepts(tried)
            points = torch.where(keep[..., None], tried, points)
        return points


def restorable(x: Tensor, quantile: float, deviation: Tensor) -> Tensor:
    """Return (d,) the largest change that may be undone: the lesser of the MAD and a quantile (Section 3.4).

    Args:
        x: (N, d) training rows.
        quantile: of the absolute differences from the median that are not 0.
        deviation: (d,) the MAD.
    """
    apart = (x - x.median(dim=0).values).abs()
    apart = torch.where(apart > 0, apart, torch.nan)
    low = torch.nan_to_num(torch.nanquantile(apart, quantile, dim=0), nan=0.0)
    return torch.minimum(low, deviation)
