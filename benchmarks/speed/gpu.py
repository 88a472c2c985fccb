"""Whether a GPU gives the CPU's answers, and how long each takes.

    python -m benchmarks.speed.gpu --datasets loan,adult --out results/reference/speed/gpu.md

Every method runs on the same people, on the CPU and on the device, and GenRe also with the paper's network.
The same tasks are prepared for both: classifiers and judges are always trained on the CPU. The means must
agree within .01, and a method must not fail on one of them alone; else the command fails.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pandas as pd

import recbench as rb

COMPARED = ("found", "cost", "validity", "lof", "score")
"""Metrics whose means are compared."""

APART = 0.01
"""Most that two means may differ."""

_PAPERS_NETWORK = {"network": "transformer", "steps": 300, "temperature": 0.2}


@click.command()
@click.option("--device", default="cuda", show_default=True, help="What is compared with the CPU.")
@click.option("--methods", default="all", show_default=True, help="Separated by commas.")
@click.option("--datasets", default="loan", show_default=True, help="Separated by commas.")
@click.option("--people", default=200, show_default=True, help="How many of each data set.")
@click.option("--out", type=click.Path(path_type=Path), help="Write the table here too.")
def command(device: str, methods: str, datasets: str, people: int, out: Path | None) -> None:
    """Compare and print a table."""
    suite = {"methods": _specs(methods), "datasets": datasets.split(","), "factuals": people}
    with tempfile.TemporaryDirectory() as scratch:
        here = _run(suite, "cpu", Path(scratch) / "cpu")
        there = _run(suite, device, Path(scratch) / "device")
    lines = list(_table(here, there))
    click.echo("\n".join(lines))
    if out:
        out.write_text("\n".join(lines) + "\n")
    if any(line.endswith("no |") for line in lines):
        raise SystemExit(1)


def _specs(methods: str) -> list[Any]:
    """Return the methods asked for, by default recbench's own, and GenRe with the paper's network."""
    own = [method.name for method in rb.methods() if "wrapped" not in method.traits]
    specs: list[Any] = own if methods == "all" else methods.split(",")
    if "genre" in specs:
        specs.append({"name": "genre", "params": _PAPERS_NETWORK})
    return specs


def _run(suite: dict[str, Any], device: str, results: Path) -> pd.DataFrame:
    asked = rb.Suite.model_validate({**suite, "device": device})
    return rb.run(asked, results=results, tracking=False, progress=True).frame()


def _table(cpu: pd.DataFrame, there: pd.DataFrame) -> Iterator[str]:
    """Yield the lines of the table; seconds are the CPU's and the device's."""
    yield "| Method | Data set | Fit (s) | there | Generate (s) | there | Farthest apart | Agrees |"
    yield "|---|---|---:|---:|---:|---:|---:|---|"
    both = cpu.merge(there, on=["dataset", "method"], suffixes=("", "_there"))
    for row in both.to_dict("records"):
        apart = {name: abs(row[name] - row[f"{name}_there"]) for name in COMPARED}
        farthest = max(apart, key=lambda name: apart[name])
        agrees = row["missing"] == row["missing_there"] and not apart[farthest] > APART
        columns = ("fit_seconds", "fit_seconds_there", "generate_seconds", "generate_seconds_there")
        seconds = [f"{row[name]:.2f}" for name in columns]
        cells = [row["method"], row["dataset"], *seconds, f"{farthest} {apart[farthest]:.4f}"]
        yield f"| {' | '.join(cells)} | {'yes' if agrees else 'no'} |"


if __name__ == "__main__":
    try:
        command()
    except rb.RecbenchError as error:
        raise SystemExit(f"error: {error}") from None
