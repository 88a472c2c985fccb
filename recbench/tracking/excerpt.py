"""Excerpt: the first people of a cell as a page, because MLflow shows no Parquet."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from recbench.escape import html, shortened, visible

Own = str | float | None
"""A person's value of a feature, in own units."""

_PEOPLE = 50
_MEASURES = ("found", "score", "cost", "validity", "lof")
_LONGEST = 100
"""Letters of a name or a value."""

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>People</title>
<style>
body {{ font: 14px/1.5 system-ui, sans-serif; margin: 1rem; }}
table {{ border-collapse: collapse; font-variant-numeric: tabular-nums; }}
th, td {{ padding: .2rem .7rem; text-align: left; white-space: nowrap; border-bottom: 1px solid #ddd; }}
</style>
</head>
<body>
<p>{said}</p>
{table}
</body>
</html>
"""


def excerpt_of(people: Path) -> str:
    """Return an HTML page with the first people of a ``people.parquet``, in own units.

    Raises:
        OSError: the file is gone.
        ValueError: it cannot be read as what it should be.
    """
    import pyarrow.parquet as pq

    file = pq.ParquetFile(people)
    count = file.metadata.num_rows
    frame = next(file.iter_batches(_PEOPLE)).to_pandas() if count else pd.DataFrame({"person": []})
    said = f"The first {len(frame)} of {count} people. " if len(frame) < count else f"{count} people. "
    said += f"A value that the recourse changes is written before → after. All of it is in {people.name}."
    with pd.option_context("display.max_colwidth", None):
        table = _shown(frame).to_html(index=False, border=0, escape=True)
    return _PAGE.format(said=html(said), table=table)


def _shown(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the people as texts: how well they fare, and a column per feature."""
    columns: list[tuple[str, list[str]]] = [("person", [str(one) for one in frame["person"]])]
    if "reason" in frame and any(frame["reason"]):
        columns.append(("reason", list(frame["reason"])))
    for name in filter(frame.__contains__, _MEASURES):
        columns += [(name, ["" if pd.isna(value) else f"{value:.4g}" for value in frame[name]])]
    for name in [str(column)[3:] for column in frame if str(column).startswith("f__")]:
        pairs = zip(frame[f"f__{name}"], frame[f"c__{name}"], strict=True)
        columns += [(name, [_changed(before, after) for before, after in pairs])]
    # A feature may be called like a measure, or like another one when both are cut short.
    table = pd.DataFrame({at: map(_fit, texts) for at, (_, texts) in enumerate(columns)}, dtype=object)
    table.columns = pd.Index([_fit(name) for name, _ in columns])
    return table


def _changed(before: Own, after: Own) -> str:
    if pd.isna(after) or before == after:
        return _own(before)
    return f"{_own(before)} → {_own(after)}"


def _own(value: Own) -> str:
    """Return an own value with every digit."""
    return np.format_float_positional(value, trim="-") if isinstance(value, float) else str(value)


def _fit(text: str) -> str:
    return shortened(visible(text), _LONGEST)
