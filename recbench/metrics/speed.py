"""How long it takes: the timed calls only, one number per cell."""

from __future__ import annotations

from recbench.metrics import cards
from recbench.metrics.base import Metric, MetricContext


class FitSeconds(Metric):
    """Seconds of fit."""

    card = cards.fit_seconds

    def compute(self, context: MetricContext) -> float:  # noqa: D102
        return context.timings.fit


class GenerateSeconds(Metric):
    """Seconds of generate."""

    card = cards.generate_seconds

    def compute(self, context: MetricContext) -> float:  # noqa: D102
        return context.timings.generate


class RecoursesPerSecond(Metric):
    """People per second of generate."""

    card = cards.recourses_per_second

    def compute(self, context: MetricContext) -> float:  # noqa: D102
        return len(context.found) / max(context.timings.generate, 1e-9)
