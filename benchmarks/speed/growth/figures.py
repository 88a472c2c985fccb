"""Growth as log-log figures: a line per method, and how steep it is at its end."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pandas as pd

_COLOURS = ("#0173b2", "#de8f05", "#029e73", "#d55e00", "#cc78bc", "#ca9161", "#949494", "#56b4e9")
_MARKERS = "osD^vPX*"
_STYLE: dict[Any, Any] = {  # matplotlib lists its keys one by one
    "axes.grid": True,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "font.size": 8,
    "grid.color": "#e5e5e5",
    "lines.linewidth": 1.2,
    "lines.markersize": 4,
    "savefig.dpi": 200,
}
_PANELS = {
    "people": {"cpu": "CPU seconds for all of them", "peak": "peak memory (MiB)"},
    "features": {
        "fit_cpu": "CPU seconds of fit",
        "cpu": "CPU seconds to answer",
        "peak": "peak memory (MiB)",
    },
}
_INSTANT = 1e-3
"""Seconds below which there is nothing to draw."""


def draw(rows: pd.DataFrame, axis: str, path: Path) -> None:
    """Draw the rows of one axis (``people`` or ``features``) into a file.

    A dashed line shows what growing in proportion looks like.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    here = rows[(rows["axis"] == axis) & (rows["failure"] == "")]
    panels = _PANELS[axis]
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(3.0 * len(panels) + 1.2, 3.2), layout="constrained")
        axes = figure.subplots(1, len(panels))
        for ax, (column, title) in zip(axes, panels.items(), strict=True):
            for place, (method, part) in enumerate(here.groupby("method", sort=False)):
                shown = part[part[column] > _INSTANT]
                ax.plot(
                    shown["size"],
                    shown[column],
                    label=str(method),
                    color=_COLOURS[place % len(_COLOURS)],
                    marker=_MARKERS[place % len(_MARKERS)],
                    linestyle="-" if place < len(_COLOURS) else ":",
                )
            ax.set(xscale="log", yscale="log", xlabel=axis, ylabel=title)
            sizes = sorted(here["size"].unique())
            ax.set_xticks(sizes, [_short(size) for size in sizes])
            ax.xaxis.minorticks_off()
            if column == "peak":
                ax.yaxis.set_major_formatter("{x:,.0f}")
                ax.yaxis.set_minor_formatter("{x:,.0f}")
            _proportion(ax, here, column)
        handles, labels = axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside right center", frameon=False)
        figure.savefig(path, metadata={"Software": None})


def slopes(rows: pd.DataFrame, column: str) -> pd.Series:
    """Return by method the slope of log ``column`` over log size, between the last two sizes timed."""
    found = {}
    for method, part in rows[rows["failure"] == ""].groupby("method", sort=False):
        last = part[part[column] > _INSTANT].sort_values("size").tail(2)
        if len(last) == 2:
            (n, m), (before, after) = last["size"], last[column]
            found[method] = math.log(after / before) / math.log(m / n)
    return pd.Series(found, dtype=float)


def _proportion(ax: Any, rows: pd.DataFrame, column: str) -> None:
    low, high = rows["size"].min(), rows["size"].max()
    start = rows.loc[rows[column] > _INSTANT, column].min()
    if low < high and start > 0 and column != "peak":
        ends = [start, start * high / low]
        ax.plot([low, high], ends, color="#444444", linestyle="--", linewidth=0.8, label="in proportion")


def _short(size: int) -> str:
    return f"{size // 1_000_000}M" if size >= 1_000_000 else f"{size // 1000}k" if size >= 1000 else str(size)
