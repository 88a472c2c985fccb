"""How long 100,000 stored cells take to plan, list, resume and look at, and in how much memory.

    python -m benchmarks.speed.store --cells 100000

The cells are written as docs/results.md describes them, with the people of one real cell; their numbers mean
nothing. Each command then runs in a process of its own.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from pathlib import Path

import click

import recbench as rb
from benchmarks.speed.process import recbench, used

_METHODS = ("unchanged", "nnr", "wachter", "growing-spheres", "dice", "roar", "probe", "face", "cem", "clue")


@click.command()
@click.option("--cells", default=100_000, show_default=True, help="How many.")
@click.option("--keep", type=click.Path(path_type=Path), help="Where. Default: a temporary folder.")
def command(cells: int, keep: Path | None) -> None:
    """Measure and print a table."""
    with tempfile.TemporaryDirectory() as scratch:
        home = keep or Path(scratch)
        suite = home / "many.yaml"
        if not suite.exists():
            home.mkdir(parents=True, exist_ok=True)
            seeds = cells // len(_METHODS)
            suite.write_text(
                f"name: many\ndatasets: [loan]\nmethods: [{', '.join(_METHODS)}]\nseeds: 0-{seeds - 1}\n"
            )
            _fill(suite, home / "results")
        results = ["--results", str(home / "results")]
        run = ["run", str(suite), *results, "--no-tracking"]
        commands = {
            "list, index rebuilt": ["store", "list", *results],
            "list": ["store", "list", *results],
            "list, one method": ["store", "list", "--methods", "nnr", *results],
            "plan (--dry-run)": [*run, "--dry-run"],
            "resume (all are stored)": run,
            "status": ["status", *results],
        }
        (home / "results" / "index.sqlite").unlink(missing_ok=True)
        click.echo("| Command | Seconds | of CPU | Peak memory (MiB) |\n|---|---:|---:|---:|")
        for name, words in commands.items():
            seconds, cpu, memory = used(recbench(*words))
            click.echo(f"| {name} | {seconds:.1f} | {cpu:.1f} | {memory:.0f} |")


def _fill(suite: Path, results: Path) -> None:
    """Write the cells of a suite, all with the people and scores of one."""
    first, *_ = cells = rb.plan(suite, results=results).cells
    done = rb.run(methods=first.method, results=results / "first", tracking=False, progress=False)
    (template,) = done.records()
    people = (done.folder / "cells" / template.key / "people.parquet").read_bytes()
    (results / "cells").mkdir()
    for cell in cells:
        folder = results / "cells" / cell.key
        folder.mkdir()
        (folder / "people.parquet").write_bytes(people)
        record = template.model_copy(
            update={"key": cell.key, "cell": cell, "fit_seconds": 1.0, "generate_seconds": 1.0}
        )
        text = json.dumps(record.model_dump(mode="json"), indent=1).encode()
        (folder / "cell.json").write_bytes(text)
        checksum = hashlib.sha256(text).hexdigest()
        (folder / "cell.sha256").write_text(f"{checksum}  cell.json\n", encoding="ascii")


if __name__ == "__main__":
    command()
