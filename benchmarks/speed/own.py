"""How fast recbench's methods answer everybody whom the classifier turns down, and what that costs people.

    python -m benchmarks.speed.own --out results/reference/speed/own.md

The methods take turns, and the median of the turns counts.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import click
import torch

import recbench as rb
from benchmarks.speed.machine import machine

FORMS: dict[str, tuple[str, dict[str, Any]]] = {
    "wachter": ("wachter", {}),
    "exact-piece": ("exact-piece", {}),
    "exact-piece, one start": ("exact-piece", {"starts": 0, "steps": 4}),
    "nnr": ("nnr", {}),
    "genre": ("genre", {}),
    "genre-plus": ("genre-plus", {}),
}
REFERENCE = "wachter"
SOME = 100
"""People who are also answered by themselves."""
ABOUT = (
    "Everybody whom an MLP turns down in the test rows, on one thread. Over the seeds: medians of CPU seconds"
    " and of people per CPU second, means of what h accepts and of cost. *Beside wachter* is the cost through"
    " wachter's, the least and the most of the seeds."
)
HEAD = (
    "| Data | Method | People | Fit, s | People per s | 100 people, s | Accepted | Cost | Beside wachter |",
    "|---|---|---:|---:|---:|---:|---:|---:|---:|",
)


class Measured(NamedTuple):
    """What a method did on one task: people, CPU seconds of fit, people per CPU second, CPU seconds of 100
    people, share that h accepts, and mean cost."""

    people: int
    fit: float
    rate: float
    some: float
    accepted: float
    cost: float


@click.command()
@click.option("--datasets", default="adult,compas,heloc", show_default=True, help="Separated by commas.")
@click.option("--methods", default="wachter,exact-piece", show_default=True, help="Separated by commas.")
@click.option("--seeds", default=5, show_default=True, type=click.IntRange(1), help="Labels and classifiers.")
@click.option("--repeats", default=3, show_default=True, type=click.IntRange(1), help="Turns of each method.")
@click.option("--out", type=click.Path(path_type=Path), help="Write the table here too.")
def command(datasets: str, methods: str, seeds: int, repeats: int, out: Path | None) -> None:
    """Measure and print a table."""
    torch.set_num_threads(1)
    asked = f"--datasets {datasets} --methods {methods} --seeds {seeds} --repeats {repeats}"
    chosen = [name for name in FORMS if FORMS[name][0] in methods.split(",")]
    lines = [f"`python -m benchmarks.speed.own {asked}`, {machine('torch')}", "", ABOUT, "", *HEAD]
    for dataset in datasets.split(","):
        tasks = [rb.make_task(rb.load_dataset(dataset), seed=seed) for seed in range(seeds)]
        measured = [_measure(task, chosen, repeats) for task in tasks]
        lines += [_line(dataset, name, measured) for name in chosen]
    click.echo("\n".join(lines))
    if out:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _measure(task: rb.Task, names: Sequence[str], repeats: int) -> dict[str, Measured]:
    """Return what each method does for everybody whom the task's classifier turns down."""
    people = task.rejected()
    x = task.dataset.encoder.encode(people)
    streams = rb.Rng(0).people(people.index.to_numpy())
    methods, fits, answers = {}, {}, {}
    for name in names:
        method, params = FORMS[name]
        started = time.process_time()
        methods[name] = rb.get_method(method, **params).fit(task).method
        fits[name] = time.process_time() - started
    seconds: dict[str, dict[int, list[float]]] = {name: {len(x): [], SOME: []} for name in names}
    for _ in range(repeats):
        for name, fitted in methods.items():
            for count, turns in seconds[name].items():
                started = time.process_time()
                answer = fitted.generate(x[:count], streams.of(slice(0, count)))
                turns.append(time.process_time() - started)
                if count == len(x):
                    answers[name] = answer if isinstance(answer, torch.Tensor) else answer.counterfactuals
    measured = {}
    for name, points in answers.items():
        everybody, some = (statistics.median(turns) for turns in seconds[name].values())
        found = ~torch.isnan(points).any(dim=1)
        measured[name] = Measured(
            len(x),
            fits[name],
            len(x) / everybody,
            some,
            float((found & task.recourse_task.accepts(points)).double().mean()),
            float(task.recourse_task.cost(x[found], points[found]).mean()),
        )
    return measured


def _line(dataset: str, name: str, seeds: Sequence[dict[str, Measured]]) -> str:
    """Return a line of the table: medians of speed and means of answers over the seeds."""
    each = [measured[name] for measured in seeds]
    fit, rate, some = (statistics.median(column) for column in list(zip(*each, strict=True))[1:4])
    accepted, cost = (statistics.fmean(column) for column in list(zip(*each, strict=True))[4:6])
    ratios = (
        [one.cost / measured[REFERENCE].cost for one, measured in zip(each, seeds, strict=True)]
        if (REFERENCE in seeds[0])
        else []
    )
    beside = f"{min(ratios):.3f} to {max(ratios):.3f}" if ratios else "–"
    people = f"{min(one.people for one in each):,} to {max(one.people for one in each):,}"
    return (
        f"| {dataset} | {name} | {people} | {fit:.1f} | {rate:,.0f} | {some:.3f} | {accepted:.3f}"
        f" | {cost:.4f} | {beside} |"
    )


if __name__ == "__main__":
    command()
