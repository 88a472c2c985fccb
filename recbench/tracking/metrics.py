"""Metrics: under which names MLflow has the results of a cell.

MLflow's page draws a section of charts for everything before the last slash of a name. Sections come in the
order of the alphabet, and so do the charts in each: those that count most have a section of their own, and
no other begins with a letter before it.
"""

from __future__ import annotations

import math

from recbench.store.record import CellRecord
from recbench.tracking.words import LONGEST_NAME, legal

_SECTIONS = {
    "quality": ("score", "cost", "validity", "lof"),
    "quality/constraints": ("immutables_violated", "out_of_domain", "directions_violated"),
    "robustness": ("validity_retrained", "invalidation"),
    "task": ("people", "classifier_accuracy"),
    "time": ("fit_seconds", "generate_seconds", "recourses_per_second"),
}
_FURTHER = "quality/further"
"""Of all other metrics, also those that somebody else's package brings."""
_SECTION_OF = {metric: section for section, metrics in _SECTIONS.items() for metric in metrics}
_ORDER = {metric: at for at, metric in enumerate(_SECTION_OF)}


def metric_name(metric: str) -> str:
    """Return the name under which MLflow has a metric, such as ``quality/score``."""
    return f"{_SECTION_OF.get(metric, _FURTHER)}/{legal(metric)}"[:LONGEST_NAME]


def metrics_of(record: CellRecord) -> dict[str, float]:
    """Return the means of a cell, ``score`` first: the compare page begins with the first metric."""
    values = {
        "people": record.people,
        "classifier_accuracy": record.accuracy,
        "fit_seconds": record.fit_seconds,
        "generate_seconds": record.generate_seconds,
        **{name: score.mean for name, score in record.scores.items()},
    }
    return {
        metric_name(name): float(value)
        for name, value in sorted(values.items(), key=lambda one: _place(one[0]))
        if value is not None and math.isfinite(value)
    }


def _place(metric: str) -> tuple[str, int, str]:
    """Return what sorts metrics: the run's page lists them as they were logged."""
    return _SECTION_OF.get(metric, _FURTHER), _ORDER.get(metric, 0), metric
