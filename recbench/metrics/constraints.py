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


class DirectionsViolated(Metric):
    """1 where a feature that can only rise fell, or one that can only fall rose."""

    card = cards.directions_violated

    def compute(self, context: MetricContext) -> np.ndarray:  # noqa: D102
        features = context.task.encoder.schema.features
        moved = context.counterfactuals - context.factuals
        fell = moved[:, [feature.monotone == "increase" for feature in features]] < -TOLERANCE
        rose = moved[:, [feature.monotone == "decrease" for feature in features]] > TOLERANCE
        violated = (fell.any(dim=1) | rose.any(dim=1)).cpu().numpy().astype(np.float64)
        return np.where(context.found, violated, np.nan)
