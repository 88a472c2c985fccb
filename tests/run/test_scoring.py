"""What metrics give, and what is kept of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from recbench.data.dataset import Dataset
from recbench.metrics import Metric, MetricContext
from recbench.plugins import registry
from recbench.protocol.judging import prepare_judge
from recbench.protocol.prepare import prepare
from recbench.run.execute import run_cell
from recbench.run.plan import plan
from recbench.store.record import Status, as_json
from recbench.suite import Suite
from recbench.task.cache import Cache


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        (np.array([1.0, np.inf, 2.0]), "ValueError: its mean over the people is inf"),
        (np.array([1e308, 1e308, -1e308]), "over the people is"),
        (float("-inf"), "ValueError: its mean over the people is -inf"),
    ],
)
def test_a_metric_that_is_not_finite_is_left_out_with_its_reason(
    people: Dataset, monkeypatch: pytest.MonkeyPatch, values: object, reason: str
) -> None:
    class Endless(Metric):
        def compute(self, context: MetricContext) -> Any:
            return values

    load = registry.metrics.load
    given = {"cost": Endless}
    monkeypatch.setattr(registry.metrics, "load", lambda name: given.get(name) or load(name))
    suite = Suite.model_validate({"methods": ["unchanged"], "metrics": ["cost", "validity"], "factuals": 3})
    (cell,) = plan(suite, {"people": people})
    prepared = prepare(people, cell.recipe, 0, Cache(None))
    judge = prepare_judge(prepared, cell.recipe, cell.lof, 0, Cache(None))
    outcome = run_cell(cell, prepared, judge, lambda *_: None)
    assert outcome.record.status == Status.DONE
    assert reason in outcome.record.unscored["cost"]
    assert set(outcome.record.scores) == {"validity"}
    assert as_json(outcome.record)
