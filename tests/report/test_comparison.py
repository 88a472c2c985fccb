from __future__ import annotations

from types import SimpleNamespace

import html5lib
import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings, strategies as st
from hypothesis.extra import numpy as hnp
from pylatexenc.latexwalker import LatexWalker
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar as reference_mcnemar

from recbench.errors import UsageError
from recbench.report import comparison, tables
from recbench.report.comparison import PairedTest, compare_with, holm, mcnemar, wilcoxon
from recbench.report.figures.base import Material
from recbench.report.rows import Row

DIFFERENCES = hnp.arrays(np.float64, st.integers(3, 60), elements=st.integers(-20, 20).map(float))


@settings(max_examples=40, deadline=None)
@given(DIFFERENCES)
def test_wilcoxon_is_scipys_with_pratts_zeros(differences: np.ndarray) -> None:
    assume(np.count_nonzero(differences))
    assert wilcoxon(differences)[0] == stats.wilcoxon(differences, zero_method="pratt").pvalue


def test_wilcoxon_of_a_known_case() -> None:
    # All eight differences have one sign: of 2^8 equally likely sign patterns two are as extreme.
    assert wilcoxon(np.arange(1.0, 9.0))[0] == pytest.approx(2 / 2**8)


@settings(max_examples=40, deadline=None)
@given(DIFFERENCES)
def test_wilcoxon_does_not_depend_on_which_method_comes_first(differences: np.ndarray) -> None:
    assert wilcoxon(differences)[0] == pytest.approx(wilcoxon(-differences)[0])


def test_methods_that_agree_everywhere_are_not_told_apart() -> None:
    assert wilcoxon(np.full(5, 1e-12)) == (1.0, "")
    assert wilcoxon(np.array([]))[0] is None


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 80), st.integers(0, 80))
def test_mcnemar_is_statsmodels_exact_test(better: int, worse: int) -> None:
    assume(better + worse)
    expected = reference_mcnemar([[3, better], [worse, 4]], exact=True).pvalue
    assert mcnemar(better, worse) == pytest.approx(expected)


def test_mcnemar_without_discordant_people() -> None:
    assert mcnemar(0, 0) == 1.0


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_is_the_step_down_rule(values: list[float]) -> None:
    tests = [
        PairedTest(dataset="d", classifier="c", metric="m", test="t", method="a", reference="b", p=p)
        for p in values
    ]
    found = [test.p_holm for test in holm(tests)]
    order, running, expected = np.argsort(values, kind="stable"), 0.0, np.empty(len(values))
    for step, at in enumerate(order):
        running = max(running, min(1.0, (len(values) - step) * values[at]))
        expected[at] = running
    np.testing.assert_allclose(np.array(found, dtype=float), expected)


def people(values: dict[str, dict[tuple[int, int], float]], metric: str) -> tuple[list[Row], object]:
    """Return rows and a reader of people for values by method, then by (seed, person)."""
    frames = {}
    for method, by_person in values.items():
        for seed in {seed for seed, _ in by_person}:
            own = {person: value for (at, person), value in by_person.items() if at == seed}
            frames[f"{method}-{seed}"] = pd.DataFrame({"person": list(own), metric: list(own.values())})
    rows = []
    for method, by_person in values.items():
        row = Row("d", "c", method, method)
        for seed in sorted({seed for seed, _ in by_person}):
            row.records.append(_Record(f"{method}-{seed}", seed))  # type: ignore[arg-type]
        rows.append(row)
    return rows, frames.__getitem__


class _Record:
    def __init__(self, key: str, seed: int) -> None:
        self.key, self.cell = key, SimpleNamespace(seed=seed)


def test_a_person_in_several_seeds_counts_once() -> None:
    one = {(0, 1): 1.0, (1, 1): 3.0, (0, 2): 5.0}
    base = {(0, 1): 0.0, (1, 1): 0.0, (0, 2): 1.0}
    rows, reader = people({"a": one, "b": base}, "cost")
    (test,) = compare_with(rows, "b", reader, ["cost"])  # type: ignore[arg-type]
    assert test.test == "Wilcoxon"
    assert (test.people, test.better, test.worse) == (2, 0, 2)
    assert test.difference == pytest.approx((2.0 + 4.0) / 2)
    assert test.over_people is not None
    low, high = test.over_people
    assert 2.0 <= low < 3.0 < high <= 4.0
    assert test.over_seeds is None, "two seeds are too few for an interval"


def test_five_seeds_have_an_interval_of_their_mean_differences() -> None:
    one = {(seed, person): float(seed + person) for seed in range(5) for person in range(3)}
    rows, reader = people({"a": one, "b": dict.fromkeys(one, 0.0)}, "cost")
    (test,) = compare_with(rows, "b", reader, ["cost"])  # type: ignore[arg-type]
    # The seeds' mean differences are 1, 2, 3, 4 and 5.
    half = stats.t.ppf(0.975, 4) * (2.5 / 5) ** 0.5
    assert test.over_seeds == pytest.approx((3 - half, 3 + half))


