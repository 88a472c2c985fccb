"""Agenda: which job comes next. Cells of one task stay together, and long ones come first."""

from __future__ import annotations

import math
from collections.abc import Iterable

from recbench.run.executors.base import Job

Task = tuple[object, ...]


class Agenda:
    """The jobs that wait, by task.

    A task is prepared by whoever opens it, and nobody else begins a cell of it before that is done:
    its classifier is trained once. Jobs whose time is unknown count as long.
    """

    def __init__(self, jobs: Iterable[Job]) -> None:
        self._waiting: dict[Task, _Waiting] = {}
        for job in jobs:
            self._waiting.setdefault(job.task, _Waiting()).add(job)
        for waiting in self._waiting.values():
            waiting.jobs.sort(key=_expected)
        self._opened: set[Task] = set()
        self._prepared: set[Task] = set()

    def next(self, last: Task | None) -> Job | None:
        """Return the next job for somebody whose last task was ``last``; None if there is none now."""
        task = last if last in self._waiting and last in self._prepared else self._choose()
        if task is None:
            return None
        self._opened.add(task)
        job = self._waiting[task].take()
        if not self._waiting[task].jobs:
            del self._waiting[task]
        return job

    def prepared(self, task: Task) -> None:
        """Say that the classifier and judge of a task are in the cache."""
        self._prepared.add(task)

    def _choose(self) -> Task | None:
        closed = [task for task in self._waiting if task not in self._opened]
        ready = [task for task in self._waiting if task in self._prepared]
        return max(closed or ready, key=lambda task: self._waiting[task].length, default=None)


class _Waiting:
    """The jobs of one task, shortest first, and how long they take together."""

    def __init__(self) -> None:
        self.jobs: list[Job] = []
        self._unknown, self._seconds = 0, 0.0

    @property
    def length(self) -> tuple[int, float]:
        return self._unknown, self._seconds

    def add(self, job: Job) -> None:
        self.jobs.append(job)
        self._count(job, 1)

    def take(self) -> Job:
        job = self.jobs.pop()
        self._count(job, -1)
        return job

    def _count(self, job: Job, sign: int) -> None:
        if job.expected is None:
            self._unknown += sign
        else:
            self._seconds += sign * job.expected


def _expected(job: Job) -> float:
    return math.inf if job.expected is None else job.expected
