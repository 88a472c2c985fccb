"""Under which names MLflow has the results of a cell."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from recbench.plugins import registry
from recbench.store.record import CellRecord, Score
from recbench.tracking.metrics import metric_name, metrics_of


def section(name: str) -> str:
    """Return under which head MLflow's page draws a chart."""
    return name.rpartition("/")[0]


def test_the_page_begins_with_what_counts_most() -> None:
    names = [metric_name(metric) for metric in (*registry.metrics.names(), "classifier_accuracy", "people")]
    assert len(set(names)) == len(names)
    # Sections come in the order of the alphabet, and so do the charts in each.
    first = sorted(set(map(section, names)))[0]
    assert sorted(name for name in names if section(name) == first) == [
        "quality/cost",
        "quality/lof",
        "quality/score",
        "quality/validity",
    ]
    assert sorted(set(map(section, names))) == [
        "quality",
        "quality/constraints",
        "quality/further",
        "robustness",
        "task",
        "time",
    ]


@pytest.mark.parametrize("metric", ["somebodys", "a/b", "/x", "../x", ".", "odd (%)", "x" * 999])
def test_a_metric_of_somebody_else_does_not_come_first(metric: str) -> None:
    assert section(metric_name(metric)) >= "quality/further"
    assert len(metric_name(metric)) <= 250


def test_what_is_no_number_is_no_metric(made_up: Callable[..., CellRecord]) -> None:
    scores = {
        "cost": Score(key="s", mean=0.51234, std=0.1, low=0.4, high=0.6, n=7),
        "odd (%)": Score(key="s", mean=2.0, n=1),
        "nothing": Score(key="s", mean=None),
        "endless": Score(key="s", mean=math.inf),
        "score": Score(key="s", mean=1.0, n=7),
    }
    metrics = metrics_of(made_up(scores=scores, accuracy=0.9))
    # In this order the page of the run lists them; the plot of the compare page has the first one.
    assert list(metrics.items()) == [
        ("quality/score", 1.0),
        ("quality/cost", 0.51234),
        ("quality/further/odd ___", 2.0),
        ("task/people", 200.0),
        ("task/classifier_accuracy", 0.9),
        ("time/fit_seconds", 2.0),
        ("time/generate_seconds", 1.0),
    ]
