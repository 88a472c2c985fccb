"""Local: several child processes on this machine, one cell at a time in each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from multiprocessing.connection import wait
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from recbench.run.executors.agenda import Agenda, Task
from recbench.run.executors.base import Host, Job, Limits
from recbench.run.executors.slot import WATCH, Slot
from recbench.store.record import Outcome

if TYPE_CHECKING:
    from recbench.data.dataset import Dataset


class Local:
    """Keeps ``slots`` child processes busy.

    Args:
        datasets: what the cells run on, by content hash.
        cache: folder of prepared tasks, which the children share.
        slots: how many processes.
        limits: what one cell may take.
    """

    def __init__(self, datasets: Mapping[str, Dataset], cache: Path, slots: int, limits: Limits) -> None:
        self._datasets = datasets
        self.slots = slots
        self._children = [Slot(limits) for _ in range(slots)]
        self._cache = cache
        self._last: dict[Slot, Task] = {}

    def __enter__(self) -> Local:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for slot in self._children:
            slot.close()

    def run(self, jobs: Sequence[Job], host: Host) -> Iterator[tuple[Job, Outcome]]:
        """See :class:`~recbench.run.executors.base.Executor`."""
        agenda = Agenda(jobs)
        while True:
            for slot in self._children:
                if slot.job is None and not host.stopping:
                    self._fill(slot, agenda, host)
            busy = [slot for slot in self._children if slot.job is not None]
            if not busy:
                return
            wait([slot.connection for slot in busy], timeout=WATCH)
            for slot in busy:
                job = slot.job
                assert job is not None
                outcome = slot.check(partial(_phase, agenda, host, job))
                if outcome is not None:
                    agenda.prepared(job.task)
                    yield job, outcome

    def _fill(self, slot: Slot, agenda: Agenda, host: Host) -> None:
        """Give an idle slot its next job, if there is one."""
        while (job := agenda.next(self._last.get(slot))) is not None:
            begun = host.begin(job)
            if begun is not None:
                self._last[slot] = begun.task
                slot.begin(begun, self._datasets[begun.cell.data_hash], self._cache)
                return
            # Nobody prepares the task of a job that need not begin: the next one of it may.
            agenda.prepared(job.task)


def _phase(agenda: Agenda, host: Host, job: Job, phase: str, fraction: float, text: str) -> None:
    if phase != "prepare":
        agenda.prepared(job.task)
    host.phase(job.cell, phase, fraction, text)
