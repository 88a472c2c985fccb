"""Watchers: bars on a terminal, plain lines in a log."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import click

from recbench.plan import Cell
from recbench.record import CellRecord, Status
from recbench.sweep import Watcher


def describe(record: CellRecord, from_store: bool) -> str:
    """Return one line on how a cell ended."""
    place = f"{record.dataset} / {record.classifier} / {record.label} / seed {record.seed}"
    if record.status != Status.DONE:
        return f"{place}: {record.status}: {record.reason}"
    if from_store:
        return f"{place}: from the store"
    score = record.mean("score")
    scored = "" if score is None else f", Score {score:.3f}"
    return f"{place}: fit {record.fit_seconds:.1f} s, generate {record.generate_seconds:.1f} s{scored}"


class _Lines:
    """One line per finished cell, for logs."""

    def __init__(self, quiet: bool) -> None:
        self._quiet = quiet
        self._cells = 0
        self._done = 0

    def planned(self, cells: int, stored: int) -> None:
        self._cells = cells
        self.said(f"{cells} cells, {stored} of them in the store")

    def phase(self, cell: Cell, phase: str, fraction: float, text: str) -> None:
        pass

    def finished(self, record: CellRecord, from_store: bool) -> None:
        self._done += 1
        self.said(f"[{self._done}/{self._cells}] {describe(record, from_store)}")

    def said(self, text: str) -> None:
        if not self._quiet:
            click.echo(text, err=True)


class _Bars:
    """A bar for the sweep and one for the phase of the cell that runs."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        self.progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[state]}"),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._sweep = self.progress.add_task("cells", total=None, state="")
        self._cell = self.progress.add_task("", total=1.0, state="", visible=False)
        self._last = 0.0
        self._now = ""

    def planned(self, cells: int, stored: int) -> None:
        self.progress.update(self._sweep, total=cells, state=f"0/{cells}")
        if stored:
            self.said(f"{stored} of {cells} cells are in the store")

    def phase(self, cell: Cell, phase: str, fraction: float, text: str) -> None:
        place = f"{cell} · {phase}"
        if place == self._now and fraction < 1 and time.monotonic() - self._last < 0.05:
            return
        self._last = time.monotonic()
        if place != self._now:
            self.progress.reset(self._cell, total=1.0, description=place, state=text, visible=True)
            self._now = place
        self.progress.update(self._cell, completed=fraction, state=text)

    def finished(self, record: CellRecord, from_store: bool) -> None:
        self.progress.advance(self._sweep)
        task = self.progress.tasks[self._sweep]
        self.progress.update(self._sweep, state=f"{int(task.completed)}/{int(task.total or 0)}")
        if not from_store:
            self.said(describe(record, from_store))

    def said(self, text: str) -> None:
        self.progress.console.print(text, highlight=False, soft_wrap=True, markup=False)


@contextmanager
def watching(quiet: bool = False) -> Iterator[Watcher]:
    """Follow a sweep on standard error: bars on a terminal, else lines; ``quiet`` says nothing."""
    if quiet or not sys.stderr.isatty():
        yield _Lines(quiet)
        return
    bars = _Bars()
    with bars.progress:
        yield bars
