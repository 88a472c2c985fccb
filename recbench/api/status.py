"""Status: how far a sweep is, while it runs and afterwards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recbench.errors import UsageError
from recbench.store.claims import lives
from recbench.store.folder import Store
from recbench.store.live import Running, snapshot
from recbench.store.record import CellRecord
from recbench.store.sweeps import SweepNote, sweep_notes


@dataclass(frozen=True)
class SweepStatus:
    """How far a sweep is.

    Attributes:
        note: what was asked for.
        ended: how many cells ended in which way.
        running: the cells that run now.
        waiting: how many have not begun.
        failed: the records of those that failed and are not run again now.
        at_work: whether a driver lives.
        seconds_left: by the last known times; None if unknown.
    """

    note: SweepNote
    ended: Counter[str]
    running: list[Running]
    waiting: int
    failed: list[CellRecord]
    at_work: bool
    seconds_left: float | None

    def plain(self) -> dict[str, Any]:
        """Return everything as plain data."""
        return {
            "sweep": self.note.id,
            "suite": self.note.suite,
            "started": self.note.started,
            "cells": len(self.note.cells),
            "ended": dict(self.ended),
            "running": [one.model_dump() for one in self.running],
            "waiting": self.waiting,
            "seconds_left": self.seconds_left,
            "at_work": self.at_work,
            "failed": {record.key: f"{record.status}: {record.reason}" for record in self.failed},
        }


def status(
    results: Path | str = "results", sweep: str | None = None, say: Callable[[str], None] = lambda text: None
) -> SweepStatus:
    """Return how far a sweep is; works while it runs, from any process, and afterwards.

    Args:
        results: the folder of results.
        sweep: its id, or the beginning of it; None is the newest.
        say: told what cannot be read.

    Raises:
        UsageError: there are no results, or no such sweep.
    """
    root = Path(results)
    store = Store(root, create=False)
    note = _note(root, sweep, say)
    states = dict(store.states())
    ended = Counter(str(states[key].status) for key in note.cells if key in states)
    live = snapshot(root, note.id)
    at_work = live is not None and not live.ended and lives(root, live.driver)
    running = live.running if live is not None and at_work else {}
    # A cell that failed before and runs again is running.
    missing = sum(key not in states for key in note.cells)
    broken = [
        (key, label) for key, label in note.cells.items() if key in states and states[key].status.is_failure
    ]
    return SweepStatus(
        note=note,
        ended=ended,
        running=list(running.values()),
        waiting=max(0, missing - len(running)),
        failed=[record for record in store.some(broken) if record.key not in running],
        at_work=at_work,
        seconds_left=live.left if live is not None and at_work else None,
    )


def _note(results: Path, sweep: str | None, say: Callable[[str], None]) -> SweepNote:
    notes = [note for note in sweep_notes(results, say) if note.id.startswith(sweep or "")]
    if not notes:
        which = f"sweep {sweep!r}" if sweep else "sweep"
        raise UsageError(f"there is no {which} in {results}.", "Run `recbench run` first.")
    return notes[-1]
