"""The command: both axes, their tables and figures."""

from __future__ import annotations

import shlex
import sys
import tempfile
from itertools import chain
from pathlib import Path

import click
import pandas as pd

import recbench as rb
from benchmarks.speed.growth.figures import draw
from benchmarks.speed.growth.measure import by_features, by_people
from benchmarks.speed.growth.tables import markdown
from benchmarks.speed.peers.compare import load_datasets

METHODS = (
    "wachter",
    "exact-piece",
    "genre",
    "genre-plus",
    "nnr",
    "dice",
    "prototype",
    "clue",
    "cchvae",
    "revise",
    "growing-spheres",
)
"""What grows, as far as this version of recbench has it."""


@click.command()
@click.option("--methods", default="", help="By comma.  [default: those of benchmarks/speed/growth]")
@click.option(
    "--dataset", default="adult", show_default=True, help="Whose people; `loan` if it is not there."
)
@click.option("--people", "sizes", default="100,1000,10000,100000,1000000", show_default=True)
@click.option("--features", "widths", default="10,30,100,300,500", show_default=True)
@click.option(
    "--rows", default=3000, show_default=True, help="Of training, of the tables that grow in width."
)
@click.option("--answered", default=100, show_default=True, help="People of the tables that grow in width.")
@click.option("--repeats", default=3, show_default=True, type=click.IntRange(1))
@click.option("--limit", default=300.0, show_default=True, help="Seconds that fitting or answering may take.")
@click.option("--out", default="results/reference/speed", show_default=True, type=Path)
@click.option("--cache", default="results/cache", show_default=True, type=Path, help="Of classifiers.")
def command(
    methods: str,
    dataset: str,
    sizes: str,
    widths: str,
    rows: int,
    answered: int,
    repeats: int,
    limit: float,
    out: Path,
    cache: Path,
) -> None:
    """Time methods on more and more people, and on wider and wider tables."""
    known = rb.methods().names
    wanted = methods.split(",") if methods else [name for name in METHODS if name in known]
    if unknown := [name for name in wanted if name not in known]:
        raise click.UsageError(f"{unknown[0]!r} is no method that can be used here.")
    counts, features = _numbers(sizes), _numbers(widths)

    def say(text: str) -> None:
        click.echo(text, err=True)

    (data, *_) = load_datasets([dataset])
    out.mkdir(parents=True, exist_ok=True)
    asked = shlex.join(["python", "-m", "benchmarks.speed.growth", *sys.argv[1:]])
    found = []
    with tempfile.TemporaryDirectory() as scratch:
        task = rb.make_task(data, cache=cache)
        home = Path(scratch)
        for row in chain(
            by_people(wanted, counts, task, home / "people", repeats, limit, say),
            by_features(wanted, features, rows, answered, home, cache, repeats, limit, say),
        ):
            found.append(row)
            # What there is so far: a run takes long.
            frame = pd.DataFrame(found)
            frame.to_csv(out / "growth.csv", index=False, float_format="%.4g")
            (out / "growth.md").write_text(
                markdown(frame, asked, data.name, rows, answered), encoding="utf-8"
            )
    for axis in ("people", "features"):
        draw(frame, axis, out / f"growth-{axis}.png")
    click.echo(f"wrote {out / 'growth.md'}, its table and its figures")


def _numbers(text: str) -> list[int]:
    try:
        return sorted({int(one) for one in text.split(",")})
    except ValueError:
        raise click.UsageError(f"{text!r} is no list of numbers") from None
