"""Screen: laid-out tables on a terminal. Names stay whole or go over lines, and numbers are never folded."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from rich.cells import cell_len, set_cell_size
from rich.console import Group
from rich.table import Table
from rich.text import Text

from recbench.escape import shortened, visible
from recbench.report.layout import Column, Entry, Sheet

_GAP = 2
_NARROWEST = 12
"""Letters to which a column of names shrinks before the numbers go into several tables."""
_LONGEST_GROUP = 30
"""Letters of a group's name above its columns."""
_STYLES = {0: "bold", 1: "underline", None: ""}


def fits(sheet: Sheet, width: int) -> bool:
    """Return whether a table stands in ``width`` letters with every name on one line."""
    return _taken(_widths(sheet)) <= width


def ruled(sheet: Sheet, width: int) -> list[Group]:
    """Return a table for a terminal of ``width`` letters.

    Where its names do not fit, they go over several lines. Where its numbers do not, the table becomes
    several that repeat the names, as pandas prints wide frames; groups of columns are kept together.
    """
    stub = next((at for at, column in enumerate(sheet.columns) if not column.is_text), len(sheet.columns))
    widths = _widths(sheet)
    names, numbers = widths[:stub], widths[stub:]
    if _taken(widths) > width:
        names = _shrunk(names, width - _taken(numbers) - _GAP)
    if _taken([*names, *numbers]) > width:
        # Then the names need not make room for all numbers, only for the widest.
        names = _shrunk(widths[:stub], width - max(numbers, default=0) - _GAP)
    blocks = _blocks(numbers, _groups(sheet)[stub:], width - _taken(names))
    return [
        _table(sheet, [*range(stub), *(stub + at for at in block)], [*names, *(numbers[at] for at in block)])
        for block in blocks
    ]


def without_same(sheet: Sheet) -> Sheet:
    """Return a table without the columns of texts that say the same on every line; its heading says it."""
    same = [
        at
        for at, column in enumerate(sheet.columns)
        if column.is_text and len(sheet.body) > 1 and len({line[at].text for line in sheet.body}) == 1
    ]
    if not same or sheet.groups:
        return sheet
    said = " ".join(f"{sheet.columns[at].title}: {sheet.body[0][at].text}." for at in same)
    kept = [at for at in range(len(sheet.columns)) if at not in same]
    return replace(
        sheet,
        columns=[sheet.columns[at] for at in kept],
        body=[[line[at] for at in kept] for line in sheet.body],
        heading=" ".join(word for word in (sheet.heading, said) if word),
    )


def _groups(sheet: Sheet) -> list[str]:
    """Return the group of each column, as it is shown; those of the names have none."""
    shown = [(shortened(visible(title), _LONGEST_GROUP), span) for title, span in sheet.groups] or [
        ("", len(sheet.columns))
    ]
    return [title for title, span in shown for _ in range(span)]


def _widths(sheet: Sheet) -> list[int]:
    """Return the letters that each column needs; heads may go over lines between their words."""
    widths = []
    for at, column in enumerate(sheet.columns):
        # An arrow stays with its word.
        heads = [*re.findall(r"\S+(?: [↑↓])?", column.title), *column.definition.split()]
        words = [*heads, *(line[at].text for line in sheet.body)]
        widths.append(max((cell_len(visible(text)) for text in words), default=1))
    for group, columns in groupby(range(len(widths)), _groups(sheet).__getitem__):
        own = list(columns)
        widths[own[0]] += max(0, cell_len(group) - _taken([widths[at] for at in own]))
    return widths


def _taken(widths: Sequence[int]) -> int:
    return sum(widths) + _GAP * max(0, len(widths) - 1)


def _shrunk(widths: Sequence[int], room: int) -> list[int]:
    """Return widths that take at most ``room``, the widest cut first, none to less than a few letters."""
    cut = list(widths)
    while cut and _taken(cut) > room and max(cut) > _NARROWEST:
        cut[cut.index(max(cut))] -= 1
    return cut


def _blocks(widths: Sequence[int], groups: Sequence[str], room: int) -> list[list[int]]:
    """Return which columns stand in each table: those of a group together where they fit."""
    blocks: list[list[int]] = [[]]
    left = room
    for group, columns in groupby(range(len(widths)), groups.__getitem__):
        own = list(columns)
        whole = sum(widths[at] + _GAP for at in own)
        if group and blocks[-1] and left < whole:
            blocks.append([])
            left = room
        for at in own:
            if blocks[-1] and left < widths[at] + _GAP:
                blocks.append([])
                left = room
            blocks[-1].append(at)
            left -= widths[at] + _GAP
    return blocks


def _table(sheet: Sheet, columns: Sequence[int], widths: Sequence[int]) -> Group:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for at, width in zip(columns, widths, strict=True):
        column = sheet.columns[at]
        table.add_column(
            _head(column), justify="left" if column.is_text else "right", width=width, overflow="fold"
        )
    for line in sheet.body:
        table.add_row(*(_cell(line[at], width) for at, width in zip(columns, widths, strict=True)))
    if not sheet.groups:
        return Group(table)
    groups = _groups(sheet)
    above = []
    for group, places in groupby(range(len(columns)), lambda place: groups[columns[place]]):
        above.append(set_cell_size(group, _taken([widths[place] for place in places])))
    return Group(Text((" " * _GAP).join(above).rstrip(), "bold"), table)


def _head(column: Column) -> Text:
    title = Text(visible(column.title))
    return title + Text(f"\n{visible(column.definition)}", "dim not bold") if column.definition else title


def _cell(entry: Entry, width: int) -> Text:
    """Return a printed entry; a long name breaks at its hyphens and spaces where it can."""
    shown = visible(entry.text)
    lines = [shown] if cell_len(shown) <= width else textwrap.wrap(shown, width)
    return Text("\n".join(lines), _STYLES[entry.rank])
