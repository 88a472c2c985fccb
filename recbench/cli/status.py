"""``recbench status``."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import click

from recbench.cli.options import json_option, results_option
from recbench.cli.terminal import echo


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
    from recbench.store.claims import lives
    from recbench.store.folder import Store
    from recbench.store.live import snapshot

    store = Store(results, create=False)
    note = _note(results, sweep)
    states = dict(store.states())
    ends = Counter(str(states[key].status) for key in note.cells if key in states)
    live = snapshot(results, note.id)
    at_work = live is not None and not live.ended and lives(results, live.driver)
    running = list(live.running.values()) if live is not None and at_work else []
    # A cell that failed before and runs again is running.
    missing = sum(key not in states for key in note.cells)
    waiting = max(0, missing - len(running))
    broken = [
        (key, label) for key, label in note.cells.items() if key in states and states[key].status.is_failure
    ]
    failed = [
        record
        for record in store.some(broken)
        if not (at_work and live is not None and record.key in live.running)
    ]
    if as_json:
        said: dict[str, Any] = {
            "sweep": note.id,
            "suite": note.suite,
            "started": note.started,
            "cells": len(note.cells),
            "ended": dict(ends),
            "running": [one.model_dump() for one in running],
            "waiting": waiting,
            "seconds_left": live.left if live is not None and at_work else None,
            "at_work": at_work,
            "failed": {record.key: f"{record.status}: {record.reason}" for record in failed},
        }
        click.echo(json.dumps(said, indent=1))
        return
    from recbench.cli.output import describe
    from recbench.run.forecast import duration

    echo(f"Sweep {note.id} of suite {note.suite}, started {note.started}: {len(note.cells)} cells")
    counts = [f"{count} {end}" for end, count in ends.most_common()]
    echo(", ".join([*counts, f"{len(running)} running", f"{waiting} waiting"]))
    for one in running:
        echo(f"running  {one.cell} · {one.phase} {one.fraction:.0%} ({duration(one.seconds)})")
    for record in failed:
        echo(f"failed   {describe(record)}")
    if live is not None and at_work:
        click.echo("Time left: " + ("unknown" if live.left is None else duration(live.left)))
    elif waiting or failed:
        click.echo("No driver is at work: the same `recbench run` goes on.")


def _note(results: Path, sweep: str | None) -> Any:
    from recbench.cli.output import say
    from recbench.errors import UsageError
    from recbench.store.sweeps import sweep_notes

    notes = [note for note in sweep_notes(results, say) if note.id.startswith(sweep or "")]
    if not notes:
        which = f"sweep {sweep!r}" if sweep else "sweep"
        raise UsageError(f"there is no {which} in {results}.", "Run `recbench run` first.")
    return notes[-1]
