"""Layout: rows as a printed table, before it has a format. What is bold, what is said below."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from recbench.plugins import registry
from recbench.plugins.cards import MetricCard
from recbench.report.rows import Place, Row, repeated_people
from recbench.statistics import Summary
from recbench.store.record import OLDEST_KEYS

COLUMNS = ("found", "cost", "validity", "lof", "lof_distinct", "score", "fit_seconds", "generate_seconds")
"""The metrics a table shows unless told otherwise."""

PAPER_COLUMNS = ("cost", "validity", "lof", "score")
"""Those of the GenRe paper's main table."""

Spread = Literal["std", "ci", "none"]
"""What stands beside a mean: the standard deviation over seeds, the 95 % interval, or nothing."""

NONE = "–"
_ARROWS = {"higher": "↑", "lower": "↓", "": ""}
_EXACT_DIGITS = {"cost": 2, "cost_l2": 2, "cost_linf": 2, "changed": 2}


@dataclass(frozen=True)
class Column:
    """A head: its title with an arrow to the better side, and its definition in a few words."""

    title: str
    definition: str = ""
    is_text: bool = False


@dataclass(frozen=True)
class Entry:
    """A printed value; ``rank`` 0 is the best of its kind, 1 the second, None the others."""

    text: str
    rank: int | None = None


@dataclass
class Sheet:
    """A table laid out.

    Attributes:
        columns: the heads.
        body: one list of entries per line.
        rules: lines (by number) before which a rule stands.
        notes: what belongs under the table.
        groups: heads over the heads: text and how many columns it spans; empty for none.
    """

    columns: list[Column]
    body: list[list[Entry]]
    rules: set[int] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)
    groups: list[tuple[str, int]] = field(default_factory=list)


def card(metric: str) -> MetricCard:
    """Return a metric's card; a stored metric whose plug-in is gone is shown by its name."""
    if metric in registry.metrics.names():
        found = registry.metrics.listing(metric).card
        if found is not None:
            return found
    return MetricCard(name=metric, summary="", implementation="", title=metric)


def column(metric: str, rows: Sequence[Row] = ()) -> Column:
    """Return a metric's head; ``rows`` say with which parameters it was computed."""
    of = card(metric)
    neighbours = ", ".join(map(str, sorted({row.neighbours for row in rows}))) or "5"
    title = f"{of.title} {_ARROWS[of.better]}".rstrip()
    return Column(title, of.short.format(k=neighbours))


def text(value: Summary | None, metric: str, spread: Spread = "none") -> str:
    """Return a value as printed: its mean, and its spread if it has one."""
    if value is None or value.mean is None:
        return NONE
    digits = _digits(metric, value.mean)
    mean = f"{value.mean:.{digits}f}"
    if spread == "std" and value.std is not None:
        return f"{mean} ±{value.std:.{digits}f}"
    if spread == "ci" and value.low is not None and value.high is not None:
        return f"{mean} [{value.low:.{digits}f}, {value.high:.{digits}f}]"
    return mean


def _digits(metric: str, mean: float) -> int:
    """Return the decimals of a metric: fixed, but two significant digits for seconds and rates."""
    if card(metric).unit not in ("s", "1/s"):
        return _EXACT_DIGITS.get(metric, 3)
    if mean <= 0:
        return 1
    return min(3, max(0, 1 - math.floor(math.log10(mean))))


