"""Terminal: the one door through which commands print what people and plug-ins named."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import click

from recbench.api.terminal import console, is_terminal, visible, words

__all__ = ["console", "echo", "echo_cells", "is_terminal", "print_ruled", "say", "words"]


def echo(line: str, err: bool = False) -> None:
    """Print one line; what a terminal would obey is written out."""
    click.echo(visible(line), err=err)


def say(line: str) -> None:
    """Say something on standard error."""
    echo(line, err=True)


def echo_cells(cells: Iterable[str]) -> None:
    """Print one line of cells with tabs between them."""
    click.echo("\t".join(map(visible, cells)))


def print_ruled(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table under heads; the first column is bold and keeps its lines whole.

    A line break in a cell is one, so that longer things can be said in it.
    """
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, header_style="bold", pad_edge=False)
    for number, head in enumerate(heads):
        table.add_column(head, style="bold" if number == 0 else "", no_wrap=number == 0)
    for row in rows:
        table.add_row(*(Text("\n").join(map(words, cell.split("\n"))) for cell in row))
    console().print(table)
