"""Prefix: the first N people of every cell, as if the run had been over so many.

Factuals are drawn in an order of which ``factuals=N`` takes the first N, and what a person is given, and
how it is measured, depends on nobody who comes later (but for the noise that ``invalidation`` draws). So a
run over everybody holds the run over N.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from recbench.errors import UsageError
from recbench.hashing import digest
from recbench.report.rows import Planned
from recbench.report.selection import Selection
from recbench.report.values import card
from recbench.statistics import over_people
from recbench.store.folder import Store
from recbench.store.record import CellRecord, Score, Status
from recbench.task.recipes import TaskRecipe

if TYPE_CHECKING:
    import pandas as pd


class _FirstPeople(Store):
    """The cells of a store, of whose people only the first are shown."""

    def __init__(self, store: Store, count: int) -> None:
        super().__init__(store.root, create=False)
        self._count = count

    def people(self, key: str, wanted: Callable[[str], bool] = lambda column: True) -> pd.DataFrame:
        return super().people(key, wanted).head(self._count)


def first_people(selection: Selection, count: int) -> Selection:
    """Return the cells that were asked for so many people, or everybody, over the first ``count``.

    Those that failed, were skipped or have not run stay what they are. Seconds are left out: they are of all
    people.

    Args:
        selection: the cells.
        count: N.

    Raises:
        UsageError: ``count`` is below 1, or no cell has so many people.
    """
    if count < 1:
        raise UsageError(f"there are no first {count} people.", "Ask for at least one.")
    store = _FirstPeople(selection.store, count)
    records = [
        _first(record, store, count) for record in selection.records if _holds(record.cell.recipe, count)
    ]
    if not any(record.status == Status.DONE for record in records):
        raise UsageError(
            f"no finished cell in {store.root} is over {count} people.", "Run it with --factuals all."
        )
    planned = (_planned(cell, count) for cell in selection.missing)
    missing = [cell for cell in planned if cell is not None]
    return replace(selection, store=store, records=records, missing=missing)


def _holds(recipe: TaskRecipe, count: int) -> bool:
    return recipe.factuals is None or recipe.factuals >= count


def _planned(cell: Planned, count: int) -> Planned | None:
    """Return a cell that has not run as one over the first people; None if it was asked for fewer."""
    if cell.experiment is None:
        return cell
    recipe = cell.experiment.recipe
    if not _holds(recipe, count):
        return None
    first = recipe.model_copy(update={"factuals": count})
    return replace(cell, experiment=cell.experiment.model_copy(update={"recipe": first}))


def _first(record: CellRecord, store: Store, count: int) -> CellRecord:
    recipe = record.cell.recipe.model_copy(update={"factuals": count})
    cell = record.cell.model_copy(update={"recipe": recipe})
    if record.status != Status.DONE:
        return record.model_copy(update={"cell": cell})
    people = store.people(record.key)
    scores = {
        name: _again(score, people[name], name) for name, score in record.scores.items() if name in people
    }
    encoded = [name for name in people if str(name).startswith("e__")]
    return record.model_copy(
        update={
            "cell": cell,
            "people": len(people),
            "people_hash": digest(sorted(map(str, people["person"]))),
            "found": int(people[encoded].notna().all(axis=1).sum()),
            "scores": scores,
        }
    )


def _again(score: Score, values: pd.Series, metric: str) -> Score:
    summary = over_people(values.to_numpy(), card(metric).is_share)
    return score.model_copy(update=summary.model_dump())
