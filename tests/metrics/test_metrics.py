"""Metrics on rows whose values are known by hand, under a judge that is a plain rule."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings, strategies as st
from hypothesis.extra import numpy as hnp

from recbench.classifiers.base import Classifier
from recbench.data.dataset import Dataset
from recbench.data.schema import Feature, Schema, Target
from recbench.judge import Judge
from recbench.method.method import Recourse, Timings
from recbench.metrics import metric_class
from recbench.metrics.base import Metric, MetricContext
from recbench.plugins import registry
from recbench.rng import Rng
from recbench.task import RecourseTask

INCOME, AGE, SEX, LOANS = 4, 0, 1, 5


class RichAreAccepted(Classifier):
    kind = "rule"

    def probability(self, x: torch.Tensor) -> torch.Tensor:
        return (x[:, INCOME] > 0.5).float()


class GoldRule:
    def probability(self, x: np.ndarray, threads: int = 1) -> np.ndarray:
        return (x[:, INCOME] > 0.6).astype(float)


class YoungAreInliers:
    """Stands in for scikit-learn's LOF: score_samples is the negative of the local outlier factor."""

    offset_ = -1.5

    def score_samples(self, x: np.ndarray) -> np.ndarray:
        return np.where(x[:, AGE] < 0.5, -1.0, -3.0)


class NobodyIsAnInlier(YoungAreInliers):
    def score_samples(self, x: np.ndarray) -> np.ndarray:
        return np.full(len(x), -3.0)


def context(people: Dataset, factuals: torch.Tensor, counterfactuals: torch.Tensor) -> MetricContext:
    x = people.encoder.encode(people.train)
    y = torch.from_numpy(people.favourable(people.train))
    task = RecourseTask(people.encoder, x, y, RichAreAccepted())
    return MetricContext(
        task,
        Judge(GoldRule(), YoungAreInliers(), NobodyIsAnInlier()),
        factuals,
        Recourse.of(counterfactuals, task),
        Timings(2.0, 0.5),
        lambda _: RichAreAccepted(),
        Rng(0),
    )


def metric(name: str) -> Metric:
    return metric_class(name)()


@pytest.fixture
def four(people: Dataset) -> MetricContext:
    """Four people: works and is plausible; h alone is fooled; changes sex and leaves the domain; nothing."""
    factual = torch.tensor([0.25, 1.0, 0.0, 0.5, 0.1, 4 / 9])
    factuals = factual.repeat(4, 1)
    after = factuals.clone()
    after[0, INCOME] = 0.7
    after[1, INCOME] = 0.55
    after[2, INCOME], after[2, SEX], after[2, AGE] = 0.7, 0.0, 1.5
    after[:, INCOME] = people.encoder.lattice.snap(after)[:, INCOME]
    after[3] = torch.nan
    return context(people, factuals, after)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("found", [1, 1, 1, 0]),
        ("accepted", [1, 1, 1, 0]),
        ("validity", [1, 0, 1, 0]),
        ("lof", [1, 1, 0, 0]),
        ("lof_distinct", [0, 0, 0, 0]),
        ("lof_score", [3, 3, 3, np.nan]),
        ("cost", [0.6, 0.45, 2.85, np.nan]),
        ("cost_linf", [0.6, 0.45, 1.25, np.nan]),
        ("cost_l2", [0.6, 0.45, np.sqrt(0.36 + 1 + 1.25**2), np.nan]),
        ("changed", [1, 1, 3, np.nan]),
        ("score", [2 - 0.6 / 6, 1 - 0.45 / 6, 1 - 2.85 / 6, 0]),
        ("score_distinct", [1 - 0.6 / 6, 0 - 0.45 / 6, 1 - 2.85 / 6, 0]),
        ("immutables_violated", [0, 0, 1, np.nan]),
        ("out_of_domain", [0, 0, 1, np.nan]),
        ("distinct", [1, 1, 1, np.nan]),
    ],
)
def test_by_hand(four: MetricContext, name: str, expected: list[float]) -> None:
    np.testing.assert_allclose(np.asarray(metric(name).compute(four), dtype=float), expected, rtol=1e-3)


def test_seconds_are_those_of_the_timed_calls(four: MetricContext) -> None:
    assert metric("fit_seconds").compute(four) == 2.0
    assert metric("generate_seconds").compute(four) == 0.5
    assert metric("recourses_per_second").compute(four) == 8.0


