"""Progress: bars on a terminal or in a notebook, plain lines in a log."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from recbench.api.terminal import console, is_terminal, visible, words
from recbench.run.forecast import duration
from recbench.store.cell import Cell
from recbench.store.record import CellRecord, Status

if TYPE_CHECKING:
    from rich.progress import TaskID

    from recbench.run.sweep import Watcher

__all__ = ["describe", "duration", "watching"]

_BETWEEN_UPDATES = 0.05


def describe(record: CellRecord) -> str:
    """Return one line on how a cell ended."""
    if record.status != Status.DONE:
        return f"{record.cell}: {record.status}: {record.reason}"
    score = record.mean("score")
    scored = "" if score is None else f", Score {score:.3f}"
    return f"{record.cell}: fit {record.fit_seconds:.1f} s, generate {record.generate_seconds:.1f} s{scored}"


class _Lines:
    """One line per finished cell, for logs."""

    def __init__(self, quiet: bool) -> None:
        self._quiet = quiet
        self._cells = 0
        self._done = 0
        self._prepared: set[tuple[str, str, int]] = set()

    def planned(self, cells: int, stored: int) -> None:
        self._cells, self._done = cells, stored
        self.said(f"{cells} cells, {stored} of them in the store")

    def phase(self, cell: Cell, phase: str, fraction: float, text: str) -> None:
        # A large table may take minutes here, before its first cell ends.
        place = cell.dataset, cell.classifier, cell.seed
        if phase == "prepare" and place not in self._prepared:
            self._prepared.add(place)
            self.said(f"preparing {cell.dataset} / {cell.classifier} / seed {cell.seed}: {text}")

    def finished(self, record: CellRecord, left: float | None) -> None:
        self._done += 1
        coming = f" ({duration(left)} left)" if left and self._done < self._cells else ""
        self.said(f"[{self._done}/{self._cells}] {describe(record)}{coming}")

    def said(self, text: str) -> None:
        if not self._quiet:
            print(visible(text), file=sys.stderr, flush=True)


class _Bars:
    """A bar for the sweep, and one for each cell that runs."""

    def __init__(self) -> None:
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        self.progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[state]}", markup=False),
            TimeElapsedColumn(),
            console=console(err=True),
            transient=True,
        )
        self._sweep = self.progress.add_task("cells", total=None, state="")
        self._cells: dict[str, TaskID] = {}
        self._last: dict[str, tuple[str, float]] = {}

    def planned(self, cells: int, stored: int) -> None:
        self.progress.update(self._sweep, total=cells, completed=stored, state=f"{stored}/{cells}")
        if stored:
            self.said(f"{stored} of {cells} cells are in the store")

    def phase(self, cell: Cell, phase: str, fraction: float, text: str) -> None:
        before, when = self._last.get(cell.key, ("", 0.0))
        now = time.monotonic()
        if phase == before and fraction < 1 and now - when < _BETWEEN_UPDATES:
            return
        self._last[cell.key] = phase, now
        if cell.key not in self._cells:
            self._cells[cell.key] = self.progress.add_task("", total=1.0, state="")
        self.progress.update(
            self._cells[cell.key],
            description=visible(f"{cell} · {phase}"),
            completed=fraction,
            state=visible(text),
        )

    def finished(self, record: CellRecord, left: float | None) -> None:
        if record.key in self._cells:
            self.progress.remove_task(self._cells.pop(record.key))
        self.progress.advance(self._sweep)
        task = self.progress.tasks[0]
        coming = f", {duration(left)} left" if left else ""
        self.progress.update(self._sweep, state=f"{int(task.completed)}/{int(task.total or 0)}{coming}")
        self.said(describe(record))

    def said(self, text: str) -> None:
        self.progress.console.print(words(text), soft_wrap=True)


@contextmanager
def watching(progress: bool | Watcher | None) -> Iterator[Watcher]:
    """Follow a sweep: bars on a terminal and in a notebook, else lines on standard error.

    Args:
        progress: whether to; None is only where somebody looks: a terminal or a notebook. A watcher of
            your own is told instead.
    """
    if progress is not None and not isinstance(progress, bool):
        yield progress
        return
    looks = is_terminal(err=True) or console().is_jupyter
    if progress is False or not looks:
        yield _Lines(quiet=not progress)
        return
    bars = _Bars()
    with bars.progress:
        yield bars
