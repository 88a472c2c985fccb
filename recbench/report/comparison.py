"""Comparison of methods on the same people: paired tests and what they estimate.

For a measured quantity (cost, Score) each person's values are averaged over the seeds they appear in,
so that everyone counts once, and Wilcoxon's signed-rank test asks whether the differences lie around 0.
For a yes or no (validity, LOF) McNemar's exact test asks, in each seed by itself, whether the people for
whom only one of the two methods succeeds fall to both sides alike. Holm's correction holds within one
place (data set, classifier and protocol) and metric.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict

from recbench.errors import UsageError, unknown_name
from recbench.report.layout import Column, Entry, Sheet
from recbench.report.rows import Place, Row, place_title
from recbench.report.values import card
from recbench.statistics import ENOUGH_SEEDS, Summary, bootstrap, over_seeds

COMPARED = ("cost", "score", "validity", "lof")
"""The metrics that are compared unless told otherwise."""

ESTIMANDS = (
    "Wilcoxon: the difference between the two methods for one person, each person's values averaged over the"
    " seeds they appear in; p is for differences that lie symmetrically around 0, over people with a value"
    " from both methods. It follows the ranks of the differences, as the median does, not their mean. The"
    " mean has two 95 % intervals: a bootstrap over these people, and, over repetitions of the protocol, a t"
    f" interval of the seeds' mean differences, given from {ENOUGH_SEEDS} seeds on.",
    "McNemar: the difference between the shares of people, within one seed; p is exact, for people for whom"
    " only one of the two methods succeeds falling to both sides alike.",
    "Holm p: corrected for all comparisons of one data set, classifier, setting and metric.",
)

_BASE = "_base"
_NOBODY = "nobody has a value from both methods"

People = Callable[[str], pd.DataFrame]
"""Reads the people of a cell, by key."""


class PairedTest(BaseModel):
    """One method against the reference on the same people.

    Attributes:
        setting: of the protocol, where one data set and classifier have several.
        seed: of a test within one seed; None where seeds were averaged first.
        people: how many are compared.
        difference: mean of method minus reference over these people.
        over_people: 95 % interval of that mean over people; None for a yes or no.
        over_seeds: the same over seeds, of each seed's mean difference; None with too few of them.
        median: the median of the same; None for a yes or no.
        better: people for whom the method does better than the reference.
        worse: people for whom it does worse.
        p: of the two-sided test; None where nothing can be tested, and ``note`` says why.
        p_holm: the same after Holm's correction.
    """

    model_config = ConfigDict(extra="forbid")

    dataset: str
    classifier: str
    setting: str = ""
    metric: str
    test: str
    method: str
    reference: str
    seed: int | None = None
    people: int = 0
    difference: float | None = None
    over_people: tuple[float, float] | None = None
    over_seeds: tuple[float, float] | None = None
    median: float | None = None
    better: int = 0
    worse: int = 0
    p: float | None = None
    p_holm: float | None = None
    note: str = ""


def compare_with(
    rows: Sequence[Row], reference: str, people_of: People, metrics: Sequence[str] = COMPARED
) -> list[PairedTest]:
    """Test every method against the reference in each place: on the same people, under the same judge.

    Args:
        rows: the methods, over their seeds.
        reference: a row's name, or a method's if it has one row per place.
        people_of: reads a cell's people.
        metrics: what to compare; those kept per person only.

    Raises:
        UsageError: no row is called so.
    """
    tests: list[PairedTest] = []
    known = {name for row in rows for name in (row.method, row.label, row.name)}
    if reference not in known:
        raise unknown_name("method", reference, known)
    frames = {id(row): _people(row, people_of, metrics) for row in rows}
    for place in dict.fromkeys(row.place for row in rows):
        here = [row for row in rows if row.place == place]
        base = _reference(here, reference)
        if base is None:
            continue
        others = [(row, frames[id(row)]) for row in here if row is not base]
        pairs = [
            people.merge(frames[id(base)], on=["seed", "person"], suffixes=("", _BASE))
            for _, people in others
        ]
        for metric in metrics:
            family: list[PairedTest] = []
            for (row, people), both in zip(others, pairs, strict=True):
                lacking = row if metric not in people else base
                family += _tests(row, base, metric, both, lacking)
            tests += holm(family)
    return tests


def _reference(rows: Sequence[Row], name: str) -> Row | None:
    exact = [row for row in rows if name in (row.method, row.label)]
    named = exact or [row for row in rows if row.name == name]
    if len(named) > 1:
        raise UsageError(
            f"several rows of {rows[0].dataset} are of method {name!r}.",
            f"Name one: {'; '.join(row.label for row in named)}.",
        )
    return named[0] if named else None


def _people(row: Row, people_of: People, metrics: Sequence[str]) -> pd.DataFrame:
    """Return (seed, person) and the metrics that are kept per person, of all finished cells of a row."""
    frames = []
    for record in row.records:
        people = people_of(record.key)
        kept = people[["person", *(metric for metric in metrics if metric in people)]].copy()
        kept["person"] = kept["person"].astype(str)
        frames.append(kept.assign(seed=record.cell.seed))
    return pd.concat(frames) if frames else pd.DataFrame({"person": [], "seed": []})


def _tests(row: Row, base: Row, metric: str, both: pd.DataFrame, lacking: Row) -> list[PairedTest]:
    """Return the tests of one metric.

    Args:
        row: the method.
        base: the reference.
        metric: what is compared.
        both: (seed, person) and the metrics of those who are in both; the reference's end in ``_base``.
        lacking: which of the two has no such metric, where one has not.
    """
    made = PairedTest(
        dataset=row.dataset,
        classifier=row.classifier,
        setting=row.setting,
        metric=metric,
        test="Wilcoxon",
        method=row.label,
        reference=base.label,
    )
    if f"{metric}{_BASE}" not in both:
        return [made.model_copy(update={"note": f"{lacking.label} has no {metric} per person"})]
    one, other = both[metric].to_numpy(dtype=np.float64), both[f"{metric}{_BASE}"].to_numpy(dtype=np.float64)
    known = ~np.isnan(one) & ~np.isnan(other)
    lower_is_better = card(metric).better == "lower"
    if card(metric).is_share:
        tests = [
            _mcnemar(made.model_copy(update={"seed": int(seed)}), one[at], other[at], lower_is_better)
            for seed in sorted(both["seed"].unique())
            if (at := known & (both["seed"] == seed).to_numpy()).any()
        ]
        return tests or [made.model_copy(update={"test": "McNemar", "note": _NOBODY})]
    apart = (both[metric] - both[f"{metric}{_BASE}"])[known]
    seeds = over_seeds([Summary(mean=float(mean)) for mean in apart.groupby(both["seed"]).mean()])
    made = made.model_copy(update={"over_seeds": _interval(seeds.low, seeds.high)})
    differences = apart.groupby(both["person"]).mean().to_numpy(dtype=np.float64)
    return [_wilcoxon(made, differences, lower_is_better)]


def _interval(low: float | None, high: float | None) -> tuple[float, float] | None:
    return None if low is None or high is None else (low, high)


def _wilcoxon(made: PairedTest, differences: np.ndarray, lower_is_better: bool) -> PairedTest:
    p, note = wilcoxon(differences)
    sides = _sides(differences, lower_is_better)
    if len(differences):
        sides["median"] = float(np.median(differences))
        sides["over_people"] = _interval(*bootstrap(differences))
        if sides["difference"] * sides["median"] < 0:
            note = "for most people it goes one way, on average the other; the test follows the ranks"
    return made.model_copy(update={**sides, "p": p, "note": note})


def _mcnemar(made: PairedTest, one: np.ndarray, other: np.ndarray, lower_is_better: bool) -> PairedTest:
    sides = _sides(one - other, lower_is_better)
    p = mcnemar(sides["better"], sides["worse"])
    return made.model_copy(update={**sides, "test": "McNemar", "p": p})


def _sides(differences: np.ndarray, lower_is_better: bool) -> dict[str, Any]:
    # Values that differ by rounding only are equal.
    signs = np.where(np.abs(differences) <= 1e-9, 0.0, np.sign(differences)) * (-1 if lower_is_better else 1)
    return {
        "people": len(differences),
        "difference": float(differences.mean()) if len(differences) else None,
        "better": int((signs > 0).sum()),
        "worse": int((signs < 0).sum()),
    }


def wilcoxon(differences: np.ndarray) -> tuple[float | None, str]:
    """Return the two-sided p of Wilcoxon's signed-rank test, and why there is none.

    Zero differences take part in the ranking (Pratt 1959): two methods that give most people the same
    are not told apart by the few for whom they differ.
    """
    from scipy.stats import wilcoxon as test

    differences = np.where(np.abs(differences) <= 1e-9, 0.0, differences)
    if np.count_nonzero(differences) == 0:
        return (1.0, "") if len(differences) else (None, _NOBODY)
    return float(test(differences, zero_method="pratt").pvalue), ""


def mcnemar(better: int, worse: int) -> float:
    """Return the two-sided p of McNemar's exact test from both numbers of discordant people."""
    from scipy.stats import binomtest

    return float(binomtest(better, better + worse).pvalue) if better + worse else 1.0


