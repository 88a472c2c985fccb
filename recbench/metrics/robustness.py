"""Does the recourse hold when the classifier is trained again, or when it is carried out inexactly?"""

from __future__ import annotations

import numpy as np
import torch

from recbench.metrics import cards
from recbench.metrics.base import Metric, MetricContext

RETRAINED = 10
"""Classifiers of the same recipe, each with another seed and bootstrap."""
NOISE = 0.1
"""Standard deviation of the noise, in encoded units (Pawelczyk et al. 2023 have a variance of 0.01)."""
DRAWS = 100
"""Noisy copies of each recourse,"""
_AT_ONCE = 10
"""and how many of them are in memory together."""


class ValidityRetrained(Metric):
    """Share of retrained classifiers that accept a person's recourse; 0 without one."""

    card = cards.validity_retrained

    def compute(self, context: MetricContext) -> np.ndarray:  # noqa: D102
        accepted = np.zeros(len(context.found))
        rows = context.counterfactuals[context.recourse.found]
        if len(rows):
            for repetition in range(RETRAINED):
                classifier = context.retrain(repetition).to(rows.device)
                with torch.no_grad():
                    holds = classifier.probability(rows) > context.task.threshold
                accepted[context.found] += holds.cpu().numpy()
        return accepted / RETRAINED


class Invalidation(Metric):
    """Recourse invalidation rate (Pawelczyk et al., "Probabilistically Robust Recourse", ICLR 2023).

    For an accepted recourse x', the probability that h refuses x' + e, with e normal noise on the numbers
    a person can change. Categories have no small error, and what is immutable is not carried out.
    """

    card = cards.invalidation

    def compute(self, context: MetricContext) -> np.ndarray:  # noqa: D102
        task, values = context.task, np.full(len(context.found), np.nan)
        accepted = task.accepts(context.counterfactuals)
        rows = context.counterfactuals[accepted]
        features = task.encoder.schema.features
        noisy = torch.tensor([not (feature.discrete or feature.immutable) for feature in features])
        if not len(rows) or not noisy.any():
            return values
        generator = context.rng.stream("invalidation").torch()
        refused = torch.zeros(len(rows), dtype=torch.float64)
        with torch.no_grad():
            for _ in range(DRAWS // _AT_ONCE):
                noise = torch.randn((_AT_ONCE, *rows.shape), generator=generator) * NOISE * noisy
                refused += (~task.accepts(rows + noise.to(rows.device))).sum(dim=0).cpu()
        values[accepted.cpu().numpy()] = (refused / DRAWS).numpy()
        return values
