"""What a card says of a metric's values holds for them; nothing is learnt by looking at values."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recbench.plugins import registry
from recbench.plugins.cards import MetricCard
from recbench.statistics import bootstrap, wilson
from recbench.store.folder import Store
from tests.hostile import Hostile, recbench_here

PER_PERSON_SHARES = {
    *("validity", "accepted", "found", "lof", "lof_distinct", "distinct"),
    *("immutables_violated", "out_of_domain", "directions_violated"),
}


def test_shares_of_people_are_those_that_say_yes_or_no() -> None:
    assert {card.name for card in registry.metrics.cards() if card.is_share} == PER_PERSON_SHARES


def test_a_card_that_says_nothing_is_a_mean() -> None:
    assert not MetricCard(name="mine", summary="", implementation="", unit="share").is_share


@pytest.mark.parametrize("method", ["nnr", "unchanged"])
def test_stored_intervals_follow_the_cards(hostile: Hostile, method: str) -> None:
    store = Store(hostile.results)
    (record,) = store.records(method=method)
    people = store.people(record.key)
    compared = 0
    for name, score in record.scores.items():
        if name not in people or score.mean is None:
            continue
        known = people[name].dropna().to_numpy(dtype=np.float64)
        expected = (
            wilson(int(known.sum()), len(known)) if registry.metrics.card(name).is_share else bootstrap(known)
        )
        assert (score.low, score.high) == expected, name
        compared += 1
    assert compared > 8
    if method == "unchanged":
        assert (record.scores["cost"].low, record.scores["cost"].high) == (0.0, 0.0)


def test_a_share_that_is_none_costs_that_metric_only(
    hostile: Hostile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from recbench.metrics.quality import Found

    monkeypatch.setattr(Found, "compute", lambda self, context: np.full(len(context.found), 0.3))
    words = ["--data", hostile.data, "--schema", hostile.schema, "--results", tmp_path / "results"]
    code, _, err = recbench_here("run", "--methods", "unchanged", *words, "--factuals", 10, "--no-tracking")
    assert code == 0, err
    (record,) = Store(tmp_path / "results").records()
    assert set(record.unscored) == {"found"}
    assert "neither 0 nor 1" in record.unscored["found"]
    assert "score" in record.scores
    assert isinstance(Store(tmp_path / "results").people(record.key), pd.DataFrame)
