"""Did a method become slower since the last release? A minute, without anybody else's library.

    python -m benchmarks.speed.quick            # fails where something got worse by half since baseline.json
    python -m benchmarks.speed.quick --record   # before a release: make its ratios the new baseline

What is compared are ratios: CPU seconds of a method through CPU seconds of the same run's reference work, so
that another machine, or a busy one, changes them little. The reference work is a matrix product, many small
tensor operations with gradients (what gradient searches do), and a search of neighbours with numpy: the
geometric mean of the three.
"""

from __future__ import annotations

import json
import math
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import click
import numpy as np
import torch
from torch import Tensor

import recbench as rb

BASELINE = Path(__file__).with_name("baseline.json")
WORSE = 1.5
"""Times the recorded ratio that is too much."""
METHODS = ("nnr", "wachter", "dice", "growing-spheres", "face", "genre", "genre-plus")
_FITS = ("genre",)
"""Methods of which fitting is compared too."""
_LEAST = 0.2
"""CPU seconds for which a call is repeated: shorter ones are mostly noise."""
_LONG = 2.0
"""CPU seconds of one call that are enough."""

Work = Callable[[], object]


@click.command()
@click.option("--record", is_flag=True, help="Write what is measured as the new baseline.")
@click.option("--people", default=100, show_default=True, type=click.IntRange(1))
@click.option("--repeats", default=3, show_default=True, type=click.IntRange(1), help="The smallest counts.")
@click.option("--baseline", default=BASELINE, type=Path, help="[default: beside this file]")
def command(record: bool, people: int, repeats: int, baseline: Path) -> None:
    """Compare seconds with those of the last release, as ratios to reference work of the same run."""
    torch.set_num_threads(1)
    measured = measure(people, repeats)
    if record:
        said = {"recbench": rb.__version__, "date": str(datetime.now(UTC).date()), "people": people}
        rounded = {name: float(f"{ratio:.3g}") for name, ratio in measured.items()}
        baseline.write_text(json.dumps({**said, "ratios": rounded}, indent=1) + "\n", encoding="utf-8")
        click.echo(f"wrote {baseline}")
        return
    known = json.loads(baseline.read_text(encoding="utf-8"))
    if known["people"] != people:
        raise click.UsageError(f"the baseline is of {known['people']} people")
    table, slower = compared(measured, known["ratios"])
    if slower:
        click.echo(f"measured again: {', '.join(slower)} looked slower", err=True)
        again = measure(people, repeats)
        measured = {name: min(ratio, again[name]) for name, ratio in measured.items()}
        table, slower = compared(measured, known["ratios"])
    click.echo(
        f"CPU seconds through those of the reference work; before: {known['recbench']}, {known['date']}\n"
    )
    click.echo(table)
    if slower:
        click.echo(f"\nslower by half or more: {', '.join(slower)}", err=True)
        sys.exit(1)


def compared(measured: dict[str, float], before: dict[str, float]) -> tuple[str, list[str]]:
    """Return a table of ratios now and before, and what got worse by half."""
    lines = ["| What | Now | Before | Now / before |", "|---|---:|---:|---:|"]
    slower = []
    for name, now in measured.items():
        if name not in before:
            lines.append(f"| {name} | {now:.3g} | – | – |")
            continue
        lines.append(f"| {name} | {now:.3g} | {before[name]:.3g} | {now / before[name]:.2f} |")
        if now >= WORSE * before[name]:
            slower.append(name)
    return "\n".join(lines), slower


def measure(people: int, repeats: int) -> dict[str, float]:
    """Return by name the CPU seconds of each piece of work through those of the reference work.

    All take turns; of each the shortest turn counts, since others' work only ever makes one longer.
    """
    reference = _reference()
    works = {**reference, **_methods(people)}
    calls: dict[str, int] = {}
    times: dict[str, list[float]] = {}
    for name, work in works.items():
        first = _cpu(work, 1)
        # What is long needs no second look at how long it is, nor many turns.
        long = first > _LONG
        times[name] = [first] if long else []
        calls[name] = 1 if long else max(1, math.ceil(_LEAST / max(_cpu(work, 1), 1e-6)))
    for turn in range(repeats):
        for name, work in works.items():
            if turn == 0 or not times[name] or times[name][0] < _LONG:
                times[name].append(_cpu(work, calls[name]) / calls[name])
    least = {name: min(turns) for name, turns in times.items()}
    unit = statistics.geometric_mean(least[name] for name in reference)
    return {name: least[name] / unit for name in works if name not in reference}


def _methods(people: int) -> dict[str, Work]:
    """Return the work of each method: answering people of `loan`, and fitting where that is compared."""
    task = rb.make_task(rb.load_dataset("loan"))
    chosen = task.rejected(people)
    x = task.dataset.encoder.encode(chosen)
    streams = rb.Rng(0).people(chosen.index.to_numpy())
    works: dict[str, Work] = {}
    for name in METHODS:
        method = rb.get_method(name)
        if name in _FITS:
            works[f"{name}, fit"] = partial(method.fit, task)
        else:
            method.fit(task)
        works[name] = partial(_answer, method, x, streams)
    return works


def _answer(method: rb.Method, x: Tensor, streams: rb.PeopleRng) -> object:
    return method.method.generate(x, streams.of(slice(None)))


def _cpu(work: Work, calls: int) -> float:
    started = time.process_time()
    for _ in range(calls):
        work()
    return time.process_time() - started


def _reference() -> dict[str, Work]:
    """Return the reference work: fixed shapes and numbers, nothing of recbench."""
    generator = torch.Generator().manual_seed(0)
    square = torch.randn(400, 400, generator=generator)
    layers = [torch.randn(10, 10, generator=generator) for _ in range(4)]
    rows = torch.randn(100, 10, generator=generator)
    points = np.random.default_rng(0).random((1000, 7), dtype=np.float32)

    def product() -> None:
        for _ in range(5):
            square @ square

    def gradients() -> None:
        at = rows.clone().requires_grad_()
        for _ in range(20):
            h = at
            for layer in layers:
                h = torch.relu(h @ layer)
            (slope,) = torch.autograd.grad(h.sum(), at)
            at = (at - 0.01 * slope.sign()).detach().requires_grad_()

    def neighbours() -> None:
        for person in points[:100]:
            np.abs(points - person).sum(axis=1).argmin()

    return {"matrix product": product, "gradients": gradients, "neighbours": neighbours}


if __name__ == "__main__":
    command()
