"""Methods that misbehave: each is a result with its reason, and every other cell goes on."""

from __future__ import annotations

import json

import psutil
import pytest

from recbench.store.folder import Store

from .conftest import Bench, Cluster, cells

FAULTY = "raises,silent,narrow,double,exits,crashes,eats,slow,unchanged,nnr"
LIMITS = ("--cell-timeout", "15s", "--cell-memory", "1500M")
ENDS = {
    "raises": ("failed", "RuntimeError: it broke badly"),
    "silent": ("done", ""),
    "narrow": ("failed", "narrow"),
    "double": ("failed", "float64"),
    "exits": ("lost", "its process ended with exit code 7, 2 times"),
    "crashes": ("lost", "its process was ended by SIGSEGV, 2 times"),
    "eats": ("out of memory", "stopped above 1.46 GiB (--cell-memory)"),
    "slow": ("timeout", "stopped after 15 seconds (--cell-timeout)"),
    "unchanged": ("done", ""),
    "nnr": ("done", ""),
}


@pytest.mark.slow
@pytest.mark.parametrize("executor", ["local", "dask"])
def test_each_fault_is_a_result_with_its_reason(
    bench: Bench, executor: str, request: pytest.FixtureRequest, prepared: object
) -> None:
    where: tuple[str, ...] = ("--jobs", "2")
    if executor == "dask":
        cluster: Cluster = request.getfixturevalue("cluster")
        cluster.add_worker()
        where = ("--scheduler", cluster.address)
    code, said = bench.run(FAULTY, *LIMITS, *where)
    assert code == 3, said
    assert "Traceback" not in said
    records = {record.cell.method: record for record in Store(bench.results).records()}
    assert set(records) == set(ENDS)
    for method, (status, reason) in ENDS.items():
        assert records[method].status == status, (method, records[method].reason)
        assert reason in records[method].reason
        if status not in ("done", "failed"):
            assert f"{status}: people / mlp / {method} / seed 0: " in said
    store = Store(bench.results)
    trace = {method: store.read(record.key).traceback for method, record in records.items()}  # type: ignore[union-attr]
    assert "RuntimeError: it broke" in trace["raises"]
    assert "about to leave" in trace["exits"], "what the process printed last is kept"
    assert "Segmentation fault" in trace["crashes"]
    assert records["silent"].found == 0
    same = cells(prepared)  # type: ignore[arg-type]
    for method in ("unchanged", "nnr"):
        assert cells(bench.results)[records[method].key] == same[records[method].key]


@pytest.mark.slow
def test_faults_stand_in_the_table(bench: Bench, recbench) -> None:  # type: ignore[no-untyped-def]
    code, said = bench.run("exits,unchanged", "--jobs", "2")
    assert code == 3, said
    table = json.loads(recbench("table", "--results", bench.results, "--format", "json").stdout)
    problems = {row["method"]: row["problems"] for row in table}
    assert problems["exits"]["0"].startswith("lost: its process ended with exit code 7")
    status = json.loads(recbench("status", "--results", bench.results, "--json").stdout)
    assert status["ended"] == {"done": 1, "lost": 1}
    assert not status["at_work"]
    left = [
        one for one in psutil.process_iter(["cmdline"]) if str(bench.results) in (one.info["cmdline"] or [])
    ]
    assert left == [], "no process is left behind"
