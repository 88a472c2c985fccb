"""What several commands print."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence

import click

from recbench.cli.terminal import console, words
from recbench.report.layout import COLUMNS, Sheet, long
from recbench.report.rows import Row
from recbench.report.tables import markdown
from recbench.store.record import MODULES, CellRecord


def say(text: str) -> None:
    """Say something on standard error."""
    click.echo(text, err=True)


def print_table(rows: Sequence[Row], metrics: Sequence[str] = COLUMNS) -> None:
    """Print rows for people: ruled on a terminal, Markdown elsewhere."""
    print_sheet(long(rows, metrics))


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
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, header_style="bold", pad_edge=False)
    groups = [title for title, width in sheet.groups for _ in range(width)] or [""] * len(sheet.columns)
    for column, group in zip(sheet.columns, groups, strict=True):
        above = [words(group)] if sheet.groups else []
        head = Text("\n").join([*above, words(column.title), words(column.definition, "dim not bold")])
        table.add_column(head, justify="left" if column.is_text else "right", no_wrap=not column.is_text)
    styles = {0: "bold", 1: "underline", None: ""}
    for number, line in enumerate(sheet.body):
        last = number + 1 in sheet.rules
        table.add_row(*(words(entry.text, styles[entry.rank]) for entry in line), end_section=last)
    screen = console()
    screen.print(table)
    for note in sheet.notes:
        screen.print(words(note, "dim"))