def long(
    rows: Sequence[Row], metrics: Sequence[str] = COLUMNS, spread: Spread = "std", brief: bool = False
) -> Sheet:
    """Return one line per row.

    Args:
        rows: in the order in which they are printed.
        metrics: the columns.
        spread: what stands beside a mean. The standard deviation is shown for several seeds only.
        brief: leave out columns that are the same in every row, and say it below.
    """
    ranks = _ranks(rows, metrics)
    facts = [
        Column("Data set", is_text=True),
        Column("Classifier", is_text=True),
        Column("Method", is_text=True),
        Column("People"),
        Column("Seeds"),
    ]
    lines = [[row.dataset, row.classifier, row.method, str(row.people), seeds(row)] for row in rows]
    same = [at for at in (1, 3, 4) if brief and len({line[at] for line in lines}) == 1]
    kept = [at for at in range(len(facts)) if at not in same]
    body = [
        [Entry(line[at]) for at in kept]
        + [Entry(value, ranks.get((id(row), metric))) for metric, value in _values(row, metrics, spread)]
        for row, line in zip(rows, lines, strict=True)
    ]
    dropped = "".join(f"{facts[at].title}: {lines[0][at]}. " for at in same).strip()
    return Sheet(
        [*(facts[at] for at in kept), *(column(metric, rows) for metric in metrics)],
        body,
        {number for number in range(1, len(rows)) if rows[number].place != rows[number - 1].place},
        [*([dropped] if dropped else []), *notes(rows, metrics, spread)],
    )


def wide(rows: Sequence[Row], metrics: Sequence[str] = PAPER_COLUMNS, spread: Spread = "none") -> Sheet:
    """Return one line per method and one group of columns per data set, as in the paper's main table.

    The heads are narrow, so the definitions stand below.
    """
    ranks = _ranks(rows, metrics)
    places = list(dict.fromkeys(row.place for row in rows))
    of_method: dict[str, dict[Place, Row]] = {}
    for row in rows:
        of_method.setdefault(row.label, {})[row.place] = row
    body = []
    for method in sorted(of_method, key=lambda name: _order(of_method[name], places)):
        line = [Entry(method)]
        for place in places:
            if place in of_method[method]:
                row = of_method[method][place]
                values = _values(row, metrics, spread)
                line += [Entry(value, ranks.get((id(row), metric))) for metric, value in values]
            else:
                line += [Entry(NONE)] * len(metrics)
        body.append(line)
    heads = [Column(column(metric, rows).title) for metric in metrics]
    return Sheet(
        [Column("Method", is_text=True), *heads * len(places)],
        body,
        notes=[*definitions(rows, metrics), *notes(rows, metrics, spread)],
        groups=[("", 1), *((place_title(place, places), len(metrics)) for place in places)],
    )


def place_title(place: Place, places: Iterable[Place]) -> str:
    """Return the head of a place among others: the data set, and the classifier if there are several."""
    several = len({one.classifier for one in places}) > 1
    words = (place.dataset, place.classifier if several else "", place.setting)
    return ", ".join(word for word in words if word)


def _order(places_of: dict[Place, Row], places: Sequence[Place]) -> tuple[bool, int, float]:
    scores = [row.mean("score") for row in places_of.values()]
    known = [score for score in scores if score is not None]
    oracle = any(row.sees_judge for row in places_of.values())
    return oracle, len(places) - len(known), -sum(known) / max(1, len(known))


def seeds(row: Row) -> str:
    """Return how many seeds a row has, of how many that were asked for."""
    asked = len({*row.seeds, *row.problems})
    return str(asked) if asked == len(row.seeds) else f"{len(row.seeds)} of {asked}"


def _values(row: Row, metrics: Sequence[str], spread: Spread) -> list[tuple[str, str]]:
    if not row.seeds and row.problems:
        why = next(iter(row.problems.values())).split(":")[0]
        return [(metric, NONE if number else why) for number, metric in enumerate(metrics)]
    wanted: Spread = "none" if spread == "std" and len(row.seeds) < 2 else spread
    return [(metric, text(row.values.get(metric), metric, wanted)) for metric in metrics]


def _ranks(rows: Sequence[Row], metrics: Sequence[str]) -> dict[tuple[int, str], int]:
    """Return which values are best (0) and second (1) of their place; equal ones, as printed, share it.

    Keys are a row's ``id`` and the metric. A floor, which changes nobody, is no competitor: it would
    always have the best cost. Neither is an oracle.
    """
    ranks: dict[tuple[int, str], int] = {}
    for metric in metrics:
        better = card(metric).better
        for place in {row.place for row in rows} if better else ():
            known = {
                id(row): float(text(Summary(mean=mean), metric))
                for row in rows
                if row.place == place and row.competes and (mean := row.mean(metric)) is not None
            }
            order = sorted(set(known.values()), reverse=better == "higher")
            for row_id, value in known.items():
                if len(known) > 1 and order.index(value) < 2:
                    ranks[row_id, metric] = order.index(value)
    return ranks


