from __future__ import annotations

import numpy as np
import pytest
import scikit_posthocs
from hypothesis import given, settings, strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from recbench.report.ranking import critical_difference, ranking
from recbench.report.rows import Row
from recbench.statistics import Summary

SCORES = hnp.arrays(
    np.float64, st.tuples(st.integers(8, 12), st.integers(3, 6)), elements=st.floats(0, 2), unique=True
)


def rows(scores: np.ndarray, metric: str = "score") -> list[Row]:
    return [
        Row(f"d{at}", "mlp", f"m{to}", f"m{to}", values={metric: Summary(mean=float(value))})
        for (at, to), value in np.ndenumerate(scores)
    ]


@given(SCORES)
@settings(max_examples=25, deadline=None)
def test_friedman_and_nemenyi_are_the_libraries(scores: np.ndarray) -> None:
    found = ranking(rows(scores))
    assert found.p == pytest.approx(stats.friedmanchisquare(*scores.T).pvalue)
    expected = scikit_posthocs.posthoc_nemenyi_friedman(scores).to_numpy()
    names = [f"m{at}" for at in range(scores.shape[1])]
    assert found.pairs is not None
    np.testing.assert_allclose(found.pairs.loc[names, names].to_numpy(), expected)


@given(SCORES)
@settings(max_examples=25, deadline=None)
def test_methods_further_apart_than_the_critical_difference_are_those_nemenyi_tells_apart(
    scores: np.ndarray,
) -> None:
    found = ranking(rows(scores))
    assert found.pairs is not None and found.difference is not None
    means = found.ranks.mean()
    for one in means.index:
        for other in means.index:
            gap = abs(means[one] - means[other])
            if abs(gap - found.difference) > 1e-3:
                assert (gap > found.difference) == (found.pairs.loc[one, other] < 0.05)


def test_critical_difference_of_the_paper() -> None:
    # Demšar 2006, Section 3.2.2: four classifiers, 14 data sets, q = 2.569.
    assert critical_difference(4, 14) == pytest.approx(2.569 * np.sqrt(4 * 5 / (6 * 14)), abs=2e-3)


def test_few_data_sets_are_ranked_but_not_tested() -> None:
    found = ranking(rows(np.array([[3.0, 2.0, 1.0]] * 7)))
    assert found.ranks.mean().to_dict() == {"m0": 1.0, "m1": 2.0, "m2": 3.0}
    assert found.p is None and found.difference is None
    assert "too few" in found.said


def test_a_lower_cost_ranks_first() -> None:
    assert ranking(rows(np.array([[3.0, 2.0, 1.0]] * 3), "cost"), "cost").ranks.columns[0] == "m2"


def test_methods_with_missing_data_sets_are_left_out_and_named() -> None:
    some = [row for row in rows(np.ones((3, 3)).cumsum(axis=1)) if (row.dataset, row.method) != ("d1", "m2")]
    found = ranking(some)
    assert found.left_out == ["m2"]
    assert set(found.ranks) == {"m0", "m1"}
