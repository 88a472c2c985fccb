"""Values: one mean with its spread, as it is printed."""

from __future__ import annotations

import math
from typing import Literal

from recbench.plugins import registry
from recbench.plugins.cards import MetricCard
from recbench.statistics import ENOUGH_SEEDS, Summary

Spread = Literal["std", "ci", "none"]
"""What stands beside a mean: the standard deviation over seeds, the 95 % interval, or nothing."""

NONE = "–"
_EXACT_DIGITS = {"cost": 2, "cost_l2": 2, "cost_linf": 2, "changed": 2}


def card(metric: str) -> MetricCard:
    """Return a metric's card; a stored metric whose plug-in is gone is shown by its name."""
    if metric in registry.metrics.names():
        found = registry.metrics.listing(metric).card
        if found is not None:
            return found
    return MetricCard(name=metric, summary="", implementation="", title=metric)


def text(value: Summary | None, metric: str, spread: Spread = "none") -> str:
    """Return a value as printed: its mean, and its spread if it has one.

    Where an interval was asked for and there are too few seeds for one, it is their standard deviation.
    """
    if value is None or value.mean is None:
        return NONE
    digits = _digits(metric, value.mean)
    mean = f"{value.mean:.{digits}f}"
    if spread == "ci" and value.low is not None and value.high is not None:
        return f"{mean} [{value.low:.{digits}f}, {value.high:.{digits}f}]"
    if value.std is not None and (spread == "std" or (spread == "ci" and 1 < value.n < ENOUGH_SEEDS)):
        return f"{mean} ±{value.std:.{digits}f}"
    return mean


def _digits(metric: str, mean: float) -> int:
    """Return the decimals of a metric: fixed, but two significant digits for seconds and rates."""
    if card(metric).unit not in ("s", "1/s"):
        return _EXACT_DIGITS.get(metric, 3)
    if mean <= 0:
        return 1
    return min(3, max(0, 1 - math.floor(math.log10(mean))))
