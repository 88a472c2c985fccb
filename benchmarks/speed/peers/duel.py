"""One group on one problem: everybody ready first, then in turn, again and again."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

import recbench as rb
from benchmarks.speed.peers.contestants import Entry, Group
from benchmarks.speed.peers.environments import UninstallableError
from benchmarks.speed.peers.quality import quality
from benchmarks.speed.peers.worker import ContestantError, Spent, Worker

_LONG = 30.0
"""Seconds of a call that is timed once."""


@dataclass(frozen=True)
class Problem:
    """A problem that was written to a folder.

    Attributes:
        name: of the data set.
        folder: with what contestants read.
        task: what its answers are judged by.
        people: (n, d) encoded.
    """

    name: str
    folder: Path
    task: rb.RecourseTask
    people: Tensor


@dataclass
class Side:
    """A contestant, its process and what was measured of it."""

    entry: Entry
    sizes: list[int]
    worker: Worker | None = None
    fit: Spent | None = None
    first: dict[int, Spent] = field(default_factory=dict)
    times: dict[int, list[Spent]] = field(default_factory=dict)
    failure: str = ""

    def fail(self, error: Exception) -> None:
        """Note why there is nothing more to measure."""
        self.failure, self.worker = str(error), None


def duel(
    group: Group, problem: Problem, repeats: int, limit: float, say: Callable[[str], None]
) -> list[dict[str, Any]]:
    """Return a row for each contestant of a group and number of people.

    Args:
        group: who.
        problem: what.
        repeats: how often each number of people is timed; contestants take turns.
        limit: seconds that any one request may take; a contestant that takes longer is out.
        say: told who is at work.
    """
    whole = len(problem.people)
    sides = [Side(entry, [whole if entry.most is None else min(entry.most, whole)]) for entry in group.peers]
    sizes = sorted({whole, *(side.sizes[0] for side in sides)})
    sides = [*(Side(Entry(name), sizes) for name in group.ours), *sides]
    try:
        for side in sides:
            say(f"{problem.name}: {side.entry.label}, {', '.join(f'{n:,}' for n in side.sizes)} people")
            _prepare(side, problem, limit)
        for turn in range(repeats):
            for side in sides:
                _time(side, problem, keep=turn == 0)
    finally:
        for side in sides:
            if side.worker:
                side.worker.close()
    return [row for side in sides for row in _rows(side, side.entry.name in group.ours, group, problem)]


def _prepare(side: Side, problem: Problem, limit: float) -> None:
    try:
        worker = Worker(side.entry.command(problem.folder), limit, side.entry.variables)
        side.worker = worker
        worker.ready()
        side.fit = worker.ask("fit")
        for people in side.sizes:
            side.first[people] = worker.ask("warm", people)
    except (ContestantError, UninstallableError) as error:
        side.fail(error)


def _time(side: Side, problem: Problem, keep: bool) -> None:
    for people in side.sizes:
        if side.worker is None:
            return
        times = side.times.setdefault(people, [])
        if times and times[0].seconds > _LONG:
            continue
        answers = _answers(side, people, problem) if keep else None
        try:
            times.append(side.worker.ask("generate", people, answers))
        except ContestantError as error:
            side.fail(error)


def _answers(side: Side, people: int, problem: Problem) -> Path:
    label = "".join(letter if letter.isalnum() else "-" for letter in side.entry.label)
    return problem.folder / f"{label}-{people}.npy"


def _rows(side: Side, ours: bool, group: Group, problem: Problem) -> Iterator[dict[str, Any]]:
    for people in side.sizes:
        row: dict[str, Any] = {
            "dataset": problem.name,
            "group": group.ours[0],
            "method": side.entry.label,
            "ours": ours,
            "people": people,
            "failure": side.failure,
        }
        if side.fit:
            row |= {"fit_seconds": side.fit.seconds, "fit_cpu": side.fit.cpu}
        if times := side.times.get(people):
            seconds = statistics.median(one.seconds for one in times)
            cpu = statistics.median(one.cpu for one in times)
            row |= {
                "first_seconds": side.first[people].seconds,
                "seconds": seconds,
                "cpu": cpu,
                "repeats": len(times),
                "per_second": people / seconds,
                "per_cpu_second": people / cpu,
                "peak": max(one.peak for one in times),
            }
        answers = _answers(side, people, problem)
        if answers.exists():
            row |= quality(problem.task, problem.people[:people], np.load(answers))
        yield row
