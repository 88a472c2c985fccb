"""Layout: rows as a printed table, before it has a format. What is bold, what is said below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from recbench.report.notes import about, definitions, notes
from recbench.report.rows import Place, Row, place_title
from recbench.report.values import NONE, Spread, card, text
from recbench.statistics import Summary

COLUMNS = ("found", "cost", "validity", "lof", "lof_distinct", "score", "fit_seconds", "generate_seconds")
"""The metrics a table shows in a file unless told otherwise."""

SCREEN_COLUMNS = ("found", "cost", "validity", "lof", "score")
"""Those it shows on a terminal, where 80 letters have to do."""

PAPER_COLUMNS = ("cost", "validity", "lof", "score")
"""Those of the GenRe paper's main table."""

_ARROWS = {"higher": "↑", "lower": "↓", "": ""}


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
        heading: what is said above the table.
    """

    columns: list[Column]
    body: list[list[Entry]]
    rules: set[int] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)
    groups: list[tuple[str, int]] = field(default_factory=list)
    heading: str = ""


def column(metric: str, rows: Sequence[Row] = ()) -> Column:
    """Return a metric's head; ``rows`` say with which parameters it was computed."""
    of = card(metric)
    neighbours = ", ".join(map(str, sorted({row.neighbours for row in rows}))) or "5"
    title = f"{of.title} {_ARROWS[of.better]}".rstrip()
    return Column(title, of.short.format(k=neighbours))


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
        [*([dropped] if dropped else []), *_places(rows), *notes(rows, metrics, spread)],
    )


def sections(rows: Sequence[Row], metrics: Sequence[str], spread: Spread = "std") -> list[Sheet]:
    """Return a table per place with one line per method; what its methods share stands above it.

    The notes of all tables stand below the last one.
    """
    ranks = _ranks(rows, metrics)
    places = list(dict.fromkeys(row.place for row in rows))
    sheets = []
    for place in places:
        here = [row for row in rows if row.place == place]
        counts = [seeds(row) for row in here]
        differ = len(set(counts)) > 1
        body = [
            [Entry(row.label), *([Entry(count)] if differ else [])]
            + [Entry(value, ranks.get((id(row), metric))) for metric, value in _values(row, metrics, spread)]
            for row, count in zip(here, counts, strict=True)
        ]
        heads = [Column("Method", is_text=True), *([Column("Seeds")] if differ else [])]
        heads += [column(metric, rows) for metric in metrics]
        sheets.append(Sheet(heads, body, heading=about(here, places)))
    if sheets:
        sheets[-1].notes = notes(rows, metrics, spread)
    return sheets


def _places(rows: Sequence[Row]) -> list[str]:
    """Return one line on each place."""
    places = list(dict.fromkeys(row.place for row in rows))
    return [about([row for row in rows if row.place == place], places) for place in places]


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
        notes=[*_places(rows), *definitions(rows, metrics), *notes(rows, metrics, spread)],
        groups=[("", 1), *((place_title(place, places), len(metrics)) for place in places)],
    )


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
