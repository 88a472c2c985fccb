"""Does it work, and is it realistic? People without recourse count as no, never drop out."""

from __future__ import annotations

import numpy as np

from recbench.metrics import cards
from recbench.metrics.base import Metric, MetricContext


class Validity(Metric):
    """Gold probability above 0.5."""

    card = cards.validity

    def compute(self, context: MetricContext) -> np.ndarray:  # noqa: D102
        return (context.gold > 0.5).astype(np.float64)


class Accepted(Metric):
    """The classifier's probability above the task's threshold."""

    card = cards.accepted

    def compute(self, context: MetricContext) -> np.ndarray:  # noqa: D102
        return (context.h > context.task.threshold).astype(np.float64)


class Found(Metric):
    """There is a counterfactual."""

    card = cards.found

    def compute(self, context: MetricContext) -> np.ndarray:  # noqa: D102
        return context.found.astype(np.float64)


class Lof(Metric):
    """Inlier among all positive rows."""

    card = cards.lof

    def compute(self, context: MetricContext) -> np.ndarray:  # noqa: D102
        return context.judge.inlier(context.lof_score).astype(np.float64)


class LofDistinct(Metric):
    """Inlier among the distinct positive rows."""

    card = cards.lof_distinct

    def compute(self, context: MetricContext) -> np.ndarray:  # noqa: D102
        return context.judge.inlier(context.lof_score_distinct, distinct=True).astype(np.float64)


class LofScore(Metric):
    """The local outlier factor among distinct rows (with duplicates it is unbounded)."""

    card = cards.lof_score

    def compute(self, context: MetricContext) -> np.ndarray:  # noqa: D102
        return context.lof_score_distinct


class Score(Metric):
    """Validity + LOF - cost/d, per person."""

    card = cards.score

    def compute(self, context: MetricContext) -> np.ndarray:  # noqa: D102
        return _score(context, Lof())


class ScoreDistinct(Metric):
    """Validity + LOF among distinct rows - cost/d, per person."""

    card = cards.score_distinct

    def compute(self, context: MetricContext) -> np.ndarray:  # noqa: D102
        return _score(context, LofDistinct())


class Distinct(Metric):
    """1 for the first person who is given a recourse, 0 for everyone after who is given the same."""

    card = cards.distinct

    def compute(self, context: MetricContext) -> np.ndarray:  # noqa: D102
        values = np.full(len(context.found), np.nan)
        rows = context.counterfactuals.cpu().numpy()[context.found].round(6)
        if len(rows):
            _, first = np.unique(rows, axis=0, return_index=True)
            is_first = np.zeros(len(rows))
            is_first[first] = 1.0
            values[context.found] = is_first
        return values


def _score(context: MetricContext, plausibility: Metric) -> np.ndarray:
    gained = Validity().compute(context) + plausibility.compute(context)
    return np.where(context.found, gained - context.cost / context.task.dimensions, 0.0)
