"""``recbench table``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from recbench.cli.options import results_option
from recbench.cli.quantities import Names, PlainPath
from recbench.cli.terminal import say


@click.command("table")
@click.argument("suite", required=False)
@results_option
@click.option(
    "--format",
    "shape",
    type=click.Choice(["markdown", "latex", "html", "csv", "json"]),
    help="Default: for reading.",
)
@click.option("--metrics", type=Names(), help="Columns (see `recbench metrics`).")
@click.option("--datasets", type=Names(), help="Only these data sets.")
@click.option("--wide", is_flag=True, help="One line per method, one group of columns per data set.")
@click.option(
    "--spread",
    type=click.Choice(["std", "ci", "none"]),
    help="Beside a mean: deviation over seeds, 95 % interval, or nothing. Default: std; none if wide.",
)
@click.option(
    "--against", metavar="METHOD", help="Test every other method against this one, person by person."
)
@click.option("--out", type=PlainPath(path_type=Path, dir_okay=False), help="Write to a file instead.")
def command(
    suite: str | None,
    results: Path,
    shape: Any,
    metrics: tuple[str, ...] | None,
    datasets: tuple[str, ...] | None,
    wide: bool,
    spread: Any,
    against: str | None,
    out: Path | None,
) -> None:
    """Print the results as a table: one row per data set, classifier and method.

    Means are over seeds, with the standard deviation of the seed means; a single seed shows its mean
    over people. JSON and CSV carry 95 % intervals too. With SUITE, only what was run under its name.

    --against prints paired tests instead: Wilcoxon for cost and Score on values averaged over seeds,
    exact McNemar per seed for validity and LOF, both with Holm's correction.

    \b
    Examples:
      recbench table
      recbench table genre-paper --wide --format latex --out table.tex
      recbench table --metrics cost,validity,lof,score --spread ci
      recbench table --against genre
      recbench table --against genre --metrics score,score_distinct
    """
    from recbench import open_results

    found = open_results(results, suite, datasets, say)
    if against:
        table = found.tests_table(against, metrics)
    else:
        table = found.table(metrics, wide=wide, spread=spread, compact=shape in ("latex", "html"))
    if out is not None:
        say(f"Wrote {table.save(out, shape)}.")
    elif shape is not None:
        click.echo(table.text(shape), nl=False)
    else:
        table.show()
