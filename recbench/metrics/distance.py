"""How far a person has to go."""

from __future__ import annotations

import numpy as np

from recbench.metrics import cards
from recbench.metrics.base import Metric, MetricContext
from recbench.task import TOLERANCE


class Cost(Metric):
    """L1 distance in the encoded space (the task's own cost, with its weights)."""

    card = cards.cost

    def compute(self, context: MetricContext) -> np.ndarray:  # noqa: D102
        return context.cost


class CostL2(Metric):
    """Euclidean distance in the encoded space."""

    card = cards.cost_l2

    def compute(self, context: MetricContext) -> np.ndarray:  # noqa: D102
        return np.asarray(np.linalg.norm(_moves(context), axis=1))


class CostLinf(Metric):
    """Largest change of one feature in the encoded space."""

    card = cards.cost_linf

    def compute(self, context: MetricContext) -> np.ndarray:  # noqa: D102
        largest: np.ndarray = _moves(context).max(axis=1)
        return largest


class Changed(Metric):
    """Number of features that change."""

    card = cards.changed

    def compute(self, context: MetricContext) -> np.ndarray:  # noqa: D102
        count = (_moves(context) > TOLERANCE).sum(axis=1).astype(np.float64)
        return np.where(context.found, count, np.nan)


def _moves(context: MetricContext) -> np.ndarray:
    """Return (n, d) absolute changes; NaN rows without recourse."""
    moves = (context.counterfactuals - context.factuals).abs()
    return np.asarray(moves.cpu().numpy(), dtype=np.float64)
