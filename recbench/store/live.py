"""Live: what a sweep is at, in a small file that ``recbench status`` reads from any terminal."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, ValidationError

from recbench.files import clear_way, read_regular, write_whole
from recbench.store.paths import Paths

if TYPE_CHECKING:
    from recbench.store.cell import Cell

_BETWEEN_WRITES = 1.0
_SHARED = "prepare"
"""The phase whose work is shared: the first cell of a task waits for it, the others find it done."""
_LONGEST = 2**24
"""Bytes of a snapshot: one line for each cell that runs."""


class Running(BaseModel):
    """A cell that is being computed."""

    model_config = ConfigDict(allow_inf_nan=False)

    cell: str
    phase: str = ""
    fraction: NonNegativeFloat = 0.0
    seconds: NonNegativeFloat = Field(0.0, description="since it began")


class Snapshot(BaseModel):
    """A sweep at one moment.

    ``driver`` is the id of its claims. ``left`` is the expected seconds until the end; None if nothing
    is known of the cells that wait.
    """

    model_config = ConfigDict(allow_inf_nan=False)

    driver: str
    running: dict[str, Running] = Field(default_factory=dict)
    left: NonNegativeFloat | None = None
    ended: bool = False


class Live:
    """Keeps the snapshot of a sweep up to date.

    Args:
        results: the results folder.
        sweep: its id.
        driver: the id of the driver's claims.
        waiting: the cells that wait, with the seconds expected of each; None where unknown.
        slots: says how many cells run at a time.
    """

    def __init__(
        self,
        results: Path,
        sweep: str,
        driver: str,
        waiting: Iterable[tuple[Cell, float | None]],
        slots: Callable[[], int],
    ) -> None:
        self._path = Paths(results).live(sweep)
        self._snapshot = Snapshot(driver=driver)
        self._slots = slots
        self._waiting = {cell.key: (cell, seconds) for cell, seconds in waiting}
        self._began: dict[str, float] = {}
        self._worked: dict[str, float] = {}
        self._took: list[tuple[Cell, float]] = []
        self._written = float("-inf")

    def phase(self, cell: Cell, phase: str, fraction: float) -> None:
        """A cell is at a fraction of a phase."""
        now = time.monotonic()
        began = self._began.setdefault(cell.key, now)
        if phase != _SHARED:
            self._worked.setdefault(cell.key, now)
        self._snapshot.running[cell.key] = Running(
            cell=str(cell), phase=phase, fraction=fraction, seconds=now - began
        )
        self._write()

    def ended(self, cell: Cell) -> None:
        """A cell has ended, or need not run."""
        self._began.pop(cell.key, None)
        self._snapshot.running.pop(cell.key, None)
        self._waiting.pop(cell.key, None)
        if (worked := self._worked.pop(cell.key, None)) is not None:
            self._took.append((cell, time.monotonic() - worked))
        self._write()

    @property
    def left(self) -> float | None:
        """Expected seconds until the end, None if nothing is known.

        A cell of unknown length is expected to take what the same method took in this sweep: the last
        time on the same data set, else its mean elsewhere, else the mean of all that ran.
        """
        if not self._took and any(seconds is None for _, seconds in self._waiting.values()):
            return None
        there = {(cell.method, cell.dataset): seconds for cell, seconds in self._took}
        elsewhere: dict[str, list[float]] = defaultdict(list)
        for cell, seconds in self._took:
            elsewhere[cell.method].append(seconds)
        overall = fmean(seconds for _, seconds in self._took) if self._took else 0.0
        total, now = 0.0, time.monotonic()
        for key, (cell, known) in self._waiting.items():
            learnt = there.get((cell.method, cell.dataset), fmean(elsewhere.get(cell.method, [overall])))
            seconds = learnt if known is None else known
            total += max(0.0, seconds - (now - self._worked.get(key, now)))
        return total / self._slots()

    def close(self) -> None:
        """The sweep has ended, one way or another."""
        self._snapshot.ended, self._snapshot.running = True, {}
        self._write(now=True)

    def _write(self, now: bool = False) -> None:
        if not now and time.monotonic() - self._written < _BETWEEN_WRITES:
            return
        self._written = time.monotonic()
        self._snapshot.left = self.left
        # On a full disk the sweep itself says what is wrong.
        with suppress(OSError):
            clear_way(self._path)
            write_whole(self._path, self._snapshot.model_dump_json())


def snapshot(results: Path, sweep: str) -> Snapshot | None:
    """Return the snapshot of a sweep, or None if there is none that can be read."""
    try:
        return Snapshot.model_validate_json(read_regular(Paths(results).live(sweep), _LONGEST))
    except (OSError, ValidationError):
        return None
