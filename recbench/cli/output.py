"""What several commands print."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from recbench.report.tables import COLUMNS, FIRST_HEADS, Row, cells, heads, markdown, note


def print_table(rows: Sequence[Row], metrics: Sequence[str] = COLUMNS) -> None:
    """Print rows for people: ruled on a terminal, Markdown elsewhere."""
    if not sys.stdout.isatty():
        click.echo(markdown(rows, metrics))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    for number, head in enumerate([*FIRST_HEADS, *heads(metrics)]):
        table.add_column(head, justify="left" if number < 3 else "right", no_wrap=number >= 3)
    for number, row in enumerate(rows):
        last = number + 1 == len(rows) or rows[number + 1].dataset != row.dataset
        table.add_row(*cells(row, metrics), end_section=last)
    console = Console()
    console.print(table)
    for line in note(rows):
        console.print(line, style="dim", highlight=False, markup=False)
