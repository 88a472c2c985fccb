"""Seconds and memory of one method after another, each in a process of its own, as a problem grows."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

import recbench as rb
from benchmarks.speed.growth.wide import wide
from benchmarks.speed.peers.contestants import Entry
from benchmarks.speed.peers.problem import write_problem
from benchmarks.speed.peers.worker import ContestantError, Spent, Worker

Say = Callable[[str], None]
_NOTHING = Spent(float("nan"), float("nan"), float("nan"))


def by_people(
    methods: Sequence[str],
    sizes: Sequence[int],
    task: rb.Task,
    scratch: Path,
    repeats: int,
    limit: float,
    say: Say,
) -> Iterator[dict[str, Any]]:
    """Yield a row per method and number of people, who are drawn with repetition from those turned down.

    Args:
        methods: of the registry.
        sizes: numbers of people, growing.
        task: whose people.
        scratch: folder for the problem.
        repeats: the median counts; what takes more than a tenth of the limit is timed once.
        limit: seconds that answering may take. A size that would take longer, by the one before, is left out.
        say: told what runs.
    """
    negatives = task.dataset.encoder.encode(task.rejected())
    drawn = np.random.default_rng(0).integers(len(negatives), size=max(sizes))
    people = negatives[torch.from_numpy(drawn)]
    write_problem(task, people, np.arange(len(people)), scratch)
    for method in methods:
        entry = Entry(method)
        worker = Worker(entry.command(scratch), limit, entry.variables)
        fit, expected = _NOTHING, 0.0
        try:
            worker.ready()
            fit = worker.ask("fit")
            worker.ask("warm", min(sizes))
            for size in sizes:
                if expected * size > limit:
                    raise ContestantError(f"left out: about {expected * size:,.0f} s")
                say(f"{method}: {size:,} people")
                spent = _median(worker, size, repeats, limit)
                expected = spent.seconds / size
                yield _row("people", method, size, fit, spent)
        except ContestantError as error:
            yield _row(
                "people", method, size if fit is not _NOTHING else min(sizes), fit, _NOTHING, str(error)
            )
        finally:
            worker.close()


def by_features(
    methods: Sequence[str],
    widths: Sequence[int],
    rows: int,
    people: int,
    scratch: Path,
    cache: Path,
    repeats: int,
    limit: float,
    say: Say,
) -> Iterator[dict[str, Any]]:
    """Yield a row per method and number of features of a generated table.

    Args:
        methods: of the registry.
        widths: numbers of features, growing. A method that took longer than the limit gets no wider table.
        rows: of training.
        people: who are answered.
        scratch: folder for the problems.
        cache: folder of trained classifiers.
        repeats: of answering; fitting is timed once.
        limit: seconds that fitting or answering may take.
        say: told what runs.
    """
    out: set[str] = set()
    for width in widths:
        say(f"preparing {rows:,} rows of {width} features")
        task = rb.make_task(wide(width, rows), cache=cache)
        chosen = task.rejected(people)
        folder = scratch / str(width)
        write_problem(task, task.dataset.encoder.encode(chosen), chosen.index.to_numpy(), folder)
        for method in methods:
            if method in out:
                continue
            say(f"{method}: {width} features")
            entry = Entry(method)
            worker = Worker(entry.command(folder), limit, entry.variables)
            fit = _NOTHING
            try:
                worker.ready()
                fit = worker.ask("fit")
                worker.ask("warm", len(chosen))
                yield _row("features", method, width, fit, _median(worker, len(chosen), repeats, limit))
            except ContestantError as error:
                out.add(method)
                yield _row("features", method, width, fit, _NOTHING, str(error))
            finally:
                worker.close()


def _median(worker: Worker, people: int, repeats: int, limit: float) -> Spent:
    times = [worker.ask("generate", people)]
    while len(times) < repeats and times[0].seconds < limit / 10:
        times.append(worker.ask("generate", people))
    return Spent(
        statistics.median(one.seconds for one in times),
        statistics.median(one.cpu for one in times),
        times[-1].peak,
    )


def _row(axis: str, method: str, size: int, fit: Spent, spent: Spent, failure: str = "") -> dict[str, Any]:
    return {
        "axis": axis,
        "method": method,
        "size": size,
        "seconds": spent.seconds,
        "cpu": spent.cpu,
        "fit_seconds": fit.seconds,
        "fit_cpu": fit.cpu,
        "peak": spent.peak,
        "failure": failure,
    }
