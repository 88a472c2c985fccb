"""What the driver and an executor say to each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from recbench.store.cell import Cell
from recbench.store.record import CellRecord, Outcome, Status

if TYPE_CHECKING:
    import pandas as pd

TRIES = 2
"""How often a cell whose process died is begun."""


@dataclass(frozen=True)
class Stored:
    """What is stored of a finished cell."""

    record: CellRecord
    people: pd.DataFrame


@dataclass(frozen=True)
class Job:
    """A cell to run, or one to score.

    Attributes:
        cell: the cell.
        expected: seconds it will take by what is known; None if nothing is.
        missing: the metrics that a stored cell lacks; empty runs the cell.
        stored: the stored cell, from the moment that scoring it begins.
        prepares: only the task is prepared, so that it lies in the cache.
    """

    cell: Cell
    expected: float | None = None
    missing: tuple[str, ...] = ()
    stored: Stored | None = None
    prepares: bool = False

    @property
    def task(self) -> tuple[object, ...]:
        """Jobs with an equal task share gold labeller, classifier and judge."""
        cell = self.cell
        recipe, lof = cell.recipe.model_dump_json(), cell.lof.model_dump_json()
        return cell.data_hash, recipe, lof, cell.seed, cell.threads, cell.device


class Host(Protocol):
    """The driver, as an executor sees it."""

    @property
    def stopping(self) -> bool:
        """Whether nothing new shall begin."""

    def begin(self, job: Job) -> Job | None:
        """Say that a job is about to begin; None if it need not, or if another driver has it."""

    def phase(self, cell: Cell, phase: str, fraction: float, text: str) -> None:
        """Say how far a cell is."""

    def said(self, text: str) -> None:
        """Say something the user should know."""


class Executor(AbstractContextManager["Executor"], Protocol):
    """Computes jobs. As a context manager it frees its processes or connections on leaving."""

    @property
    def slots(self) -> int:
        """How many jobs run at a time, as far as is known."""

    def run(self, jobs: Sequence[Job], host: Host) -> Iterator[tuple[Job, Outcome]]:
        """Yield each job that ``host`` let begin with its outcome, in the order in which they end."""


@dataclass(frozen=True)
class Limits:
    """What one cell may take. None is no limit.

    Attributes:
        seconds: of wall clock for fit, generate and scoring together; preparing the task does not count.
        memory: bytes of resident memory of the process that computes the cell and all that it started.
    """

    seconds: float | None = None
    memory: int | None = None

    def __bool__(self) -> bool:
        return self.seconds is not None or self.memory is not None


def ended(job: Job, status: Status, reason: str, trace: str = "") -> Outcome:
    """Return the outcome of a cell that could not report its own."""
    from recbench.run.execute import blank_record

    update = {"status": status, "reason": reason, "traceback": trace}
    return Outcome(blank_record(job.cell).model_copy(update=update))
