"""Tables: the same rows as Markdown, LaTeX, HTML, CSV and JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Hashable, Sequence
from typing import TYPE_CHECKING, Any

from recbench import escape
from recbench.hashing import digest
from recbench.report.layout import COLUMNS, PAPER_COLUMNS, Column, Sheet, long, wide
from recbench.report.rows import Row, rows_of
from recbench.statistics import Summary

if TYPE_CHECKING:
    import pandas as pd
    from pandas.io.formats.style import Styler

__all__ = [
    "COLUMNS",
    "PAPER_COLUMNS",
    "as_csv",
    "as_json",
    "html",
    "latex",
    "long",
    "markdown",
    "rows_of",
    "wide",
]


def markdown(sheet: Sheet, marks: bool = False) -> str:
    """Return a Markdown table with its notes; with ``marks`` the best values are bold."""
    lines = []
    heads = [_with_definition(column) for column in sheet.columns]
    if sheet.groups:
        # Markdown has one line of heads, so each says its group.
        groups = [title for title, width in sheet.groups for _ in range(width)]
        heads = [f"{group}: {head}" if group else head for group, head in zip(groups, heads, strict=True)]
    lines.append("| " + " | ".join(map(escape.markdown, heads)) + " |")
    lines.append("|" + "".join("---|" if column.is_text else "---:|" for column in sheet.columns))
    for line in sheet.body:
        printed = [
            escape.markdown(entry.text) if column.is_text else entry.text
            for entry, column in zip(line, sheet.columns, strict=True)
        ]
        if marks:
            printed = [
                f"**{text}**" if entry.rank == 0 else text for text, entry in zip(printed, line, strict=True)
            ]
        lines.append("| " + " | ".join(printed) + " |")
    return "\n".join([*lines, "", *map(escape.markdown_line, sheet.notes)]) + "\n"


def _with_definition(column: Column) -> str:
    return f"{column.title} ({column.definition})" if column.definition else column.title


def latex(sheet: Sheet) -> str:
    """Return a LaTeX tabular (package booktabs).

    The best value of each data set is bold, the second underlined; notes are comments, for the caption.
    """
    marks = {0: "textbf:--rwrap;", 1: "underline:--rwrap;", None: ""}
    body = [[marks[entry.rank] for entry in line] for line in sheet.body]
    sides = "".join("l" if column.is_text else "r" for column in sheet.columns)
    small = r"{{\tiny {}}}".format
    styler = _styler(sheet, escape.latex, lambda words: small(escape.latex(words)), is_named_once=True)
    styler.apply(lambda frame: _like(frame, body), axis=None)
    printed = styler.to_latex(hrules=True, column_format=f"@{{}}{sides}@{{}}", multicol_align="c")
    lines = printed.splitlines()
    first = lines.index(r"\midrule") + 1
    for number in sorted(sheet.rules, reverse=True):
        lines.insert(first + number, r"\midrule")
    if sheet.groups:
        lines.insert(lines.index(r"\toprule") + 2, _rules_below_groups(sheet))
    notes = [f"% {escape.latex(line)}" for line in (sheet.heading, *sheet.notes) if line]
    return "\n".join(["% \\usepackage{booktabs}", *lines, *notes]) + "\n"


def _rules_below_groups(sheet: Sheet) -> str:
    rules, start = [], 1
    for title, width in sheet.groups:
        if title:
            rules.append(rf"\cmidrule(lr){{{start}-{start + width - 1}}}")
        start += width
    return " ".join(rules)


def html(sheet: Sheet) -> str:
    """Return an HTML table element with what stands above and below it, to be put into a page."""
    marks = {0: "best", 1: "second", None: ""}
    classes = [
        [
            " ".join([*(["text"] * column.is_text), *(["rule"] * (number in sheet.rules)), marks[entry.rank]])
            for entry, column in zip(line, sheet.columns, strict=True)
        ]
        for number, line in enumerate(sheet.body)
    ]
    styler = _styler(sheet, escape.html, lambda words: f"<small>{escape.html(words)}</small>")
    styler.set_td_classes(_like(styler.data, classes))  # type: ignore[attr-defined]
    left = [f"th.col{at}" for at, column in enumerate(sheet.columns) if column.is_text]
    styler.set_table_styles(
        [
            {"selector": ", ".join([".text", *left]), "props": "text-align: left;"},
            {"selector": ".best", "props": "font-weight: bold;"},
            {"selector": ".second", "props": "text-decoration: underline;"},
        ]
    )
    above = [f'<p class="heading">{escape.html(sheet.heading)}</p>'] if sheet.heading else []
    below = [f'<p class="note">{escape.html(line)}</p>' for line in sheet.notes]
    texts = [[escape.visible(entry.text) for entry in line] for line in sheet.body]
    table = styler.to_html(table_uuid=digest([texts, classes], 8))
    return "\n".join([*above, '<div class="table">', table.strip(), "</div>", *below]) + "\n"


def _styler(
    sheet: Sheet,
    escaped: Callable[[Any], str],
    small: Callable[[Any], str],
    is_named_once: bool = False,
) -> Styler:
    """Return pandas' Styler of a table: groups, titles and definitions are levels of its columns.

    Args:
        sheet: what is printed.
        escaped: makes a text fit for the format.
        small: the same for a definition.
        is_named_once: a text in the first column that a rule does not introduce is left out.
    """
    import pandas as pd

    groups = [title for title, width in sheet.groups for _ in range(width)] or [""] * len(sheet.columns)
    heads = [
        # The number keeps columns apart that are called the same; it is not shown.
        (group, column.title, column.definition, str(at))
        for at, (column, group) in enumerate(zip(sheet.columns, groups, strict=True))
    ]
    body = [[entry.text for entry in line] for line in sheet.body]
    for number, line in enumerate(body):
        if is_named_once and sheet.rules and number and number not in sheet.rules:
            line[0] = ""
    columns = pd.MultiIndex.from_tuples(heads, names=[None] * 4)
    styler = pd.DataFrame(body, columns=columns, dtype=object).style
    hidden: list[Hashable] = [
        3,
        *([] if sheet.groups else [0]),
        *([] if any(head[2] for head in heads) else [2]),
    ]
    styler.hide(axis="index").hide(axis="columns", level=hidden)
    styler.format(escaped)
    for level, shown in enumerate((escaped, escaped, lambda words: small(words) if words else "")):
        styler.format_index(shown, axis="columns", level=level)
    styler.cell_ids = False  # type: ignore[attr-defined]
    return styler


def _like(frame: pd.DataFrame, values: list[list[str]]) -> pd.DataFrame:
    """Return values under the heads of a frame."""
    return type(frame)(values, index=frame.index, columns=frame.columns)


_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>recbench</title>
<style>
body {{ font: 15px/1.5 system-ui, sans-serif; margin: 2rem; }}
table {{ border-collapse: collapse; border-block: 2px solid; font-variant-numeric: tabular-nums; }}
th, td {{ padding: .2rem .7rem; text-align: right; white-space: nowrap; }}
thead {{ border-bottom: 1px solid; }}
th[colspan] {{ text-align: center; border-bottom: 1px solid; }}
th small {{ font-weight: normal; }}
td.rule {{ border-top: 1px solid; }}
.note {{ margin: .3rem 0; max-width: 60rem; font-size: 13px; }}
</style>
</head>
<body>
{table}</body>
</html>
"""


