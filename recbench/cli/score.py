"""``recbench score``."""

from __future__ import annotations

from pathlib import Path

import click

from recbench.cli.options import data_options, own_data, results_option, shared_option
from recbench.cli.quantities import Names
from recbench.cli.terminal import echo


@click.command("score")
@results_option
@shared_option
@click.option("--metrics", type=Names(), help="Metrics to add. Default: all that are default.")
@click.option("--neighbours", type=click.IntRange(1, 10**9), help="Judge plausibility by LOF with another k.")
@data_options
def command(
    results: Path,
    metrics: tuple[str, ...] | None,
    neighbours: int | None,
    data: Path | None,
    schema: Path | None,
) -> None:
    """Add metrics to stored results without running any method again.

    \b
    Examples:
      recbench score --metrics lof_distinct,changed
      recbench score --neighbours 10
    """
    from recbench import open_results

    own = own_data(data, schema)
    problems: list[str] = []
    given = {} if own is None else {own.name: own}
    changed = open_results(results).score(metrics, neighbours, given, problems.append)
    for problem in problems:
        echo(f"not scored: {problem}", err=True)
    click.echo(f"{changed} cells were scored anew.")
    if problems:
        click.get_current_context().exit(3)
