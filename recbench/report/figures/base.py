"""What every figure is made from, and what it gives back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from recbench.escape import file_name, in_pictures
from recbench.report.figures.style import Mark, marks_of
from recbench.report.rows import Place, Row
from recbench.report.selection import Selection
from recbench.statistics import ENOUGH_SEEDS
from recbench.store.datasets import noted_dataset

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from recbench.data.schema import Schema

FEATURES = ("f__", "c__", "e__")
"""How the columns begin that hold a feature before, after, and after as encoded."""


class NothingToDraw(Exception):  # noqa: N818 (a reason, not a fault)
    """There are no cells for this figure; the text says which are missing."""


@dataclass(frozen=True)
class Picture:
    """One drawn figure.

    Attributes:
        name: of its files, without suffix.
        figure: the drawing.
        caption: what it shows, with definitions, judge, seeds and people.
        cells: keys of the cells it was drawn from.
    """

    name: str
    figure: Figure
    caption: str
    cells: list[str]


@dataclass
class Material:
    """What figures are drawn from: rows, and people where a figure needs them."""

    selection: Selection
    _people: dict[str, pd.DataFrame] = field(default_factory=dict, repr=False)

    @cached_property
    def rows(self) -> list[Row]:
        """The rows that have at least one finished cell, under names that fit into a picture."""
        rows = [row for row in self.selection.rows if row.records]
        names = ("dataset", "classifier", "setting", "method", "label")
        short = {name: in_pictures(getattr(row, name) for row in rows) for name in names}

        def fitting(row: Row) -> Row:
            changes: dict[str, Any] = {name: short[name][getattr(row, name)] for name in names}
            return replace(row, **changes)

        return [fitting(row) for row in rows]

    @cached_property
    def families(self) -> dict[str, dict[str, Mark]]:
        """Colour and marker of each row, by its method's name and its label: the same in every figure."""
        return marks_of(self.rows)

    @property
    def marks(self) -> dict[str, Mark]:
        """The same by label alone."""
        return {label: mark for family in self.families.values() for label, mark in family.items()}

    def schema(self, row: Row) -> Schema | None:
        """Return the schema of a row's data set, or None if the results folder does not say it."""
        note = noted_dataset(self.selection.store.root, row.records[0].cell.data_hash)
        return note.data_schema if note else None

    def cell_people(self, key: str) -> pd.DataFrame:
        """Return the people of a cell and what was measured, without their features; read once."""
        if key not in self._people:
            self._people[key] = self.selection.store.people(key, lambda name: not name.startswith(FEATURES))
        return self._people[key]

    def people(self, row: Row) -> pd.DataFrame:
        """Return every person of a row's cells and what was measured, without their features."""
        import pandas as pd

        return pd.concat([self.cell_people(record.key) for record in row.records], ignore_index=True)

    def features(self, row: Row) -> pd.DataFrame:
        """Return the features of every person of a row's cells: before, after, and after as encoded."""
        import pandas as pd

        store = self.selection.store
        frames = [store.people(record.key, lambda name: name.startswith(FEATURES)) for record in row.records]
        return pd.concat(frames, ignore_index=True)


def with_metrics(rows: Iterable[Row], *metrics: str) -> list[Row]:
    """Return the rows that have all these metrics.

    Raises:
        NothingToDraw: none has.
    """
    found = [row for row in rows if all(row.mean(metric) is not None for metric in metrics)]
    if not found:
        raise NothingToDraw(f"no finished cell has {' and '.join(metrics)}")
    return found


def by_place(rows: Iterable[Row]) -> dict[Place, list[Row]]:
    """Return the rows of each place."""
    places: dict[Place, list[Row]] = {}
    for row in rows:
        places.setdefault(row.place, []).append(row)
    return places


def picture_name(figure: str, place: Place, places: Iterable[Place]) -> str:
    """Return the name of a figure of one place among others: fit for a file, and that of no other place."""
    several = len({one.classifier for one in places}) > 1
    words = (place.dataset, place.classifier if several else "", place.setting)
    return "-".join([figure, *(file_name(word) for word in words if word)])


def order(rows: Sequence[Row], metric: str = "score") -> list[str]:
    """Return the methods' names, the best mean over data sets first; one order serves all panels.

    An oracle, which competes with nobody, stands last.
    """
    sums: dict[str, list[float]] = {}
    for row in rows:
        mean = row.mean(metric)
        sums.setdefault(row.label, []).append(float("-inf") if mean is None else mean)
    last = {row.label for row in rows if row.sees_judge}
    return sorted(sums, key=lambda name: (name in last, -sum(sums[name]) / len(sums[name]), name))


def cells_of(rows: Iterable[Row]) -> list[str]:
    """Return the keys of the rows' cells."""
    return sorted({record.key for row in rows for record in row.records})


def who(rows: Sequence[Row]) -> str:
    """Return the caption's line on people, seeds and judge, and on what is missing."""
    seeds = sorted({seed for row in rows for seed in row.seeds})
    people = sorted({record.people for row in rows for record in row.records})
    span = f"{people[0]}" if len(people) == 1 else f"{people[0]} to {people[-1]}"
    golds = ", ".join(sorted({row.gold for row in rows}))
    k = ", ".join(map(str, sorted({row.neighbours for row in rows})))
    said = (
        f"{span} people per seed, seed{'s' * (len(seeds) > 1)} {', '.join(map(str, seeds))};"
        f" judge: gold labeller of kind {golds}, LOF with k={k}."
    )
    lacking = [
        f"{row.dataset} / {row.method} (seed {', '.join(map(str, sorted(row.problems)))})"
        for row in rows
        if row.problems
    ]
    return said + (f" Missing cells: {'; '.join(lacking)}." if lacking else "")


def whisker(row: Row, metric: str) -> tuple[float, float] | None:
    """Return the ends of what is drawn around a mean; see :func:`interval_words`."""
    if 1 < len(row.seeds) < ENOUGH_SEEDS:
        means = [mean for record in row.records if (mean := record.mean(metric)) is not None]
        return (min(means), max(means)) if means else None
    value = row.values[metric]
    return None if value.low is None or value.high is None else (value.low, value.high)


def interval_words(rows: Sequence[Row]) -> str:
    """Return what is drawn around a mean, for captions."""
    counts = {len(row.seeds) for row in rows}
    few = f"range of the seeds' means (fewer than {ENOUGH_SEEDS} are too few for an interval)"
    if max(counts) >= ENOUGH_SEEDS:
        less = " (of fewer seeds their range)" if any(1 < count < ENOUGH_SEEDS for count in counts) else ""
        return f"95 % t interval of the seeds' means{less}"
    if max(counts) > 1:
        return few
    return "95 % interval over the people of one seed (Wilson for shares, else bootstrap)"
