"""Tables: the same rows as Markdown, LaTeX, HTML, CSV and JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence

import pandas as pd

from recbench import escape
from recbench.report.layout import COLUMNS, PAPER_COLUMNS, Column, Entry, Sheet, long, wide
from recbench.report.rows import Row, rows_of
from recbench.statistics import Summary

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
    sides = "".join("l" if column.is_text else "r" for column in sheet.columns)
    lines = ["% \\usepackage{booktabs}", rf"\begin{{tabular}}{{@{{}}{sides}@{{}}}}", r"\toprule"]
    if sheet.groups:
        lines += _latex_groups(sheet.groups)
    lines.append(" & ".join(escape.latex(column.title) for column in sheet.columns) + r" \\")
    if any(column.definition for column in sheet.columns):
        small = [
            rf"{{\tiny {escape.latex(column.definition)}}}" if column.definition else ""
            for column in sheet.columns
        ]
        lines.append(" & ".join(small) + r" \\")
    lines.append(r"\midrule")
    for number, line in enumerate(sheet.body):
        if number in sheet.rules:
            lines.append(r"\midrule")
        printed = [_latex_entry(entry) for entry in line]
        if sheet.rules and number and number not in sheet.rules:
            printed[0] = ""  # the data set is named once
        lines.append(" & ".join(printed) + r" \\")
    lines += [r"\bottomrule", r"\end{tabular}"]
    return "\n".join([*lines, *(f"% {escape.latex(line)}" for line in sheet.notes)]) + "\n"


def _latex_groups(groups: Sequence[tuple[str, int]]) -> list[str]:
    heads, rules, start = [], [], 1
    for title, width in groups:
        heads.append(rf"\multicolumn{{{width}}}{{c}}{{{escape.latex(title)}}}" if title else "")
        if title:
            rules.append(rf"\cmidrule(lr){{{start}-{start + width - 1}}}")
        start += width
    return [" & ".join(heads) + r" \\", " ".join(rules)]


def _latex_entry(entry: Entry) -> str:
    mean, *rest = escape.latex(entry.text).split(" ", 1)
    if entry.rank is not None:
        mean = (r"\textbf{%s}", r"\underline{%s}")[entry.rank] % mean
    elif not rest:
        return mean
    return " ".join([mean, *rest])


def html(sheet: Sheet) -> str:
    """Return an HTML table element with its notes, to be put into a page."""
    lines = ['<div class="table">', "<table>", "<thead>"]
    if sheet.groups:
        cells = [
            f'<th colspan="{width}" scope="colgroup">{escape.html(title)}</th>' if title else "<td></td>"
            for title, width in sheet.groups
        ]
        lines.append(f'<tr class="groups">{"".join(cells)}</tr>')
    lines.append("<tr>" + "".join(_html_head(column) for column in sheet.columns) + "</tr>")
    lines += ["</thead>", "<tbody>"]
    for number, line in enumerate(sheet.body):
        rule = ' class="rule"' if number in sheet.rules else ""
        cells = [_html_entry(entry, column) for entry, column in zip(line, sheet.columns, strict=True)]
        lines.append(f"<tr{rule}>{''.join(cells)}</tr>")
    lines += ["</tbody>", "</table>", "</div>"]
    lines += [f'<p class="note">{escape.html(line)}</p>' for line in sheet.notes]
    return "\n".join(lines) + "\n"


def _html_head(column: Column) -> str:
    side = ' class="text"' if column.is_text else ""
    small = f"<br><small>{escape.html(column.definition)}</small>" if column.definition else ""
    return f'<th scope="col"{side}>{escape.html(column.title)}{small}</th>'


def _html_entry(entry: Entry, column: Column) -> str:
    words = escape.html(entry.text)
    if entry.rank is not None:
        mean, space, rest = words.partition(" ")
        tag = ("b", "u")[entry.rank]
        words = f"<{tag}>{mean}</{tag}>{space}{rest}"
    side = ' class="text"' if column.is_text else ""
    return f"<td{side}>{words}</td>"


_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>recbench</title>
<style>
body {{ font: 15px/1.5 system-ui, sans-serif; margin: 2rem; }}
table {{ border-collapse: collapse; border-block: 2px solid; font-variant-numeric: tabular-nums; }}
th, td {{ padding: .2rem .7rem; text-align: right; white-space: nowrap; }}
th {{ vertical-align: bottom; border-bottom: 1px solid; }}
th small {{ font-weight: normal; }}
.text {{ text-align: left; }}
.groups th {{ text-align: center; }}
tr.rule td {{ border-top: 1px solid; }}
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
