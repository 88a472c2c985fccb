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
from dataclasses import replace
from pathlib import Path

import click
import numpy as np

import recbench as rb

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
            record = rb.open_results(home).record(method)
            took = time.perf_counter() - started
            click.echo(
                f"| {method} | {record.people:,} | {record.fit_seconds:.1f} | {record.generate_seconds:.0f}"
                f" | {took:.0f} | {usage.ru_maxrss / 2**20:.2f} |"
            )


def run_one(method: str, people: int, results: Path) -> None:
    """Run one method on so many people."""
    judge = {"gold": {"kind": "known"}, "lof": {"algorithm": "kd_tree"}}
    suite = rb.Suite.model_validate({"methods": [method], "factuals": people, "judge": judge})
    done = rb.run(suite, datasets=crowd(people), results=results, tracking=False, progress=True)
    sys.exit(1 if done.sweep is None or done.sweep.failed else 0)


def crowd(people: int) -> rb.Dataset:
    """Return loan with so many test rows that ``people`` of them are turned down."""
    drawn = rb.draw_people("loan", round(_DRAWN * people), np.random.default_rng(1))
    return replace(rb.load_dataset("loan"), test=drawn)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        run_one(sys.argv[2], int(sys.argv[3]), Path(sys.argv[4]))
    command()
