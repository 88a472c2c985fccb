"""Could this person become that row at all?"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from recbench.metrics import cards
from recbench.metrics.base import Metric, MetricContext
from recbench.task import TOLERANCE


class ImmutablesViolated(Metric):
    """1 where an immutable feature changed, in what the person is shown or by more than float32 rounding."""

    card = cards.immutables_violated

    def compute(self, context: MetricContext) -> np.ndarray:  # noqa: D102
        immutable = [feature.immutable for feature in context.task.encoder.schema.features]
        violated = (_moved(context) != 0)[:, immutable].any(dim=1).cpu().numpy().astype(np.float64)
        return np.where(context.found, violated, np.nan)


class OutOfDomain(Metric):
    """1 where a value is outside the declared bounds (else the training range) or off its steps.

    Bounds hold for what the person is shown, in own units and exactly.
    """

    card = cards.out_of_domain

    def compute(self, context: MetricContext) -> np.ndarray:  # noqa: D102
        outside = context.domain.violations(context.counterfactuals).any(dim=1)
        return np.where(context.found, outside.cpu().numpy().astype(np.float64), np.nan)


class DirectionsViolated(Metric):
    """1 where a feature that can only rise fell, or one that can only fall rose."""

    card = cards.directions_violated

    def compute(self, context: MetricContext) -> np.ndarray:  # noqa: D102
        features = context.task.encoder.schema.features
        moved = _moved(context)
        fell = moved[:, [feature.monotone == "increase" for feature in features]] < 0
        rose = moved[:, [feature.monotone == "decrease" for feature in features]] > 0
        violated = (fell.any(dim=1) | rose.any(dim=1)).cpu().numpy().astype(np.float64)
        return np.where(context.found, violated, np.nan)


def _moved(context: MetricContext) -> Tensor:
    """(n, d) which way each value went: below 0, above 0, or 0 where it stayed.

    A change counts if the person sees it, however small it is encoded, or if the classifier saw more of it
    than float32 rounding (a third of a category is shown as none).
    """
    x = context.counterfactuals
    apart = x - context.factuals
    seen = context.domain.shown(x) - context.factuals
    return torch.where(apart.abs() > TOLERANCE, apart, seen)
