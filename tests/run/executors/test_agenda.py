"""The order of jobs: tasks stay together, each is prepared once, long cells first."""

from __future__ import annotations

from dataclasses import replace

import pytest

from recbench.data.dataset import Dataset
from recbench.run.executors.agenda import Agenda
from recbench.run.executors.base import Job
from recbench.run.plan import plan
from recbench.suite import Suite


@pytest.fixture
def jobs(people: Dataset) -> dict[tuple[int, str], Job]:
    """Jobs by seed and method: two tasks of three cells."""
    suite = Suite.model_validate({"methods": ["unchanged", "nnr", "wachter"], "seeds": "0-1"})
    seconds = {"unchanged": 1.0, "nnr": 5.0, "wachter": 9.0}
    return {
        (cell.seed, cell.method): Job(cell, seconds[cell.method]) for cell in plan(suite, {"people": people})
    }


def test_a_task_is_finished_longest_cell_first(jobs: dict[tuple[int, str], Job]) -> None:
    agenda = Agenda(jobs.values())
    order, last = [], None
    while (job := agenda.next(last)) is not None:
        agenda.prepared(job.task)
        order.append((job.cell.seed, job.cell.method))
        last = job.task
    first = order[0][0]
    methods = ["wachter", "nnr", "unchanged"]
    assert order == [(seed, method) for seed in (first, 1 - first) for method in methods]


def test_nobody_else_begins_a_task_before_it_is_prepared(jobs: dict[tuple[int, str], Job]) -> None:
    agenda = Agenda(jobs.values())
    one, other = agenda.next(None), agenda.next(None)
    assert one is not None and other is not None
    assert one.task != other.task
    assert agenda.next(None) is None, "both tasks are being prepared"
    agenda.prepared(other.task)
    third = agenda.next(None)
    assert third is not None and third.task == other.task


def test_cells_of_unknown_length_come_first(jobs: dict[tuple[int, str], Job]) -> None:
    unknown = replace(jobs[0, "unchanged"], expected=None)
    agenda = Agenda([jobs[0, "wachter"], unknown, jobs[1, "wachter"]])
    assert agenda.next(None) == unknown
