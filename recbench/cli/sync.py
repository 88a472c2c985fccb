"""``recbench sync``."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from recbench.cli.options import (
    people_option,
    results_option,
    shared_option,
    tracking_option,
    tracking_origin,
)
from recbench.cli.terminal import console, is_terminal

if TYPE_CHECKING:
    from recbench.api.pages import Change


@click.command("sync")
@results_option
@shared_option
@tracking_option
@people_option
def command(results: Path, tracking_uri: str | None, people_artifact: bool | None) -> None:
    """Mirror the stored results into MLflow.

    Adds what is missing there and updates what has changed; a run is never there twice. Each sweep
    has a summary run with its tables, and with the figures that are in RESULTS/figures. Needed after
    `recbench plot`, `recbench score` and `recbench store import`, for another server, and when MLflow
    could not be reached during a run.

    \b
    Examples:
      recbench sync
      recbench sync --tracking-uri http://mlflow.example:5000
    """
    from rich.progress import Progress

    from recbench import sync

    with Progress(console=console(err=True), transient=True, disable=not is_terminal(err=True)) as bars:
        bar = bars.add_task("MLflow", total=None)
        done = sync(
            results, tracking_uri, people_artifact, lambda cells: bars.update(bar, total=cells, advance=1)
        )
    if done.address and tracking_origin():
        click.echo(f"MLflow: {done.address}{tracking_origin()}", err=True)
    _say("cell", done.cells, done.runs)
    if done.summaries:
        _say("sweep", done.summaries.total(), done.summaries)


def _say(what: str, count: int, changes: Counter[Change]) -> None:
    from recbench.api.pages import Change

    said = ", ".join(f"{changes[change]} {change}" for change in Change)
    click.echo(f"{count} {what}{'s' * (count != 1)}: {said}.")
