"""What stands near the recourse in the training data?"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from recbench.metrics import cards
from recbench.metrics.base import Metric, MetricContext

NEIGHBOURS = 5
_AT_ONCE = 256
"""People whose distances to every training row are in memory together."""


class YNN(Metric):
    """Share of the nearest training rows that the classifier accepts (Pawelczyk et al. 2021, "CARLA")."""

    card = cards.ynn

    def compute(self, context: MetricContext) -> np.ndarray:  # noqa: D102
        task, values = context.task, np.zeros(len(context.found))
        accepted = task.accepts(task.x).double()
        rows = context.counterfactuals[context.recourse.found]
        if len(rows):
            count = min(NEIGHBOURS, len(task.x))
            shares = [
                accepted[torch.cdist(part, task.x).topk(count, largest=False).indices].mean(dim=1)
                for part in rows.split(_AT_ONCE)
            ]
            values[context.found] = torch.cat(shares).cpu().numpy()
        return values


class NearestPositive(Metric):
    """Cost from the recourse to the nearest training row with a favourable label."""

    card = cards.nearest_positive

    def compute(self, context: MetricContext) -> np.ndarray:  # noqa: D102
        task, values = context.task, np.full(len(context.found), np.nan)
        positive = task.x[task.y == 1]
        rows = context.counterfactuals[context.recourse.found]
        if len(rows) and len(positive):
            nearest = [task.pairwise_cost(part, positive).amin(dim=1) for part in rows.split(_AT_ONCE)]
            values[context.found] = torch.cat(nearest).cpu().numpy()
        return values


class SampleDiversity(Metric):
    """Mean cost between two different draws for one person."""

    card = cards.sample_diversity

    def compute(self, context: MetricContext) -> np.ndarray:  # noqa: D102
        values = np.full(len(context.found), np.nan)
        samples = _samples(context)
        if samples is None or samples.shape[1] < 2:
            return values
        k = samples.shape[1]
        # Summed over both orders of each pair; a draw costs nothing to itself.
        total = torch.zeros(len(samples), dtype=torch.float64, device=samples.device)
        for draw in range(k):
            total += context.task.cost(samples, samples[:, draw : draw + 1]).sum(dim=1).double()
        values[:] = (total / (k * (k - 1))).cpu().numpy()
        return values


class SampleCoverage(Metric):
    """Coverage (Naeem et al., "Reliable Fidelity and Diversity Metrics for Generative Models", ICML 2020).

    The share of accepted training rows with a favourable label that have a draw of somebody within the
    distance to their own fifth nearest neighbour among such rows.
    """

    card = cards.sample_coverage

    def compute(self, context: MetricContext) -> float:  # noqa: D102
        samples, task = _samples(context), context.task
        if samples is None:
            return float("nan")
        real = task.x[(task.y == 1) & task.accepts(task.x)]
        draws = samples.reshape(-1, samples.shape[-1])
        draws = torch.unique(draws[~torch.isnan(draws).any(dim=1)], dim=0)
        if len(real) <= NEIGHBOURS or not len(draws):
            return float("nan")
        covered = []
        for part in real.split(_AT_ONCE):
            # The first of the nearest is the row itself.
            radius = torch.cdist(part, real).topk(NEIGHBOURS + 1, largest=False).values[:, -1]
            covered.append(torch.cdist(part, draws).amin(dim=1) <= radius)
        return float(torch.cat(covered).double().mean())


def _samples(context: MetricContext) -> Tensor | None:
    return context.recourse.samples