def holm(tests: Sequence[PairedTest]) -> list[PairedTest]:
    """Return the tests with Holm's correction for all of them (Holm 1979)."""
    from statsmodels.stats.multitest import multipletests

    known = [number for number, test in enumerate(tests) if test.p is not None]
    corrected = list(tests)
    if known:
        values = multipletests([tests[number].p for number in known], method="holm")[1]
        for number, p in zip(known, values, strict=True):
            corrected[number] = tests[number].model_copy(update={"p_holm": float(p)})
    return corrected


def sheet(tests: Sequence[PairedTest]) -> Sheet:
    """Return paired tests laid out as a table."""
    columns = [
        Column("Data set", is_text=True),
        Column("Metric", is_text=True),
        Column("Test", is_text=True),
        Column("Method", is_text=True),
        Column("Against", is_text=True),
        Column("People"),
        Column("Better for"),
        Column("Worse for"),
        Column("Difference", "mean, method − other"),
        Column("95 %", "over people"),
        Column("95 %", "over seeds"),
        Column("Median", "likewise"),
        Column("p"),
        Column("Holm p"),
    ]
    places = [Place(test.dataset, test.classifier, test.setting) for test in tests]
    body = []
    for place, test in zip(places, tests, strict=True):
        seed = "" if test.seed is None else f", seed {test.seed}"
        mean, median = ("–" if size is None else f"{size:+.3f}" for size in (test.difference, test.median))
        ranges = [
            "–" if ends is None else f"{ends[0]:+.3f} to {ends[1]:+.3f}"
            for ends in (test.over_people, test.over_seeds)
        ]
        numbers = [str(test.people), str(test.better), str(test.worse), mean, *ranges, median]
        named = [place_title(place, places), card(test.metric).title, test.test + seed]
        words = [*named, test.method, test.reference]
        body.append([Entry(word) for word in [*words, *numbers, p_text(test.p), p_text(test.p_holm)]])
    families = [(place, test.metric) for place, test in zip(places, tests, strict=True)]
    rules = {number for number in range(1, len(tests)) if families[number] != families[number - 1]}
    notes = [
        f"{place_title(place, places)} / {test.method}, {test.metric}: {test.note}."
        for place, test in zip(places, tests, strict=True)
        if test.note
    ]
    return Sheet(columns, body, rules, [*ESTIMANDS, *notes])


def p_text(p: float | None) -> str:
    """Return a p-value as printed."""
    if p is None:
        return "–"
    return "<0.001" if p < 0.001 else f"{p:.3f}"
