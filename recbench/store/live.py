"""Live: what a sweep is at, in a small file that ``recbench status`` reads from any terminal."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, ValidationError

from recbench.files import clear_way, read_regular, write_whole
from recbench.store.paths import Paths

if TYPE_CHECKING:
    from recbench.store.cell import Cell

_BETWEEN_WRITES = 1.0
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
        expected: seconds of each cell that waits, by key; None where unknown.
        slots: says how many cells run at a time.
    """

    def __init__(
        self,
        results: Path,
        sweep: str,
        driver: str,
        expected: dict[str, float | None],
        slots: Callable[[], int],
    ) -> None:
        self._path = Paths(results).live(sweep)
        self._snapshot = Snapshot(driver=driver)
        self._expected, self._slots = expected, slots
        self._began: dict[str, float] = {}
        self._known = sum(seconds for seconds in expected.values() if seconds is not None)
        self._unknown = sum(seconds is None for seconds in expected.values())
        self._took, self._done = 0.0, 0
        self._written = float("-inf")

    def phase(self, cell: Cell, phase: str, fraction: float) -> None:
        """A cell is at a fraction of a phase."""
        now = time.monotonic()
        began = self._began.setdefault(cell.key, now)
        self._snapshot.running[cell.key] = Running(
            cell=str(cell), phase=phase, fraction=fraction, seconds=now - began
        )
        self._write()

    def ended(self, cell: Cell) -> None:
        """A cell has ended, or need not run."""
        began = self._began.pop(cell.key, None)
        self._snapshot.running.pop(cell.key, None)
        if cell.key in self._expected:
            seconds = self._expected.pop(cell.key)
            self._known -= seconds or 0.0
            self._unknown -= seconds is None
        if began is not None:
            self._took += time.monotonic() - began
            self._done += 1
        self._write()

    @property
    def left(self) -> float | None:
        """Expected seconds until the end: cells of unknown length count as the mean of those that ran."""
        if self._unknown and not self._done:
            return None
        mean = self._took / self._done if self._done else 0.0
        now = time.monotonic()
        passed = sum(min(now - began, self._expected.get(key) or mean) for key, began in self._began.items())
        return max(0.0, self._known + self._unknown * mean - passed) / self._slots()

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
