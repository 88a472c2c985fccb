"""Loading: the one typed way from a registered metric's name to its class."""

from __future__ import annotations

from recbench.metrics.base import Metric
from recbench.plugins import registry


def metric_class(name: str) -> type[Metric]:
    """Import and return the class of a registered metric.

    Raises:
        UsageError: no such name, or it is registered but unavailable (with the reason).
        RecbenchError: it cannot be imported, or is no subclass of :class:`Metric`.
    """
    return registry.metrics.load_class(name, Metric)  # type: ignore[type-abstract]