def test_people_without_a_cost_are_left_out_and_counted() -> None:
    one = {(0, 1): np.nan, (0, 2): 2.0, (0, 3): 2.5}
    base = {(0, 1): 1.0, (0, 2): 1.0, (0, 3): np.nan}
    rows, reader = people({"a": one, "b": base}, "cost")
    (test,) = compare_with(rows, "b", reader, ["cost"])  # type: ignore[arg-type]
    assert test.people == 1


def test_validity_is_tested_in_each_seed() -> None:
    one = {(seed, person): float(person < 9) for seed in (0, 1) for person in range(12)}
    base = {(seed, person): float(person < 2) for seed in (0, 1) for person in range(12)}
    rows, reader = people({"a": one, "b": base}, "validity")
    tests = compare_with(rows, "b", reader, ["validity"])  # type: ignore[arg-type]
    assert [(test.test, test.seed, test.better, test.worse) for test in tests] == [
        ("McNemar", 0, 7, 0),
        ("McNemar", 1, 7, 0),
    ]
    assert tests[0].over_people is None and tests[0].over_seeds is None
    assert tests[0].p == pytest.approx(2 / 2**7)
    assert tests[0].p_holm == pytest.approx(4 / 2**7)


def test_a_measured_quantity_that_is_all_0_or_1_is_no_yes_or_no() -> None:
    one = {(0, person): 1.0 for person in range(9)}
    rows, reader = people({"a": one, "b": dict.fromkeys(one, 0.0)}, "cost")
    (test,) = compare_with(rows, "b", reader, ["cost"])  # type: ignore[arg-type]
    assert (test.test, test.seed, test.people) == ("Wilcoxon", None, 9)


def test_a_yes_or_no_that_some_do_not_have() -> None:
    one = {(0, person): np.nan if person < 2 else 1.0 for person in range(9)}
    base = {(0, person): np.nan if person > 7 else 0.0 for person in range(9)}
    rows, reader = people({"a": one, "b": base}, "out_of_domain")
    (test,) = compare_with(rows, "b", reader, ["out_of_domain"])  # type: ignore[arg-type]
    assert (test.test, test.people, test.worse) == ("McNemar", 6, 6)


def test_a_yes_or_no_that_nobody_has_from_both_is_said() -> None:
    rows, reader = people({"a": {(0, 1): np.nan}, "b": {(0, 1): 1.0}}, "out_of_domain")
    (test,) = compare_with(rows, "b", reader, ["out_of_domain"])  # type: ignore[arg-type]
    assert (test.test, test.p) == ("McNemar", None)
    assert "nobody has a value from both" in test.note


def test_mean_and_majority_that_disagree_are_said() -> None:
    one = {(0, person): 1.0 if person < 9 else -50.0 for person in range(10)}
    rows, reader = people({"a": one, "b": dict.fromkeys(one, 0.0)}, "cost")
    (test,) = compare_with(rows, "b", reader, ["cost"])  # type: ignore[arg-type]
    assert "on average the other" in test.note


def test_a_metric_that_is_not_there_is_said() -> None:
    rows, reader = people({"a": {(0, 1): 1.0}, "b": {(0, 1): 2.0}}, "cost")
    (test,) = compare_with(rows, "b", reader, ["score"])  # type: ignore[arg-type]
    assert test.p is None
    assert "has no score per person" in test.note


def test_an_unknown_reference_is_refused(material: Material) -> None:
    with pytest.raises(UsageError, match="unknown method 'gerne'"):
        compare_with(material.rows, "gerne", material.selection.store.people)


def test_stored_cells_compare_and_print(material: Material) -> None:
    rows = [row for row in material.rows if row.dataset == "compas"]
    tests = compare_with(rows, "genre", material.selection.store.people)
    assert {test.method for test in tests} == {"nnr", "wachter", "unchanged"}
    assert all(test.p_holm is not None and test.p is not None and test.p_holm >= test.p for test in tests)
    printed = comparison.sheet(tests)
    assert len(printed.body) == len(tests)
    assert all(len(line) == len(printed.columns) for line in printed.body)
    assert list(comparison.ESTIMANDS) == printed.notes[:3]
    html5lib.HTMLParser(strict=True).parse(tables.html_page(printed))
    nodes = LatexWalker(tables.latex(printed), tolerant_parsing=False).get_latex_nodes()[0]
    assert [node.environmentname for node in nodes if hasattr(node, "environmentname")] == ["tabular"]
