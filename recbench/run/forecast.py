"""Forecast: how long the methods of a plan will take, from the last known times in the store."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from recbench.store.cell import Cell
from recbench.store.record import CellRecord, Status


@dataclass(frozen=True)
class Forecast:
    """What is known of the time that cells will take.

    ``seconds`` are of fit and generate alone: training classifiers and judges, and scoring, come on
    top. ``unknown`` cells have no known time: their method never ran on their data set.
    """

    seconds: float
    unknown: int

    def words(self) -> str:
        """Return one sentence."""
        if not self.seconds and self.unknown:
            return "Expected time: unknown, these methods have not run on these data sets yet."
        said = f"Expected time of the methods, by their last times: {duration(self.seconds)}"
        return said + (f"; unknown for {self.unknown} cells." if self.unknown else ".")


def forecast(cells: Sequence[Cell], records: Iterable[CellRecord]) -> Forecast:
    """Return the expected time of cells that are to run, together."""
    known = [seconds for seconds in expected(cells, records) if seconds is not None]
    return Forecast(sum(known), len(cells) - len(known))


def expected(cells: Sequence[Cell], records: Iterable[CellRecord]) -> list[float | None]:
    """Return the expected seconds of fit and generate of each cell; None where nothing is known.

    The last of ``records`` with the same parameters counts, else the last of the same method and data
    set, generate scaled to the number of people.
    """
    exact: dict[tuple[str, str, str], CellRecord] = {}
    similar: dict[tuple[str, str], CellRecord] = {}
    for record in records:
        if record.status == Status.DONE and record.fit_seconds is not None:
            exact[record.cell.dataset, record.cell.method, _text(record.cell.params)] = record
            similar[record.cell.dataset, record.cell.method] = record
    found: list[float | None] = []
    for cell in cells:
        known = exact.get((cell.dataset, cell.method, _text(cell.params))) or similar.get(
            (cell.dataset, cell.method)
        )
        if known is None:
            found.append(None)
            continue
        asked = cell.recipe.factuals or known.turned_down or known.people
        share = asked / known.people if known.people else 1.0
        found.append((known.fit_seconds or 0.0) + share * (known.generate_seconds or 0.0))
    return found


def _text(params: dict[str, object]) -> str:
    return repr(sorted(params.items()))


def duration(seconds: float) -> str:
    """Return a time in words."""
    if seconds < 90:
        return f"{seconds:.0f} seconds"
    return f"{seconds / 60:.0f} minutes" if seconds < 5400 else f"{seconds / 3600:.1f} hours"
