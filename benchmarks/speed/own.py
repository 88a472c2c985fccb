"""How fast recbench's methods answer everybody whom the classifier turns down, and what that costs people.

    python -m benchmarks.speed.own --out results/reference/speed/own.md

One thread. The methods take turns, and the median of the turns counts.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import torch

import recbench as rb
from benchmarks.speed.machine import machine

METHODS: dict[str, tuple[str, dict[str, Any]]] = {
    "wachter": ("wachter", {}),
    "exact-piece": ("exact-piece", {}),
    "exact-piece, one start": ("exact-piece", {"starts": 0, "steps": 4}),
    "nnr": ("nnr", {}),
    "genre": ("genre", {}),
    "genre-plus": ("genre-plus", {}),
}


@click.command()
@click.option("--datasets", default="adult,compas,heloc", show_default=True, help="Separated by commas.")
@click.option("--methods", default=",".join(name for name in METHODS if "," not in name), show_default=True)
@click.option("--repeats", default=3, show_default=True, type=click.IntRange(1), help="Turns of each method.")
@click.option("--out", type=click.Path(path_type=Path), help="Write the table here too.")
def command(datasets: str, methods: str, repeats: int, out: Path | None) -> None:
    """Measure and print a table."""
    torch.set_num_threads(1)
    lines = [
        f"`python -m benchmarks.speed.own --datasets {datasets} --methods {methods} --repeats {repeats}`,"
        f" {machine('torch')}",
        "",
        "| Data | Method | People | Fit, CPU s | People per CPU-second | 100 people, s | Accepted | Cost |",
        "|---|---|---:|---:|---:|---:|---:|---:|",
    ]
    chosen = [name for name in METHODS if METHODS[name][0] in methods.split(",")]
    for dataset in datasets.split(","):
        lines += _rows(dataset, chosen, repeats)
    click.echo("\n".join(lines))
    if out:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _rows(dataset: str, names: Sequence[str], repeats: int) -> list[str]:
    task = rb.make_task(rb.load_dataset(dataset))
    people = task.rejected()
    x = task.dataset.encoder.encode(people)
    streams = rb.Rng(0).people(people.index.to_numpy())
    fitted, fits = {}, {}
    for name in names:
        method_name, params = METHODS[name]
        started = time.process_time()
        fitted[name] = rb.get_method(method_name, **params).fit(task).method
        fits[name] = time.process_time() - started
    seconds: dict[str, dict[int, list[float]]] = {name: {len(x): [], 100: []} for name in names}
    answers = {}
    for _ in range(repeats):
        for name, method in fitted.items():
            for count, turns in seconds[name].items():
                started = time.process_time()
                answer = method.generate(x[:count], streams.of(slice(0, count)))
                turns.append(time.process_time() - started)
                if count == len(x):
                    answers[name] = answer if isinstance(answer, torch.Tensor) else answer.counterfactuals
    rows = []
    for name, points in answers.items():
        all_of_them, some = (statistics.median(turns) for turns in seconds[name].values())
        found = ~torch.isnan(points).any(dim=1)
        accepted = float((found & task.recourse_task.accepts(points)).double().mean())
        cost = float(task.recourse_task.cost(x[found], points[found]).mean())
        rows.append(
            f"| {dataset} | {name} | {len(x):,} | {fits[name]:.1f} | {len(x) / all_of_them:,.0f} | {some:.3f}"
            f" | {accepted:.3f} | {cost:.4f} |"
        )
    return rows


if __name__ == "__main__":
    command()
