"""Screen: tables for people, ruled and as wide as a terminal; Markdown where the output is no terminal."""

from __future__ import annotations

from collections.abc import Sequence

from recbench.api.terminal import console, is_terminal, words
from recbench.report.layout import COLUMNS, SCREEN_COLUMNS, Sheet, long, sections
from recbench.report.rows import Row
from recbench.report.tables import markdown
from recbench.report.values import Spread


def print_table(rows: Sequence[Row], metrics: Sequence[str] = (), spread: Spread | None = None) -> None:
    """Print rows for people: on a terminal a table per place as wide as it is, Markdown elsewhere.

    Args:
        rows: what to print.
        metrics: the columns; none: few on a terminal, more elsewhere.
        spread: what stands beside a mean; None is the deviation over seeds, on a terminal if it has room.
    """
    if not is_terminal():
        print(markdown(long(rows, metrics or COLUMNS, spread or "std")))
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


def print_sheet(sheet: Sheet) -> None:
    """Print a laid-out table for people: ruled on a terminal, Markdown elsewhere."""
    if not is_terminal():
        print(markdown(sheet))
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