def estimand(rows: Sequence[Row], spread: Spread = "std") -> str:
    """Return what the means of these rows estimate, and what stands beside them."""
    repeated = any(len(row.seeds) > 1 for row in rows)
    if repeated:
        said = (
            "Means over seeds; each seed repeats the whole protocol: gold labels, classifier, people, method"
        )
        beside = {
            "std": "; ± is the standard deviation of the seeds' means",
            "ci": "; in brackets the 95 % t interval of the seeds' means",
            "none": "",
        }
    else:
        said = "Means over the people whom the classifier of one seed turns down"
        beside = {
            "std": "",
            "ci": "; in brackets the 95 % interval over these people (Wilson for shares, else bootstrap)",
            "none": "",
        }
    return said + beside[spread] + "."


def definitions(rows: Sequence[Row], metrics: Sequence[str]) -> list[str]:
    """Return one line per metric: its title, the better side, and its definition."""
    k = ", ".join(map(str, sorted({row.neighbours for row in rows}))) or "5"
    lines = []
    for metric in metrics:
        of = card(metric)
        side = f" ({of.better} is better)" if of.better else ""
        lines.append(f"{of.title}{side}: {of.summary.replace('k=5', f'k={k}')}.")
    return lines


def notes(rows: Sequence[Row], metrics: Sequence[str] = COLUMNS, spread: Spread = "std") -> list[str]:
    """Return the lines that belong under a table: definitions, missing cells, repeats, mixed versions."""
    if not rows:
        return []
    golds = ", ".join(sorted({row.gold for row in rows}))
    lines = [
        estimand(rows, spread),
        "Cost is over people with a recourse (see Found); without one, validity, LOF and Score count as 0."
        f" The judge is the gold labeller of kind {golds}."
        " LOF is scikit-learn's LocalOutlierFactor (novelty) with"
        f" k={', '.join(map(str, sorted({row.neighbours for row in rows})))}, fitted on the rows that it"
        " calls positive. Score = Val + LOF - Cost/d.",
    ]
    floors = sorted({row.method for row in rows if row.is_floor})
    if floors:
        lines.append(f"Nobody is changed by {', '.join(floors)}: a floor, which is not ranked.")
    oracles = sorted({row.method for row in rows if row.sees_judge})
    if oracles:
        lines.append(
            f"{', '.join(oracles)}: the cheapest known row that the judge calls valid and an inlier. It shows"
            " what is left to win, and is not ranked."
        )
    for row in rows:
        lines += [f"{row.title}, {seeds}: {reason}" for seeds, reason in row.grouped_problems]
        older = sorted({record.cell.made_by for record in row.records if record.format < OLDEST_KEYS})
        if older:
            lines.append(f"{row.title}: stale: made by {', '.join(older)}; no run uses such cells.")
        if len(row.codes) > 1:
            said = "; ".join(f"{seeds} by {code}" for seeds, code in row.codes)
            lines.append(f"{row.title}: a mean over different versions of the code: {said}.")
        for record in row.records:
            lines += [
                f"{row.title}, seed {record.cell.seed}: {metric} was not computed: {record.unscored[metric]}"
                for metric in metrics
                if metric in record.unscored
            ]
    for place, groups in repeated_people(rows).items():
        for group in groups:
            said = " and ".join(map(str, group))
            lines.append(
                f"{' / '.join(word for word in place if word)}: seeds {said} have the same people;"
                " they are not repetitions over people."
            )
    if len(set().union(*(row.versions for row in rows))) > 1:
        lines.append("Cells of this table were computed with different library versions or machines.")
    return lines
