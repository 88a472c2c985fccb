"""``recbench status``."""

from __future__ import annotations

import json
from pathlib import Path

import click

from recbench.cli.options import json_option, results_option
from recbench.cli.terminal import echo, say


@click.command("status")
@results_option
@click.option("--sweep", help="Id of a sweep, or its beginning. Default: the newest.")
@json_option
def command(results: Path, sweep: str | None, as_json: bool) -> None:
    """Say how far a sweep is: done, running, waiting, failed, time left.

    Works while the sweep runs, from any terminal, and afterwards.

    \b
    Examples:
      recbench status
      recbench status --results my-results --json
    """
    from recbench.api.progress import describe, duration
    from recbench.api.status import status

    found = status(results, sweep, say)
    if as_json:
        click.echo(json.dumps(found.plain(), indent=1))
        return
    note = found.note
    echo(f"Sweep {note.id} of suite {note.suite}, started {note.started}: {len(note.cells)} cells")
    counts = [f"{count} {end}" for end, count in found.ended.most_common()]
    echo(", ".join([*counts, f"{len(found.running)} running", f"{found.waiting} waiting"]))
    for one in found.running:
        echo(f"running  {one.cell} · {one.phase} {one.fraction:.0%} ({duration(one.seconds)})")
    for record in found.failed:
        echo(f"failed   {describe(record)}")
    if found.at_work:
        left = "unknown" if found.seconds_left is None else duration(found.seconds_left)
        click.echo(f"Time left: {left}")
    elif found.waiting or found.failed:
        click.echo("No driver is at work: the same `recbench run` goes on.")
