"""Metrics: what a recourse is worth, person by person."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from recbench.metrics.base import Metric, MetricContext
    from recbench.metrics.loading import metric_class

_HOMES = {
    "Metric": "recbench.metrics.base",
    "MetricContext": "recbench.metrics.base",
    "metric_class": "recbench.metrics.loading",
}

__all__ = ["Metric", "MetricContext", "metric_class"]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
