"""Sweep: the driver. Takes cells from the store, has the others run, and is the store's only writer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from recbench.hashing import digest
from recbench.run.executors.base import Executor, Job, Stored
from recbench.run.forecast import expected
from recbench.run.stopping import Stop
from recbench.run.versions import missing_scores
from recbench.store.cell import Cell, labels_of
from recbench.store.claims import Claims
from recbench.store.folder import Store, unwritable
from recbench.store.index import State
from recbench.store.live import Live
from recbench.store.paths import PEOPLE
from recbench.store.record import CellRecord, Outcome, Status
from recbench.store.sweeps import note_sweep
from recbench.suite import Suite

_LOOK = 1.0
"""Seconds between two looks at cells that another driver runs."""


class Watcher(Protocol):
    """Whoever follows a sweep: the terminal, a log, a test."""

    def planned(self, cells: int, stored: int) -> None:
        """The sweep begins: how many cells there are, and how many the store has."""

    def phase(self, cell: Cell, phase: str, fraction: float, text: str) -> None:
        """A cell is at ``fraction`` of a phase."""

    def finished(self, record: CellRecord, left: float | None) -> None:
        """A cell has been run or scored; ``left`` is the expected seconds until the sweep ends."""

    def said(self, text: str) -> None:
        """Something the user should know."""


class Tracker(Protocol):
    """Whoever keeps an image of the results where people compare them. It never raises."""

    @property
    def problem(self) -> str:
        """One line on what the image lacks, why, and how to mend it; empty if all is well."""

    def log(self, record: CellRecord, people: Path | None, sweep: str) -> bool:
        """Show a finished cell, with its ``people.parquet`` if it has one; return whether it is shown."""

    def summarise(self, store: Store, sweep: str) -> object:
        """Sum up a sweep of which every cell has been logged."""


@dataclass
class Sweep:
    """What a sweep did. ``id`` is the same for the same cells, so that going on does not start anew.

    Attributes:
        id: of the sweep.
        ran: cells that were run or scored now.
        from_store: cells that were there, this driver's or another's.
        failed: the records of those that did not finish.
        stopped: whether it was asked to end before its last cell.
    """

    id: str
    ran: int = 0
    from_store: int = 0
    failed: list[CellRecord] = field(default_factory=list)
    stopped: bool = False


def sweep_id(cells: Sequence[Cell]) -> str:
    """Return the id of a sweep over these cells."""
    return digest(sorted(cell.key for cell in cells), 12)


def run_sweep(
    suite: Suite,
    cells: Sequence[Cell],
    executor: Executor,
    store: Store,
    tracker: Tracker | None,
    watcher: Watcher,
    fresh: bool = False,
) -> Sweep:
    """Have every cell run that the store does not have, and return what was done.

    Args:
        suite: what the user asked for, noted beside the results.
        cells: the plan.
        executor: where cells are computed; it is freed at the end.
        store: where finished cells are and go.
        tracker: is given every cell of the sweep and sums it up; None if nobody keeps an image.
        watcher: is told what happens.
        fresh: run stored cells again.

    Raises:
        RecbenchError: results cannot be written. Finished cells are kept.
    """
    sweep = Sweep(sweep_id(cells))
    jobs = _jobs(cells, store, fresh)
    to_do = {job.cell.key for job in jobs}
    stored = [cell for cell in cells if cell.key not in to_do]
    with ExitStack() as stack:
        try:
            note_sweep(store.root, suite, sweep.id, cells)
            claims = stack.enter_context(Claims(store.root))
        except OSError as error:
            raise unwritable(store.root, error) from error
        live = Live(
            store.root,
            sweep.id,
            claims.id,
            ((job.cell, job.expected) for job in jobs),
            lambda: executor.slots,
        )
        stack.enter_context(closing(live))
        driver = _Driver(sweep, store, tracker, watcher, claims, live, fresh)
        driver.say_notices()
        watcher.planned(len(cells), len(stored))
        stack.enter_context(driver.stop)
        stack.enter_context(executor)
        driver.take(stored)
        driver.run(jobs, executor)
    sweep.stopped = driver.stop.requested
    if tracker is not None:
        tracker.summarise(store, sweep.id)
        if tracker.problem:
            watcher.said(tracker.problem)
    return sweep


def _jobs(cells: Sequence[Cell], store: Store, fresh: bool) -> list[Job]:
    """Return what is to be done: cells to run, and stored ones that lack metrics."""
    states = dict(store.states())
    if fresh:
        states.clear()
    jobs = list(to_do(cells, states))
    to_run = [job.cell for job in jobs if not job.missing]
    if not to_run:
        return jobs
    known = dict(zip((cell.key for cell in to_run), expected(to_run, store.latest()), strict=True))
    return [job if job.missing else replace(job, expected=known[job.cell.key]) for job in jobs]


def to_do(cells: Iterable[Cell], states: Mapping[str, State]) -> Iterator[Job]:
    """Yield what is to be done where the store is in these states: cells to run, and stored ones to score."""
    for cell in cells:
        state = states.get(cell.key)
        if state is None or state.status != Status.DONE:
            yield Job(cell)
            continue
        missing = missing_scores(state.scores, cell.recipe.gold, cell.lof, cell.metrics)
        if missing:
            yield Job(cell, 0.0, tuple(missing))


class _Driver:
    """One sweep on its way: lets jobs begin, and puts what comes back where it belongs."""

    def __init__(
        self,
        sweep: Sweep,
        store: Store,
        tracker: Tracker | None,
        watcher: Watcher,
        claims: Claims,
        live: Live,
        fresh: bool,
    ) -> None:
        self._sweep, self._store, self._tracker, self._watcher = sweep, store, tracker, watcher
        self._claims, self._live, self._fresh = claims, live, fresh
        self.stop = Stop(self._say_stopping)
        self._running: set[str] = set()
        self._elsewhere: list[Job] = []
        self._found: list[Cell] = []

    @property
    def stopping(self) -> bool:
        return self.stop.requested

    def begin(self, job: Job) -> Job | None:
        """Claim a cell. Another driver may have it, or have finished it since the plan was made."""
        cell = job.cell
        try:
            # Two labels may stand for the same cell.
            mine = cell.key not in self._running and self._claims.take(cell.key)
        except OSError as error:
            raise unwritable(self._store.root, error) from error
        if not mine:
            self._elsewhere.append(job)
            return None
        stored = None if self._fresh else self._store.read(cell.key)
        self.say_notices()
        if stored is not None and stored.status == Status.DONE:
            scores = {name: score.key for name, score in stored.scores.items()}
            missing = missing_scores(scores, cell.recipe.gold, cell.lof, cell.metrics)
            if not missing:
                self._claims.release(cell.key)
                self._found.append(cell)
                return None
            job = replace(job, missing=tuple(missing), stored=Stored(stored, self._store.people(cell.key)))
        elif job.missing:
            job = replace(job, missing=(), expected=None)
        self._running.add(cell.key)
        self._live.phase(cell, "begin", 0.0)
        return job

    def phase(self, cell: Cell, phase: str, fraction: float, text: str) -> None:
        self._live.phase(cell, phase, fraction)
        self._watcher.phase(cell, phase, fraction, text)

    def said(self, text: str) -> None:
        self._watcher.said(text)

    def run(self, jobs: Sequence[Job], executor: Executor) -> None:
        """Have all jobs done; wait for those that another driver has."""
        told = False
        while jobs and not self.stopping:
            for job, outcome in executor.run(jobs, self):
                self._finish(job, outcome)
            found, self._found = self._found, []
            self.take(found)
            jobs, self._elsewhere = self._elsewhere, []
            if jobs and not told:
                self.said(f"{len(jobs)} cells are being run by another driver: waiting for them.")
                told = True
            if jobs:
                self.stop.wait(_LOOK)

    def take(self, cells: Sequence[Cell]) -> None:
        """Count cells that the store has, and show them as part of this sweep."""
        self._sweep.from_store += len(cells)
        for cell in cells:
            self._live.ended(cell)
        if self._tracker is not None:
            for record in self._store.some(labels_of(cells)):
                self._track(record)

    def say_notices(self) -> None:
        """Pass on what the store has found."""
        for notice in self._store.notices:
            self.said(notice)
        self._store.notices.clear()

    def _finish(self, job: Job, outcome: Outcome) -> None:
        cell = job.cell
        if job.stored is not None and outcome.record.status.is_failure:
            outcome = _unscored(job.stored, job.missing, outcome.record)
        with self.stop.held_off():
            record = self._store.write(outcome.record, outcome.people)
            self._claims.release(cell.key)
        self._running.discard(cell.key)
        self._live.ended(cell)
        record = record.relabelled(cell.label)
        self._sweep.ran += 1
        if record.status.is_failure:
            self._sweep.failed.append(record)
        if self._tracker is not None:
            self._track(record)
        self._watcher.finished(record, self._live.left)

    def _track(self, record: CellRecord) -> None:
        assert self._tracker is not None
        people = self._store.cells / record.key / PEOPLE
        self._tracker.log(record, people if people.is_file() else None, self._sweep.id)

    def _say_stopping(self) -> None:
        running = len(self._running)
        these = "the cell that runs ends" if running == 1 else f"the {running} cells that run end"
        self.said(f"Stopping: {these} first. Ctrl-C again stops at once.")


def _unscored(stored: Stored, missing: Sequence[str], failure: CellRecord) -> Outcome:
    """Return a finished cell as it was, with why it could not be scored: its recourse stays."""
    reason = f"{failure.status}: {failure.reason}"
    unscored = {**stored.record.unscored, **dict.fromkeys(missing, reason)}
    return Outcome(stored.record.model_copy(update={"unscored": unscored}), stored.people)
