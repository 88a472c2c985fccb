"""What two jobs gain, and what recbench itself takes beside fit and generate.

    python -m benchmarks.speed.parallel --repeats 3

A sweep of 12 cells of at least ten seconds each (GenRe on `loan`, one seed per cell, trained long), one
thread per cell, tasks prepared beforehand: `--jobs 1` against `--jobs 2`, in turn. Wants a machine with
two idle cores.

What recbench itself takes is everything outside fit and generate: starting the process, planning, scoring,
storing, the table. Preparing tasks stands apart: here it is reading gold labellers, classifiers and judges
from the cache, which is timed by itself.
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

import recbench as rb


@click.command()
@click.option("--repeats", default=3, show_default=True, help="Of each number of jobs; the median counts.")
@click.option("--cells", default=12, show_default=True, help="Of a sweep.")
@click.option("--steps", default=700, show_default=True, help="Training steps of GenRe: they set the length.")
def command(repeats: int, cells: int, steps: int) -> None:
    """Measure and print a table."""
    with tempfile.TemporaryDirectory() as scratch:
        ready = Path(scratch) / "ready"
        _run(ready, cells, "unchanged")
        took: dict[int, list[float]] = {1: [], 2: []}
        lengths: dict[int, list[float]] = {1: [], 2: []}
        own, whole = [], []
        for _ in range(repeats):
            for jobs, times in took.items():
                results = Path(scratch) / "results"
                shutil.rmtree(results, ignore_errors=True)
                shutil.copytree(ready / "cache", results / "cache")
                started = time.perf_counter()
                _run(results, cells, "genre", "--set", f"genre.steps={steps}", "--jobs", str(jobs))
                times.append(time.perf_counter() - started)
                spent = [
                    (record.fit_seconds or 0.0) + (record.generate_seconds or 0.0)
                    for record in rb.open_results(results).records()
                ]
                lengths[jobs] += spent
                if jobs == 1:
                    outside = times[-1] - sum(spent)
                    whole.append(outside / times[-1])
                    own.append((outside - _reading(ready, cells)) / times[-1])
    one, two = statistics.median(took[1]), statistics.median(took[2])
    click.echo("| Jobs | Seconds (median) | Share of one job | Cell, seconds (median) | Shortest cell |")
    click.echo("|---:|---:|---:|---:|---:|")
    for jobs, median in ((1, one), (2, two)):
        typical, shortest = statistics.median(lengths[jobs]), min(lengths[jobs])
        click.echo(f"| {jobs} | {median:.1f} | {median / one:.2f} | {typical:.1f} | {shortest:.1f} |")
    outside, reading = statistics.median(own), statistics.median(whole)
    click.echo(
        f"\nOutside fit and generate, with one job: {outside:.1%}, with reading the tasks {reading:.1%}."
    )


class _Preparing:
    """A watcher that adds up the seconds for which tasks are prepared."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._since: float | None = None

    def planned(self, cells: int, stored: int) -> None: ...

    def phase(self, cell: object, phase: str, fraction: float, text: str) -> None:
        if phase == "prepare":
            self._since = time.perf_counter()
        elif self._since is not None:
            self.seconds += time.perf_counter() - self._since
            self._since = None

    def finished(self, record: rb.CellRecord, left: float | None) -> None: ...

    def said(self, text: str) -> None: ...


def _reading(results: Path, cells: int) -> float:
    """Return the seconds that reading all prepared tasks of a finished run takes."""

    def read(seeds: int | str) -> float:
        watcher = _Preparing()
        rb.run(
            methods="unchanged", seeds=seeds, results=results, fresh=True, tracking=False, progress=watcher
        )
        return watcher.seconds

    read("0")  # Importing what it needs belongs to starting the process.
    return read(f"0-{cells - 1}")


def _run(results: Path, cells: int, method: str, *more: str) -> None:
    words = ["run", "--methods", method, "--seeds", f"0-{cells - 1}", "--results", str(results), *more]
    subprocess.run(
        [sys.executable, "-m", "recbench", *words, "--no-tracking"], check=True, capture_output=True
    )


if __name__ == "__main__":
    command()
