"""Selection: which stored cells a table, a figure or a page is about, and which of them are missing."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from functools import cached_property

from recbench.errors import UsageError
from recbench.report.rows import Planned, Row, rows_of
from recbench.store.folder import Store
from recbench.store.record import CellRecord
from recbench.store.sweeps import SweepNote, sweep_notes

TABLED = 5_000
"""Most cells that are put into a table unasked."""


@dataclass(frozen=True)
class Selection:
    """The cells of a suite, or of a whole results folder.

    Attributes:
        title: the suite's name, else the folder's.
        store: where the cells are.
        records: the cells there are.
        missing: the cells that the newest sweep asked for and that never ended.
        sweeps: what was asked for, newest first.
    """

    title: str
    store: Store
    records: list[CellRecord]
    missing: list[Planned]
    sweeps: list[SweepNote]

    @cached_property
    def rows(self) -> list[Row]:
        """The cells as rows: by data set and classifier, best Score first."""
        return rows_of(self.records, self.missing)

    def on(self, datasets: Collection[str]) -> Selection:
        """Return the part of it on these data sets.

        Raises:
            UsageError: there is none.
        """
        records = [record for record in self.records if record.cell.dataset in datasets]
        if not records:
            raise UsageError(f"there are no cells of {', '.join(map(repr, datasets))} in {self.store.root}.")
        missing = [cell for cell in self.missing if cell.dataset in datasets]
        return replace(self, records=records, missing=missing)


def select(
    store: Store,
    suite: str | None = None,
    datasets: Collection[str] = (),
    say: Callable[[str], None] = lambda problem: None,
) -> Selection:
    """Return the cells that were run for a suite, or all of them.

    A suite's cells are those that any sweep under its name asked for, flags included. Cells that came
    from elsewhere (``recbench store import``) are found by the suite's data sets and methods.

    Args:
        store: the cells.
        suite: name or YAML file of a suite; None is every cell.
        datasets: only these data sets; empty is all.
        say: is told what was left out because it cannot be read.

    Raises:
        UsageError: there is no such suite, or there are no such cells.
    """
    records = list(store.records())
    notes = sweep_notes(store.root, say)[::-1]
    title = store.root.name
    if suite is not None:
        title, notes, records = _of_suite(suite, notes, records)
    keys = {record.key for record in records}
    missing = [] if not notes else [cell for key, cell in _planned(notes[0]).items() if key not in keys]
    if datasets:
        records = [record for record in records if record.cell.dataset in datasets]
        missing = [cell for cell in missing if cell.dataset in datasets]
    if not records:
        raise UsageError(f"there are no such cells in {store.root}.", "Run `recbench run` first.")
    return Selection(title, store, records, missing, notes)


def select_sweep(store: Store, sweep: str, at_most: int) -> Selection | None:
    """Return the cells of one sweep under its own labels, as the index knows them.

    None if the sweep is unknown, has no cells yet, or asked for more than ``at_most``.
    """
    note = next((note for note in sweep_notes(store.root) if note.id == sweep), None)
    if note is None or len(note.cells) > at_most:
        return None
    records = list(store.some(list(note.cells.items())))
    keys = {record.key for record in records}
    missing = [cell for key, cell in _planned(note).items() if key not in keys]
    return Selection(note.suite, store, records, missing, [note]) if records else None


def _of_suite(
    suite: str, notes: list[SweepNote], records: list[CellRecord]
) -> tuple[str, list[SweepNote], list[CellRecord]]:
    from recbench.suite import load_suite

    own = [note for note in notes if note.suite == suite]
    if own:
        name = suite
    else:
        asked = load_suite(suite)
        name = asked.name
        own = [note for note in notes if note.suite == name]
    if own:
        # The newest sweep's label stays: labels are names, not part of a cell's key.
        labels = {key: label for note in reversed(own) for key, label in note.cells.items()}
        chosen = [record.relabelled(labels[record.key]) for record in records if record.key in labels]
        return name, own, chosen
    methods = {spec.name for spec in asked.methods}
    chosen = [
        record
        for record in records
        if record.cell.dataset in asked.datasets and record.cell.method in methods
    ]
    return name, [], chosen


def _planned(note: SweepNote) -> dict[str, Planned]:
    """Return the cells a sweep asked for, by key."""
    return {
        key: Planned(dataset, classifier, note.cells[key], seed, note.experiment(key))
        for key, (dataset, classifier, seed) in note.places.items()
    }
