"""Metrics: what a recourse is worth, person by person."""

from typing import TYPE_CHECKING

from recbench.faces import lazily

if TYPE_CHECKING:
    from recbench.metrics.base import Metric, MetricContext
    from recbench.metrics.loading import metric_class

_HOMES = {
    "Metric": "recbench.metrics.base",
    "MetricContext": "recbench.metrics.base",
    "metric_class": "recbench.metrics.loading",
}

__all__ = ["Metric", "MetricContext", "metric_class"]

__getattr__ = lazily(__name__, _HOMES)
