"""The command: every group on every data set, and a page of what came out."""

from __future__ import annotations

import shlex
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import click
import pandas as pd

import recbench as rb
from benchmarks.speed.machine import machine
from benchmarks.speed.peers.contestants import GROUPS, chosen, versions
from benchmarks.speed.peers.duel import Problem, duel
from benchmarks.speed.peers.problem import write_problem
from benchmarks.speed.peers.tables import markdown

_LIBRARIES = ("torch", "carla-recourse", "dice-ml")


@click.command()
@click.option("--datasets", default="adult,compas,heloc", show_default=True, help="`loan` if none is there.")
@click.option("--methods", default="", help="Of recbench, by comma; their peers come along.  [default: all]")
@click.option("--people", type=click.IntRange(1), help="How many of those turned down.  [default: all]")
@click.option("--repeats", default=5, show_default=True, type=click.IntRange(1), help="The median counts.")
@click.option("--limit", default=600.0, show_default=True, help="Seconds that fitting or answering may take.")
@click.option("--seed", default=0, show_default=True)
@click.option("--out", default="results/reference/speed", show_default=True, type=Path)
@click.option("--cache", default="results/cache", show_default=True, type=Path, help="Of classifiers.")
def command(
    datasets: str,
    methods: str,
    people: int | None,
    repeats: int,
    limit: float,
    seed: int,
    out: Path,
    cache: Path,
) -> None:
    """Time recbench's methods and other implementations of them in turn, and write a table."""
    groups = list(chosen({one.strip() for one in methods.split(",") if one.strip()}))
    if not groups:
        named = ", ".join(name for group in GROUPS for name in group.ours)
        raise click.UsageError(f"no group has {methods}; known: {named}")
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        for problem in _problems(datasets.split(","), people, seed, cache, Path(scratch)):
            for group in groups:
                rows += duel(group, problem, repeats, limit, say=lambda text: click.echo(text, err=True))
                _write(pd.DataFrame(rows), out)
    click.echo(f"wrote {out / 'peers.md'} and {out / 'peers.csv'}")


def _problems(
    names: list[str], people: int | None, seed: int, cache: Path, scratch: Path
) -> Iterator[Problem]:
    for dataset in load_datasets(names):
        task = rb.make_task(dataset, seed=seed, cache=cache)
        chosen = task.rejected(people)
        x = dataset.encoder.encode(chosen)
        folder = scratch / dataset.name
        write_problem(task, x, chosen.index.to_numpy(), folder)
        yield Problem(dataset.name, folder, task.recourse_task, x)


def load_datasets(names: list[str]) -> Iterator[rb.Dataset]:
    """Yield the data sets that are here or can be downloaded, or else `loan`, which is generated."""
    there = False
    for name in names:
        try:
            dataset = rb.load_dataset(name.strip())
        except rb.UsageError as error:
            raise click.UsageError(str(error)) from error
        except rb.RecbenchError as error:
            click.echo(f"left out: {error}", err=True)
            continue
        there = True
        yield dataset
    if not there:
        yield rb.load_dataset("loan")


def _write(rows: pd.DataFrame, out: Path) -> None:
    """Write what there is so far: a run takes long."""
    out.mkdir(parents=True, exist_ok=True)
    rows.to_csv(out / "peers.csv", index=False, float_format="%.4g")
    asked = shlex.join(["python", "-m", "benchmarks.speed.peers", *sys.argv[1:]])
    lacks = {peer.label: peer.lacks for group in GROUPS for peer in group.peers}
    text = markdown(rows, asked, f"{machine(*_LIBRARIES)[:-1]}, {versions()}.", lacks)
    (out / "peers.md").write_text(text, encoding="utf-8")
