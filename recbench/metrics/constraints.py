"""Could this person become that row at all?"""

from __future__ import annotations

import numpy as np

from recbench.metrics import cards
from recbench.metrics.base import Metric, MetricContext
from recbench.task import TOLERANCE


class ImmutablesViolated(Metric):
    """1 where an immutable feature changed."""

    card = cards.immutables_violated

    def compute(self, context: MetricContext) -> np.ndarray:  # noqa: D102
        immutable = [feature.immutable for feature in context.task.encoder.schema.features]
        moved = (context.counterfactuals - context.factuals).abs() > TOLERANCE
        violated = moved[:, immutable].any(dim=1).cpu().numpy().astype(np.float64)
        return np.where(context.found, violated, np.nan)


class OutOfDomain(Metric):
    """1 where a value is outside the declared bounds (else the training range) or off its steps."""

    card = cards.out_of_domain

    def compute(self, context: MetricContext) -> np.ndarray:  # noqa: D102
        outside = context.domain.violations(context.counterfactuals).any(dim=1)
        return np.where(context.found, outside.cpu().numpy().astype(np.float64), np.nan)
