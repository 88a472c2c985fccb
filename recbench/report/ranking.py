"""Ranking of methods over data sets: Friedman's test and Nemenyi's critical difference.

As in Demšar, "Statistical Comparisons of Classifiers over Multiple Data Sets", JMLR 2006. The estimand is
a method's mean rank over data sets like these; with few of them no test is made.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from recbench.report.comparison import p_text
from recbench.report.rows import Row
from recbench.report.values import card

ENOUGH = 8
"""Data sets from which on Friedman's test is made: with fewer its chi-square limit is poor."""

ALPHA = 0.05


@dataclass(frozen=True)
class Ranking:
    """The methods ranked on each data set, 1 the best; only methods that every data set has.

    Attributes:
        ranks: (data sets, methods), ties share the mean of their ranks.
        p: of Friedman's test; None when there are too few data sets or methods.
        difference: Nemenyi's critical difference of two mean ranks at 5 %; None likewise.
        pairs: (methods, methods) p of Nemenyi's test; None likewise.
        left_out: methods that some data set lacks.
        said: why there is no test, or what it found.
    """

    ranks: pd.DataFrame
    p: float | None
    difference: float | None
    pairs: pd.DataFrame | None
    left_out: list[str]
    said: str


def ranking(rows: Sequence[Row], metric: str = "score") -> Ranking:
    """Rank the methods of one classifier and setting over data sets, by their means over seeds.

    Those that do not compete (a floor, an oracle) have no rank, as in tables.
    """
    values = pd.DataFrame(
        [(row.dataset, row.label, row.mean(metric)) for row in rows if row.competes],
        columns=["dataset", "method", "mean"],
    ).pivot(index="dataset", columns="method", values="mean")
    complete = values.loc[:, values.notna().all()]
    left_out = sorted(set(values.columns) - set(complete.columns))
    ranks = complete.astype(float).rank(axis=1, ascending=card(metric).better == "lower")
    ranks = ranks[ranks.mean().sort_values().index]
    n, k = ranks.shape
    if n < ENOUGH or k < 3:
        few = f"{n} data set{'s' * (n != 1)}: too few for a test, Friedman's needs {ENOUGH}"
        return Ranking(ranks, None, None, None, left_out, few if n < ENOUGH else "a test needs three methods")
    return _tested(complete.astype(float)[ranks.columns], ranks, left_out)


def _tested(values: pd.DataFrame, ranks: pd.DataFrame, left_out: list[str]) -> Ranking:
    from scikit_posthocs import posthoc_nemenyi_friedman
    from scipy.stats import friedmanchisquare

    n, k = values.shape
    p = float(friedmanchisquare(*(values[name] for name in values)).pvalue)
    pairs = posthoc_nemenyi_friedman(values)
    found = "differ" if p < ALPHA else "do not differ detectably"
    said = (
        f"Friedman: mean ranks over {n} data sets {found} (p {p_text(p) if p < 0.001 else '= ' + p_text(p)})"
    )
    return Ranking(ranks, p, critical_difference(k, n), pairs, left_out, said)


def critical_difference(methods: int, datasets: int, alpha: float = ALPHA) -> float:
    """Return how far two mean ranks must lie apart (Nemenyi; Demšar 2006, Section 3.2.2)."""
    from scipy.stats import studentized_range

    q = float(studentized_range.ppf(1 - alpha, methods, np.inf)) / math.sqrt(2)
    return q * math.sqrt(methods * (methods + 1) / (6 * datasets))
