"""What two jobs gain, and what recbench itself takes beside fit and generate.

    python -m benchmarks.speed.parallel --repeats 3

A sweep of 12 cells of at least ten seconds each (GenRe on `loan`, one seed per cell, trained long), one
thread per cell, tasks prepared beforehand: `--jobs 1` against `--jobs 2`, in turn. Wants a machine with
two idle cores.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import click

from recbench.store import Store

_CELLS = 12


@click.command()
@click.option("--repeats", default=3, show_default=True, help="Of each number of jobs; the median counts.")
@click.option("--steps", default=600, show_default=True, help="Training steps of GenRe: they set the length.")
def command(repeats: int, steps: int) -> None:
    """Measure and print a table."""
    with tempfile.TemporaryDirectory() as scratch:
        ready = Path(scratch) / "ready"
        _run(ready, "unchanged")
        took: dict[int, list[float]] = {1: [], 2: []}
        own, shortest = [], []
        for _ in range(repeats):
            for jobs, times in took.items():
                results = Path(scratch) / "results"
                shutil.rmtree(results, ignore_errors=True)
                shutil.copytree(ready / "cache", results / "cache")
                started = time.perf_counter()
                _run(results, "genre", "--set", f"genre.steps={steps}", "--jobs", str(jobs))
                times.append(time.perf_counter() - started)
                spent = [
                    (record.fit_seconds or 0.0) + (record.generate_seconds or 0.0)
                    for record in Store(results).records()
                ]
                shortest.append(min(spent))
                if jobs == 1:
                    own.append(1 - sum(spent) / times[-1])
    one, two = statistics.median(took[1]), statistics.median(took[2])
    click.echo("| Jobs | Seconds (median) | Share of one job |\n|---:|---:|---:|")
    click.echo(f"| 1 | {one:.1f} | 1.00 |\n| 2 | {two:.1f} | {two / one:.2f} |\n")
    click.echo(f"Shortest cell: {min(shortest):.1f} s. Outside fit and generate (one job, process start and")
    click.echo(f"reading the prepared tasks included): {statistics.median(own):.1%} of the time.")


def _run(results: Path, method: str, *more: str) -> None:
    words = ["run", "--methods", method, "--seeds", f"0-{_CELLS - 1}", "--results", str(results), *more]
    subprocess.run(
        [sys.executable, "-m", "recbench", *words, "--no-tracking"], check=True, capture_output=True
    )


if __name__ == "__main__":
    command()
