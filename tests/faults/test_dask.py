"""A real dask cluster whose parts are killed."""

from __future__ import annotations

import logging
import signal
from pathlib import Path

import pytest

from recbench.run.executors.base import Limits
from recbench.run.executors.dask import Dask
from recbench.run.executors.dask_worker import Running, differs

from .conftest import Bench, Cluster, cells, until

pytestmark = pytest.mark.slow


def test_every_executor_gives_the_same_bytes(bench: Bench, cluster: Cluster, prepared: Path) -> None:
    cluster.add_worker()
    cluster.add_worker()
    code, said = bench.run("unchanged,nnr", "--seeds", "0,1", "--scheduler", cluster.address)
    assert code == 0, said
    assert "dashboard http" in said
    by_dask = cells(bench.results)
    assert by_dask == cells(prepared), "dask and inline"
    code, said = bench.run("unchanged,nnr", "--seeds", "0,1", "--jobs", "2", "--fresh")
    assert code == 0, said
    assert cells(bench.results) == by_dask, "local and dask"


def test_as_many_cells_run_at_a_time_as_there_are_worker_threads(cluster: Cluster) -> None:
    cluster.add_worker("--nthreads", "2")
    with Dask({}, cluster.address, Limits(), {}) as executor:
        assert executor.slots == 2


def test_other_people_s_loggers_are_quiet_while_cells_run_and_no_longer(cluster: Cluster) -> None:
    cluster.add_worker()
    with Dask({}, cluster.address, Limits(), {}):
        assert logging.getLogger("asyncio").level == logging.CRITICAL
    assert logging.getLogger("asyncio").level != logging.CRITICAL


def test_a_killed_worker_loses_no_cell(bench: Bench, cluster: Cluster) -> None:
    first = cluster.add_worker()
    bench.hold("generate")
    driver = bench.start("waits,unchanged,nnr", "--scheduler", cluster.address)
    until(lambda: bench.signed("generate"))
    bench.let_go("generate")
    first.send_signal(signal.SIGKILL)
    first.wait()
    cluster.add_worker()
    said = driver.end()
    assert driver.code == 0, said
    assert len(cells(bench.results)) == 3


def test_a_killed_scheduler_is_one_clear_line_and_the_same_command_goes_on(
    bench: Bench, cluster: Cluster
) -> None:
    cluster.add_worker()
    bench.hold("generate")
    words = ("waits,unchanged", "--seeds", "0,1", "--scheduler", cluster.address)
    driver = bench.start(*words)
    until(lambda: bench.signed("generate"))
    cluster.scheduler.send_signal(signal.SIGKILL)
    cluster.scheduler.wait()
    said = driver.end()
    assert driver.code == 1, said
    assert f"error: the dask scheduler at {cluster.address} went away. Finished cells are kept" in said
    assert "Traceback" not in said
    bench.let_go("generate")
    before = cells(bench.results)
    cluster.close()
    cluster.start_scheduler()
    cluster.add_worker()
    code, said = bench.run(*words)
    assert code == 0, said
    after = cells(bench.results)
    assert len(after) == 4
    assert {key: after[key] for key in before} == before


def test_an_address_without_a_scheduler_is_one_clear_line(bench: Bench, cluster: Cluster) -> None:
    cluster.close()
    code, said = bench.run("unchanged", "--scheduler", cluster.address)
    assert code == 1
    assert f"error: there is no dask scheduler at {cluster.address}." in said
    assert "Traceback" not in said


def test_resources_that_no_worker_offers_are_one_clear_line(bench: Bench, cluster: Cluster) -> None:
    cluster.add_worker("--resources", "GPU=1")
    code, said = bench.run("unchanged", "--scheduler", cluster.address, "--resources", "GPU=2")
    assert code == 2, said
    assert f"no worker of {cluster.address} offers GPU=2." in said
    code, said = bench.run("unchanged", "--scheduler", cluster.address, "--resources", "GPU=1")
    assert code == 0, said


def test_other_code_on_a_worker_is_named() -> None:
    nnr = ("nnr", "mlp", "")
    ours = Running({"python": "3.11.7", "recbench": "1", "torch": "2.13.0"}, "c0re", {nnr: "ab"})
    assert differs(ours, ours) == ""
    old = Running({**ours.versions, "torch": "2.6.0"}, ours.core, ours.cells)
    assert differs(old, ours) == "has torch 2.6.0, the driver has 2.13.0"
    assert "source of recbench" in differs(Running(ours.versions, "other", ours.cells), ours)
    assert "another method 'nnr'" in differs(Running(ours.versions, ours.core, {nnr: "cd"}), ours)
