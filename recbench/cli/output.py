"""What several commands print."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence

import click

from recbench.cli.terminal import console, words
from recbench.report.layout import COLUMNS, SCREEN_COLUMNS, Sheet, long, sections
from recbench.report.rows import Row
from recbench.report.tables import markdown
from recbench.report.values import Spread
from recbench.store.record import MODULES, CellRecord


def say(text: str) -> None:
    """Say something on standard error."""
    click.echo(text, err=True)


def print_table(rows: Sequence[Row], metrics: Sequence[str] = (), spread: Spread | None = None) -> None:
    """Print rows for people: on a terminal a table per place as wide as it is, Markdown elsewhere.

    Args:
        rows: what to print.
        metrics: the columns; none: few on a terminal, more elsewhere.
        spread: what stands beside a mean; None is the deviation over seeds, on a terminal if it has room.
    """
    if not sys.stdout.isatty():
        click.echo(markdown(long(rows, metrics or COLUMNS, spread or "std")))
        return
    from recbench.report.screen import fits

    width = console().width
    sheets = sections(rows, metrics or SCREEN_COLUMNS, spread or "std")
    if spread is None and not all(fits(sheet, width) for sheet in sheets):
        sheets = sections(rows, metrics or SCREEN_COLUMNS, "none")
        if any(len(row.seeds) > 1 for row in rows):
            sheets[-1].notes.append("The deviations over seeds have no room here (--spread std).")
    for sheet in sheets:
        print_sheet(sheet)


def print_records(records: Iterable[tuple[CellRecord, dict[str, str]]]) -> None:
    """Print cells as a JSON array, one by one: there may be more than fit into memory.

    Args:
        records: each with further fields to print.
    """
    before = "["
    for record, more in records:
        text = record.model_dump_json(ensure_ascii=True, exclude=MODULES)
        further = "".join(f",{json.dumps(name)}:{json.dumps(value)}" for name, value in more.items())
        click.echo(f"{before}{text[:-1]}{further}}}", nl=False)
        before = ",\n"
    click.echo("[]" if before == "[" else "]")


def print_sheet(sheet: Sheet) -> None:
    """Print a laid-out table for people: ruled on a terminal, Markdown elsewhere."""
    if not sys.stdout.isatty():
        click.echo(markdown(sheet))
        return
    from recbench.report.screen import ruled, without_same

    screen = console()
    shown = without_same(sheet)
    if shown.heading:
        screen.print(words(shown.heading))
    for table in ruled(shown, screen.width):
        screen.print(table)
        screen.print()
    for note in shown.notes:
        screen.print(words(note, "dim"))