def html_page(sheet: Sheet) -> str:
    """Return an HTML page with nothing but the table and its notes."""
    return _PAGE.format(table=html(sheet))


def as_csv(rows: Sequence[Row], metrics: Sequence[str] = COLUMNS) -> str:
    """Return CSV with mean, std, low and high of each metric in columns of their own.

    A text that a spreadsheet would take for a formula begins with an apostrophe.
    """
    parts = ("mean", "std", "low", "high")
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    columns = [f"{metric}_{part}" for metric in metrics for part in parts]
    writer.writerow(["dataset", "classifier", "method", "people", "seeds", "problems", *columns])
    for row in rows:
        values = [
            getattr(row.values.get(metric, Summary(mean=None)), part) for metric in metrics for part in parts
        ]
        problems = "; ".join(f"seed {seed}: {reason}" for seed, reason in row.problems.items())
        first = [row.dataset, row.classifier, row.method, row.people, len(row.seeds), problems]
        writer.writerow(map(escape.csv_cell, [*first, *values]))
    return out.getvalue()


def plain_csv(lines: Sequence[dict[str, object]]) -> str:
    """Return CSV of plain records that share their fields; texts as in :func:`as_csv`."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(lines[0] if lines else [])
    writer.writerows(map(escape.csv_cell, line.values()) for line in lines)
    return out.getvalue()


def without_formulas(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose texts a spreadsheet does not compute; its numbers stay numbers."""
    kept = frame.copy()
    for column in kept.select_dtypes(exclude=["number", "bool"]):
        kept[column] = kept[column].map({value: escape.csv_text(value) for value in kept[column].unique()})
    return kept


def as_json(rows: Sequence[Row]) -> str:
    """Return a JSON list of rows; each metric is an object with mean, std, low and high."""
    return json.dumps([row.plain() for row in rows], indent=1)
