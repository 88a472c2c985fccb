"""A million people in one cell: seconds and peak memory.

    python -m benchmarks.speed.million --people 1000000 --methods wachter,genre

The people are drawn from the equations of `loan` until enough are turned down; training rows are loan's
own 4,000. The judge is the known label equation (a forest on a million rows takes hours), and LOF uses a
kd-tree. Every method runs in a process of its own, in chunks of 10,000 people.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import click
import numpy as np
from recbench.cli.watch import watching

from recbench.data.catalogue.loading import load
from recbench.data.catalogue.loan import approval, sample
from recbench.data.dataset import Dataset
from recbench.run.executors import make_executor
from recbench.run.plan import plan
from recbench.run.sweep import run_sweep
from recbench.store.folder import Store
from recbench.suite import Suite

_DRAWN = 2.2
"""People drawn per person wanted: more than half are turned down."""


@click.command()
@click.option("--people", default=1_000_000, show_default=True, help="How many.")
@click.option("--methods", default="wachter,genre", show_default=True, help="Separated by commas.")
@click.option("--results", type=click.Path(path_type=Path), help="Where. Default: a temporary folder.")
def command(people: int, methods: str, results: Path | None) -> None:
    """Measure and print a table."""
    with tempfile.TemporaryDirectory() as scratch:
        home = results or Path(scratch)
        click.echo("| Method | People | Fit s | Generate s | Whole run s | Peak memory (GiB) |")
        click.echo("|---|---:|---:|---:|---:|---:|")
        for method in methods.split(","):
            words = [sys.executable, "-m", __spec__.name, "--one", method, str(people), str(home)]
            started = time.perf_counter()
            process = subprocess.Popen(words, stdout=subprocess.DEVNULL)
            _, status, usage = os.wait4(process.pid, 0)
            if os.waitstatus_to_exitcode(status):
                raise SystemExit(f"{method} failed")
            (record,) = Store(home).records(method=method)
            took = time.perf_counter() - started
            click.echo(
                f"| {method} | {record.people:,} | {record.fit_seconds:.1f} | {record.generate_seconds:.0f}"
                f" | {took:.0f} | {usage.ru_maxrss / 2**20:.2f} |"
            )


def run_one(method: str, people: int, results: Path) -> None:
    """Run one method on so many people."""
    dataset = crowd(people)
    judge = {"gold": {"kind": "known"}, "lof": {"algorithm": "kd_tree"}}
    asked = {"datasets": ["loan"], "methods": [method], "factuals": people, "judge": judge}
    suite = Suite.model_validate(asked)
    with watching() as watcher:
        executor = make_executor([dataset], results / "cache")
        cells = plan(suite, {"loan": dataset})
        sweep = run_sweep(suite, cells, executor, Store(results), None, watcher)
    sys.exit(1 if sweep.failed else 0)


def crowd(people: int) -> Dataset:
    """Return loan with so many test rows that ``people`` of them are turned down."""
    own = load("loan")
    drawn = sample(round(_DRAWN * people), np.random.default_rng(1))
    return Dataset(own.name, own.schema, own.train, drawn, own.source, own.licence, own.citation, approval)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        run_one(sys.argv[2], int(sys.argv[3]), Path(sys.argv[4]))
    command()
