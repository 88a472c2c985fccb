"""``recbench table``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from recbench.cli.options import results_option
from recbench.cli.quantities import Names, PlainPath
from recbench.cli.terminal import echo


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
    "--compare", metavar="METHOD", help="Test every other method against this one, person by person."
)
@click.option("--out", type=PlainPath(path_type=Path, dir_okay=False), help="Write to a file instead.")
def command(
    suite: str | None,
    results: Path,
    shape: str | None,
    metrics: tuple[str, ...] | None,
    datasets: tuple[str, ...] | None,
    wide: bool,
    spread: Any,
    compare: str | None,
    out: Path | None,
) -> None:
    """Print the results as a table: one row per data set, classifier and method.

    Means are over seeds, with the standard deviation of the seed means; a single seed shows its mean
    over people. JSON and CSV carry 95 % intervals too. With SUITE, only what was run under its name.

    --compare prints paired tests instead: Wilcoxon for cost and Score on values averaged over seeds,
    exact McNemar per seed for validity and LOF, both with Holm's correction.

    \b
    Examples:
      recbench table
      recbench table genre-paper --wide --format latex --out table.tex
      recbench table --metrics cost,validity,lof,score --spread ci
      recbench table --compare genre
      recbench table --compare genre --metrics score,score_distinct
    """
    from recbench.cli.output import print_table, say
    from recbench.plugins import registry
    from recbench.report import layout
    from recbench.report.selection import select
    from recbench.store.folder import Store

    for column in metrics or ():
        registry.metrics.card(column)
    selection = select(Store(results, create=False), suite, (datasets or ()), say)
    rows = selection.rows
    if compare:
        from recbench.report.comparison import COMPARED, compare_with, sheet

        tests = compare_with(rows, compare, selection.store.people, (metrics or ()) or COMPARED)
        page, plain = sheet(tests), [test.model_dump() for test in tests]
        _give(shape, out, page, plain, None)
        return
    if wide:
        columns = (metrics or ()) or list(layout.PAPER_COLUMNS)
        page = layout.wide(rows, columns, spread or "none")
    elif shape is None and out is None:
        print_table(rows, metrics or (), spread)
        return
    else:
        columns = (metrics or ()) or list(layout.COLUMNS)
        brief = shape in ("latex", "html")
        page = layout.long(rows, columns, spread or "std", brief)
    _give(shape, out, page, [row.plain() for row in rows], (rows, columns))


def _give(shape: str | None, out: Path | None, page: Any, plain: list[Any], table: Any) -> None:
    """Print a laid-out table, or write it in the format that was asked for."""
    import json

    from recbench.cli.output import print_sheet
    from recbench.report import tables

    if shape is None and out is None:
        print_sheet(page)
        return
    written = {
        "markdown": lambda: tables.markdown(page, marks=True),
        "latex": lambda: tables.latex(page),
        "html": lambda: tables.html_page(page),
        "csv": lambda: tables.as_csv(*table) if table else tables.plain_csv(plain),
        "json": lambda: json.dumps(plain, indent=1) + "\n",
    }[shape or _by_suffix(out)]()
    if out is None:
        click.echo(written, nl=False)
    else:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(written, encoding="utf-8")
        echo(f"Wrote {out}.", err=True)


def _by_suffix(out: Path | None) -> str:
    known = {".tex": "latex", ".html": "html", ".csv": "csv", ".json": "json"}
    return known.get(out.suffix if out else "", "markdown")
