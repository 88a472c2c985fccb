import numpy as np
import pytest
from hypothesis import given, strategies as st
from scipy import stats

from recbench.statistics import (
    ENOUGH_SEEDS,
    Summary,
    bootstrap,
    over_people,
    over_seeds,
    t_interval,
    wilson,
)


def test_shares_get_wilsons_interval() -> None:
    summary = over_people(np.array([1.0] * 8 + [0.0] * 2), is_share=True)
    # Wilson (1927) by hand: centre (p + z^2/2n) / (1 + z^2/n).
    z, n, p = stats.norm.ppf(0.975), 10, 0.8
    centre = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    assert summary.mean == pytest.approx(0.8)
    assert (summary.low, summary.high) == pytest.approx((centre - half, centre + half))


def test_a_mean_that_happens_to_be_all_0_or_1_is_no_share() -> None:
    # Nobody is changed by `unchanged`: its cost is 0 for everybody, and that is certain.
    nothing = over_people(np.zeros(200))
    assert (nothing.mean, nothing.low, nothing.high) == (0.0, 0.0, 0.0)
    one_feature = np.array([1.0] * 8 + [0.0] * 2)
    assert (over_people(one_feature).low, over_people(one_feature).high) == bootstrap(one_feature)


def test_a_share_of_those_who_have_one() -> None:
    summary = over_people(np.array([1.0, np.nan, 0.0, np.nan]), is_share=True)
    assert (summary.mean, summary.n) == (0.5, 2)
    assert (summary.low, summary.high) == wilson(1, 2)
    assert over_people(np.full(3, np.nan), is_share=True) == Summary(mean=None)


def test_a_share_of_anything_but_yes_and_no_is_refused() -> None:
    with pytest.raises(ValueError, match="neither 0 nor 1"):
        over_people(np.array([0.0, 0.3]), is_share=True)


def test_people_without_a_value_are_not_counted() -> None:
    summary = over_people(np.array([1.0, np.nan, 4.0]))
    assert (summary.mean, summary.n) == (2.5, 2)
    assert over_people(np.full(3, np.nan)) == Summary(mean=None)


def test_one_number_per_cell_has_no_spread() -> None:
    assert over_people(3.5) == Summary(mean=3.5, n=1)


def test_bootstrap_is_repeatable_and_near_the_normal_interval() -> None:
    values = np.random.default_rng(0).normal(3, 1, 500)
    low, high = bootstrap(values)
    assert (low, high) == bootstrap(values)
    assert low == pytest.approx(values.mean() - 1.96 * values.std() / np.sqrt(500), abs=0.02)
    assert high == pytest.approx(values.mean() + 1.96 * values.std() / np.sqrt(500), abs=0.02)


def test_bootstrap_of_equal_values_is_that_value() -> None:
    assert bootstrap(np.full(5, 2.5)) == (2.5, 2.5)


MEANS = st.floats(-100, 100)


@given(st.lists(MEANS, min_size=2, max_size=20))
def test_t_interval_is_scipys(means: list[float]) -> None:
    low, high = stats.t.interval(0.95, len(means) - 1, np.mean(means), stats.sem(means) or 1e-300)
    assert t_interval(np.array(means)) == pytest.approx((low, high), abs=1e-9)


@given(st.lists(MEANS, min_size=ENOUGH_SEEDS, max_size=20))
def test_enough_seeds_get_the_t_interval_of_their_means(means: list[float]) -> None:
    summary = over_seeds([Summary(mean=mean, n=7) for mean in means])
    assert summary.mean == pytest.approx(np.mean(means))
    assert summary.n == len(means)
    assert (summary.low, summary.high) == t_interval(np.array(means))


@given(st.lists(MEANS, min_size=2, max_size=ENOUGH_SEEDS - 1))
def test_fewer_seeds_get_a_deviation_and_no_interval(means: list[float]) -> None:
    summary = over_seeds([Summary(mean=mean, low=mean - 1, high=mean + 1, n=7) for mean in means])
    assert summary.std == pytest.approx(np.std(means, ddof=1))
    assert (summary.low, summary.high) == (None, None)


def test_one_seed_keeps_its_interval_over_people() -> None:
    cell = over_people(np.array([0.0, 1.0, 1.0]))
    assert over_seeds([cell, Summary(mean=None)]) == cell


@given(st.integers(1, 500), st.data())
def test_wilson_holds_the_share(n: int, data: st.DataObject) -> None:
    successes = data.draw(st.integers(0, n))
    low, high = wilson(successes, n)
    assert 0 <= low <= successes / n + 1e-12
    assert successes / n - 1e-12 <= high <= 1