def test_the_same_recourse_for_everyone_is_counted_once(people: Dataset) -> None:
    factuals = people.encoder.encode(people.test.head(4))
    same = factuals[:1].repeat(4, 1)
    assert np.nanmean(metric("distinct").compute(context(people, factuals, same))) == 0.25


def test_a_value_off_its_step_is_out_of_domain(people: Dataset) -> None:
    factuals = people.encoder.encode(people.test.head(1))
    after = factuals.clone()
    after[0, LOANS] = 0.5 / 9
    assert metric("out_of_domain").compute(context(people, factuals, after))[0] == 1.0  # type: ignore[index]
    assert metric("out_of_domain").compute(context(people, factuals, factuals))[0] == 0.0  # type: ignore[index]


@pytest.fixture
def exact() -> Dataset:
    """Numbers with all their digits and wide ranges, so that a small excess is tiny when encoded."""
    rng = np.random.default_rng(0)
    features = (
        Feature(name="price", kind="continuous", upper=1333.337),
        Feature(name="wealth", kind="integer", immutable=True),
        Feature(name="debt", kind="integer", monotone="decrease"),
        Feature(name="years", kind="continuous", monotone="increase"),
        Feature(name="income", kind="integer"),
    )
    frame = pd.DataFrame(
        {
            "price": rng.uniform(0, 2000, 300),
            "wealth": rng.integers(0, 4_000_000, 300),
            "debt": rng.integers(0, 4_000_000, 300),
            "years": rng.uniform(0, 4e6, 300).round(1),
            "income": rng.integers(0, 9, 300),
            "paid": rng.integers(0, 2, 300),
        }
    )
    schema = Schema(features=features, target=Target(name="paid", favourable=(1,)))
    return Dataset("exact", schema, frame, frame.head(20))


@pytest.mark.parametrize(
    ("feature", "before", "after", "name"),
    [
        ("price", 1000.0, 1333.3371, "out_of_domain"),
        ("wealth", 1_000_000, 1_000_001, "immutables_violated"),
        ("debt", 1_000_000, 1_000_001, "directions_violated"),
        ("years", 1_000_000.0, 999_999.9, "directions_violated"),
    ],
)
def test_an_excess_that_a_person_sees_is_seen(
    exact: Dataset, feature: str, before: float, after: float, name: str
) -> None:
    people = exact.test.head(2).assign(price=[1000.0, 1000.0]).assign(**{feature: before})
    factuals = exact.encoder.encode(people)
    moved = exact.encoder.encode(people.assign(**{feature: [after, before]}))
    assert float((moved - factuals).abs().max()) < 1e-6 or feature == "price"
    assert metric(name).compute(context(exact, factuals, moved)).tolist() == [1, 0]  # type: ignore[union-attr]


def test_a_bound_itself_is_inside(exact: Dataset) -> None:
    people = exact.test.head(1).assign(price=[1000.0])
    factuals = exact.encoder.encode(people)
    at = exact.encoder.encode(people.assign(price=[1333.337]))
    assert exact.encoder.decode(at)["price"].tolist() == [1333.337]
    assert metric("out_of_domain").compute(context(exact, factuals, at)).tolist() == [0]  # type: ignore[union-attr]


ROWS = hnp.arrays(np.float32, (5, 6), elements=st.floats(0, 1, width=32))


@given(ROWS, ROWS, st.lists(st.booleans(), min_size=5, max_size=5))
@settings(max_examples=50, deadline=None)
def test_rules_that_hold_for_any_recourse(
    people: Dataset, before: np.ndarray, after: np.ndarray, none: list[bool]
) -> None:
    rows = torch.from_numpy(after.copy())
    rows[torch.tensor(none)] = torch.nan
    at = context(people, torch.from_numpy(before), rows)
    values = {name: np.asarray(metric(name).compute(at)) for name in registry.metrics.names()}
    missing = np.array(none)
    for name in ("validity", "lof", "lof_distinct", "accepted", "found", "score"):
        assert not np.isnan(values[name]).any(), f"{name} drops people"
        assert (values[name][missing] == 0).all()
    for name in ("cost", "cost_l2", "cost_linf", "changed", "distinct"):
        assert (np.isnan(values[name]) == missing).all()
    found = ~missing
    assert (values["cost_linf"][found] <= values["cost_l2"][found] + 1e-5).all()
    assert (values["cost_l2"][found] <= values["cost"][found] + 1e-5).all()
    np.testing.assert_allclose(
        values["score"][found],
        values["validity"][found] + values["lof"][found] - values["cost"][found] / 6,
        atol=1e-6,
    )
