"""``recbench report``."""

from __future__ import annotations

from pathlib import Path

import click

from recbench.cli.options import results_option, shared_option
from recbench.cli.quantities import Names, PlainPath
from recbench.cli.terminal import echo, say


@click.command("report")
@click.argument("suite", required=False)
@results_option
@shared_option
@click.option(
    "--out",
    type=PlainPath(path_type=Path, dir_okay=False),
    default=Path("report.html"),
    show_default=True,
    help="The page.",
)
@click.option("--against", metavar="METHOD", help="Test every method against this one. Default: the best.")
@click.option("--datasets", type=Names(), help="Only these data sets.")
def command(
    suite: str | None, results: Path, out: Path, against: str | None, datasets: tuple[str, ...] | None
) -> None:
    """Write one HTML page with tables, tests, figures, settings and what is missing.

    The page holds everything itself: it opens without a network and can be sent by mail.

    \b
    Examples:
      recbench report
      recbench report genre-paper --against genre --out genre-paper.html
    """
    from recbench import open_results

    page = open_results(results, suite, datasets, say).report(out, against, lambda name: say(f"drew {name}"))
    echo(f"Wrote {page}.")
