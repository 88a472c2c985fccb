"""Sync: bring MLflow to the state of the store, however often it is run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from recbench.errors import RecbenchError
from recbench.store.folder import Store
from recbench.store.paths import PEOPLE
from recbench.store.record import CellRecord
from recbench.store.sweeps import SweepNote, sweep_notes
from recbench.tracking.tracker import Change, MlflowTracker

UNCLAIMED = "recbench"
"""The experiment of cells that no sweep here asked for, such as imported ones."""


def sync(
    store: Store,
    uri: str | None,
    people_artifact: bool | None = None,
    progress: Callable[[], None] = lambda: None,
    summarised: Callable[[SweepNote, Change], None] = lambda note, change: None,
) -> Counter[Change]:
    """Mirror every stored cell into the experiments of the suites that asked for it, and sum up each sweep.

    Args:
        store: the cells.
        uri: as for :class:`MlflowTracker`.
        people_artifact: as for :class:`MlflowTracker`.
        progress: is called when a cell is done.
        summarised: is told of each sweep whose summary run was added, updated or left as it was.

    Returns:
        How many runs were added, updated and left as they were.

    Raises:
        RecbenchError: MLflow failed. What was mirrored before stays there.
    """
    claims = _claims(store.root)
    trackers: dict[str, MlflowTracker] = {}
    changes: Counter[Change] = Counter()
    for record in store.records():
        people = store.cells / record.key / PEOPLE
        for experiment, claim in claims.get(record.key, {UNCLAIMED: _Claim(record.cell.label)}).items():
            if experiment not in trackers:
                trackers[experiment] = MlflowTracker(uri, store.root, experiment, people_artifact)
                trackers[experiment].survey()
            tracker = trackers[experiment]
            labelled = _with_traceback(store, record).relabelled(claim.label)
            change = tracker.mirror(labelled, people if people.is_file() else None, claim.sweeps)
            if change is None or tracker.problem:
                raise RecbenchError(tracker.problem)
            changes[change] += 1
        progress()
    for note in sweep_notes(store.root):
        if note.suite in trackers:
            tracker = trackers[note.suite]
            change = tracker.summarise(store, note.id)
            if tracker.problem:
                raise RecbenchError(tracker.problem)
            if change is not None:
                summarised(note, change)
    return changes


@dataclass
class _Claim:
    """Under which label and in which sweeps a suite has a cell."""

    label: str
    sweeps: list[str] = field(default_factory=list)


def _claims(results: Path) -> dict[str, dict[str, _Claim]]:
    """Return the claims on each cell, by key and suite; the oldest sweep's label stays."""
    claims: dict[str, dict[str, _Claim]] = {}
    for note in sweep_notes(results):
        for key, label in note.cells.items():
            claims.setdefault(key, {}).setdefault(note.suite, _Claim(label)).sweeps.append(note.id)
    return claims


def _with_traceback(store: Store, record: CellRecord) -> CellRecord:
    """Return a failed cell's record with its traceback, which the index leaves out."""
    if not record.status.is_failure:
        return record
    return store.full(record.key)
