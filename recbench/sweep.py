"""Sweep: the driver. Takes cells from the store, runs the others, and is the store's only writer."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Protocol

from recbench.cache import Cache
from recbench.datasets.base import Dataset
from recbench.execute import Outcome, blank_record, failed, run_cell
from recbench.plan import Cell, digest
from recbench.prepare import prepare, prepare_judge
from recbench.record import CellRecord, Status
from recbench.rescore import missing_scores, rescore
from recbench.store import PEOPLE, Store
from recbench.suite import Suite
from recbench.tracking import Tracker


class Watcher(Protocol):
    """Whoever follows a sweep: the terminal, a log, a test."""

    def planned(self, cells: int, stored: int) -> None:
        """The sweep begins: how many cells there are, and how many the store has."""

    def phase(self, cell: Cell, phase: str, fraction: float, text: str) -> None:
        """A cell is at ``fraction`` of a phase."""

    def finished(self, record: CellRecord, from_store: bool) -> None:
        """A cell has ended."""

    def said(self, text: str) -> None:
        """Something the user should know."""


@dataclass
class Sweep:
    """What a sweep did. ``id`` is the same for the same cells, so that going on does not start anew."""

    id: str
    records: list[CellRecord] = field(default_factory=list)
    from_store: int = 0

    @property
    def failed(self) -> list[CellRecord]:
        """The cells that failed."""
        return [record for record in self.records if record.status == Status.FAILED]


def sweep_id(cells: Sequence[Cell]) -> str:
    """Return the id of a sweep over these cells."""
    return digest(sorted(cell.key for cell in cells), 12)


def run_sweep(
    suite: Suite,
    cells: Sequence[Cell],
    datasets: dict[str, Dataset],
    store: Store,
    tracker: Tracker | None,
    watcher: Watcher,
    fresh: bool = False,
) -> Sweep:
    """Run every cell that the store does not have, one after another, and return all records.

    Args:
        suite: what the user asked for, noted beside the results.
        cells: the plan.
        datasets: by name.
        store: where finished cells are and go.
        tracker: MLflow, or None.
        watcher: is told what happens.
        fresh: run stored cells again.
    """
    sweep = Sweep(sweep_id(cells))
    stored = {} if fresh else {cell.key: record for cell in cells if (record := _stored(store, cell))}
    for notice in store.notices:
        watcher.said(notice)
    _note(store.root, suite, sweep.id, cells)
    watcher.planned(len(cells), len(stored))
    for cell, outcome in _outcomes(cells, stored, datasets, store, watcher):
        from_store = isinstance(outcome, CellRecord)
        record = outcome if isinstance(outcome, CellRecord) else store.write(outcome.record, outcome.people)
        record = record.model_copy(update={"label": cell.label})
        sweep.records.append(record)
        sweep.from_store += from_store
        if tracker is not None:
            people = store.cells / record.key / PEOPLE
            tracker.log(record, people if people.is_file() else None, sweep.id)
        watcher.finished(record, from_store)
    if tracker is not None and tracker.problem:
        watcher.said(tracker.problem)
    return sweep


def _stored(store: Store, cell: Cell) -> CellRecord | None:
    """Return the stored record of a cell that finished; failed ones are tried again."""
    record = store.read(cell.key)
    return record if record is not None and record.status == Status.DONE else None


def _outcomes(
    cells: Sequence[Cell],
    stored: dict[str, CellRecord],
    datasets: dict[str, Dataset],
    store: Store,
    watcher: Watcher,
) -> Iterator[tuple[Cell, Outcome | CellRecord]]:
    """Yield each cell with its stored record, or with what running it gave.

    Cells of one task stand together, so each classifier and judge is prepared once, and only if needed.
    """
    cache = Cache(store.root / "cache")

    def task_of(cell: Cell) -> tuple[str, str, int]:
        return cell.dataset, cell.recipe.model_dump_json(), cell.seed

    for _, group in groupby(cells, key=task_of):
        prepared = judge = error = None
        for cell in group:
            record = stored.get(cell.key)
            missing = [] if record is None else missing_scores(record, cell.metrics, cell.lof)
            if record is not None and not missing:
                yield cell, record
                continue
            if prepared is None and error is None:
                watcher.phase(cell, "prepare", 0.0, "gold labels, classifier, judge")
                try:
                    dataset = datasets[cell.dataset]
                    prepared = prepare(dataset, cell.recipe, cell.seed, cache, cell.threads, cell.device)
                    judge = prepare_judge(prepared, cell.recipe, cell.lof, cell.seed, cache)
                except Exception as raised:
                    error = raised
            if prepared is None or judge is None:
                assert error is not None
                yield cell, failed(blank_record(cell), error)
            elif record is not None:
                watcher.phase(cell, "score", 0.0, ", ".join(missing))
                judged = record.model_copy(update={"lof": cell.lof})
                yield cell, rescore(judged, store.people(cell.key), prepared, judge, missing)
            else:
                outcome = run_cell(
                    cell,
                    prepared,
                    judge,
                    lambda *at, cell=cell: watcher.phase(cell, *at),
                )
                yield cell, outcome


def _note(results: Path, suite: Suite, sweep: str, cells: Sequence[Cell]) -> None:
    """Write down what was asked for, so that other commands can speak of the newest sweep."""
    folder = results / "sweeps"
    folder.mkdir(exist_ok=True)
    said = {
        "id": sweep,
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "suite": suite.model_dump(mode="json"),
        "cells": {cell.key: cell.label for cell in cells},
        "places": {cell.key: [cell.dataset, cell.recipe.classifier.name, cell.seed] for cell in cells},
    }
    temporary = folder / f".{sweep}.{os.getpid()}"
    temporary.write_text(json.dumps(said, indent=1), encoding="utf-8")
    temporary.replace(folder / f"{sweep}.json")
