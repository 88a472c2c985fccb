"""Kill -9 and signals at every moment: finished cells stay, the rest is computed, nothing runs twice."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import psutil
import pytest

from .conftest import Bench, cells, until

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("phase", ["fit", "generate"])
def test_a_killed_worker_is_replaced_and_its_cell_tried_once_more(
    bench: Bench, prepared: Path, phase: str
) -> None:
    bench.hold(phase)
    driver = bench.start("waits,unchanged,nnr", "--jobs", "2")
    until(lambda: bench.signed(phase))
    bench.let_go(phase)
    os.kill(bench.signed(phase)[0], signal.SIGKILL)
    said = driver.end()
    assert driver.code == 0, said
    assert len(set(bench.signed(phase))) in (1, 2)
    found = cells(bench.results)
    assert len(found) == 3
    same = cells(prepared)
    assert {key: found[key] for key in found if key in same} == {
        key: people for key, people in same.items() if key in found
    }


def test_a_killed_driver_loses_nothing_that_was_finished(bench: Bench, prepared: Path) -> None:
    bench.hold("generate")
    driver = bench.start("unchanged,nnr,waits", "--jobs", "2")
    until(lambda: bench.signed("generate") and len(cells(bench.results)) == 2)
    before = cells(bench.results)
    children = driver.children()
    assert children
    driver.send(signal.SIGKILL)
    driver.end()
    until(lambda: not any(child.is_running() for child in children), 10)
    bench.let_go("generate")
    code, said = bench.run("unchanged,nnr,waits", "--jobs", "2")
    assert code == 0, said
    assert "3 cells, 2 of them in the store" in said
    after = cells(bench.results)
    assert {key: after[key] for key in before} == before
    assert len(bench.signed("generate")) == 2
    assert not list((bench.results / "claims").iterdir())


@pytest.mark.parametrize("jobs", ["1", "2"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_one_signal_lets_the_running_cells_end(bench: Bench, number: signal.Signals, jobs: str) -> None:
    bench.hold("generate")
    # Inline, the cell after `waits` is left; in two processes, which take the last first, the one before.
    words = ("nnr,waits,unchanged", "--seeds", "0,1", "--jobs", jobs)
    driver = bench.start(*words)
    until(lambda: len(bench.signed("generate")) == int(jobs))
    driver.send(number)
    assert driver.process.stdout is not None
    for line in driver.process.stdout:
        if line.startswith("Stopping: the "):
            break
    bench.let_go("generate")
    said = driver.end()
    assert driver.code == 130
    assert "the same command goes on from there" in said
    assert "Traceback" not in said
    done = len(cells(bench.results))
    assert 1 <= done < 6, said
    code, said = bench.run(*words)
    assert code == 0, said
    assert f"6 cells, {done} of them in the store" in said


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_the_second_ctrl_c_stops_at_once(bench: Bench, jobs: str) -> None:
    bench.hold("generate")
    driver = bench.start("unchanged,waits", "--jobs", jobs)
    until(lambda: bench.signed("generate") and len(cells(bench.results)) == 1)
    children = driver.children()
    driver.send(signal.SIGINT)
    assert driver.process.stdout is not None
    for line in driver.process.stdout:
        if line.startswith("Stopping: "):  # the other cell may just be ending
            break
    driver.send(signal.SIGINT)
    said = driver.end(20)
    assert driver.code == 130
    assert "Finished cells are kept" in said
    assert len(cells(bench.results)) == 1
    assert not list(bench.results.glob(".writing-*"))
    assert not [child for child in children if child.is_running() and child.status() != psutil.STATUS_ZOMBIE]


def test_two_drivers_share_the_work_and_run_no_cell_twice(bench: Bench) -> None:
    bench.hold("generate")
    first = bench.start("waits,unchanged")
    until(lambda: bench.signed("generate"))
    second = bench.start("waits,unchanged,nnr")
    assert second.process.stdout is not None
    for line in second.process.stdout:
        if "being run by another driver" in line:
            break
    assert len(cells(bench.results)) == 2, "the second driver did what it could"
    bench.let_go("generate")
    said = first.end(), second.end()
    assert (first.code, second.code) == (0, 0), said
    assert len(bench.signed("generate")) == 1
    assert len(cells(bench.results)) == 3
    assert not list((bench.results / "claims").iterdir())
    assert not list((bench.results / "drivers").iterdir())


def test_a_dead_drivers_cell_is_taken_over(bench: Bench) -> None:
    bench.hold("generate")
    first = bench.start("waits")
    until(lambda: bench.signed("generate"))
    second = bench.start("waits,unchanged")
    until(lambda: len(cells(bench.results)) == 1)
    first.send(signal.SIGKILL)
    until(lambda: len(bench.signed("generate")) == 2)
    bench.let_go("generate")
    said = second.end()
    assert second.code == 0, said
    assert len(cells(bench.results)) == 2


def test_a_clock_that_jumps_back_changes_nothing(bench: Bench, tmp_path: Path, faulty: str) -> None:
    """Every second look at the wall clock is an hour earlier; time limits and waiting go by stopwatch."""
    site = tmp_path / "clock"
    site.mkdir()
    (site / "sitecustomize.py").write_text(
        "import itertools, time\n"
        "real, looks = time.time, itertools.count()\n"
        "time.time = lambda: real() - 3600 * (next(looks) % 2)\n"
    )
    bench._environment["PYTHONPATH"] = os.pathsep.join([str(site), faulty])
    code, said = bench.run("unchanged,nnr,slow", "--jobs", "2", "--cell-timeout", "12s")
    assert code == 3, said
    assert "timeout: people / mlp / slow / seed 0: stopped after 12 seconds" in said
    code, said = bench.run("unchanged,nnr", "--jobs", "2")
    assert code == 0
    assert "2 cells, 2 of them in the store" in said
