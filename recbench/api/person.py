"""Person: one person of a cell, before and after, in own units."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recbench.errors import UsageError
from recbench.report.naming import short_hashes, with_words
from recbench.store.folder import Store
from recbench.store.record import CellRecord, Status

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Change:
    """A feature of a person, before and after; ``after`` is None where there is no recourse."""

    feature: str
    before: Any
    after: Any
    changed: bool


@dataclass(frozen=True)
class Person:
    """One person of a cell.

    Attributes:
        record: the cell's.
        dataset: its data set, told from others of the same name.
        namesakes: how many data sets here have that name.
        person: who it is.
        reason: why there is no recourse, or why it is a best attempt; empty where it was found.
        features: before and after, in own units.
        measures: the classifier's probability afterwards (``h``), and every metric.
    """

    record: CellRecord
    dataset: str
    namesakes: int
    person: Any
    reason: str
    features: list[Change]
    measures: dict[str, Any]

    def plain(self) -> dict[str, Any]:
        """Return everything as plain data."""
        cell = self.record.cell
        return {
            "cell": self.record.key,
            "dataset": cell.dataset,
            "data_hash": cell.data_hash,
            "person": self.person,
            "reason": self.reason,
            "features": [asdict(one) for one in self.features],
            "measures": self.measures,
        }


def show(
    results: Path | str = "results",
    *,
    cell: str | None = None,
    methods: Collection[str] | None = None,
    datasets: Collection[str] | None = None,
    seeds: Collection[int] | None = None,
    person: str | None = None,
) -> Person:
    """Return one person of a cell.

    Args:
        results: the folder of results.
        cell: its key, or the beginning of it; else the newest cell with the properties that follow.
        methods: of one of these methods, by name or label.
        datasets: on one of these data sets.
        seeds: with one of these seeds.
        person: their id; None is the first of the cell.

    Raises:
        UsageError: there is no such cell, or no such person in it.
    """
    store = Store(Path(results), create=False)
    record = (
        store.find(cell)
        if cell
        else newest(store.records(datasets, status=Status.DONE), methods, datasets, seeds)
    )
    people = store.people(record.key)
    chosen = people if person is None else people[people["person"].astype(str) == person]
    if chosen.empty:
        some = ", ".join(people["person"].astype(str).head(5))
        raise UsageError(f"person {person!r} is not in this cell.", f"It has {len(people)}, such as {some}.")
    tables = {one.cell.data_hash for one in store.records(dataset=record.cell.dataset)}
    name = record.cell.dataset
    if len(tables) > 1:
        name = with_words(name, f"data={short_hashes(tables)[record.cell.data_hash]}")
    return _person(record, name, len(tables), chosen.iloc[0])


def newest(
    records: Iterable[CellRecord],
    methods: Collection[str] | None = None,
    datasets: Collection[str] | None = None,
    seeds: Collection[int] | None = None,
    classifiers: Collection[str] | None = None,
) -> CellRecord:
    """Return the newest finished cell with these properties; None asks for nothing.

    Raises:
        UsageError: there is none.
    """
    matching = [
        record
        for record in records
        if record.status == Status.DONE
        and (methods is None or {record.cell.method, record.cell.label} & set(methods))
        and (datasets is None or record.cell.dataset in datasets)
        and (seeds is None or record.cell.seed in seeds)
        and (classifiers is None or record.cell.classifier in classifiers)
    ]
    if not matching:
        wanted = {"method": methods, "data set": datasets, "classifier": classifiers, "seed": seeds}
        said = ", ".join(f"{name} {', '.join(map(str, some))}" for name, some in wanted.items() if some)
        raise UsageError(f"no finished cell has {said or 'people'}.", "See `recbench store list`.")
    return max(matching, key=lambda record: record.finished)


def _person(record: CellRecord, dataset: str, namesakes: int, row: pd.Series) -> Person:
    features = []
    for name in (str(column)[3:] for column in row.index if str(column).startswith("f__")):
        before, after = _plain(row[f"f__{name}"]), _plain(row[f"c__{name}"])
        features.append(Change(name, before, after, after is not None and before != after))
    measures = {
        str(column): _plain(row[column])
        for column in row.index
        if column not in ("person", "reason") and not str(column).startswith(("f__", "c__", "e__"))
    }
    return Person(record, dataset, namesakes, _plain(row["person"]), row["reason"], features, measures)


def _plain(value: Any) -> Any:
    import pandas as pd

    if pd.isna(value):
        return None
    return value.item() if hasattr(value, "item") else value
