"""``recbench report``."""

from __future__ import annotations

from pathlib import Path

import click

from recbench.cli.options import results_option, shared_option
from recbench.cli.quantities import Names, PlainPath
from recbench.cli.terminal import echo


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
    from recbench.cli.output import say
    from recbench.report.page import page
    from recbench.report.selection import select
    from recbench.store.folder import Store, unwritable

    selection = select(Store(results, create=False), suite, datasets or (), say)
    text = page(selection, against, lambda name: echo(f"drew {name}", err=True))
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise unwritable(out, error) from error
    echo(f"Wrote {out}.")
