"""Growth as Markdown."""

from __future__ import annotations

import pandas as pd

from benchmarks.speed.growth.figures import slopes
from benchmarks.speed.machine import machine
from benchmarks.speed.peers.tables import rounded

_ABOUT = """\
Each method in a process of its own, one thread, in chunks of 10,000 people; medians where a call is short,
one call where it is long. *Slope* is that of the logarithms between the last two sizes: 1 is proportional.
Wall-clock seconds are in `growth.csv`. Memory is the most that was resident in the process so far, libraries
included."""


def markdown(frame: pd.DataFrame, asked: str, data: str, rows: int, answered: int) -> str:
    """Return the page.

    Args:
        frame: rows of both axes.
        asked: command that made them.
        data: name of the data set whose people they are.
        rows: of training, of the wide tables.
        answered: people of the wide tables.
    """
    people, features = (frame[frame["axis"] == axis] for axis in ("people", "features"))
    parts = ["# Growth", f"`{asked}`", machine("torch", "numpy"), _ABOUT]
    parts += [
        f"## People\n\nDrawn with repetition from the rejected of `{data}`. CPU seconds for all of them:",
        table(people, "cpu"),
        "Peak memory, MiB:",
        table(people, "peak"),
        "![seconds and memory against people](growth-people.png)",
        f"## Features\n\nGenerated tables of {rows:,} training rows. CPU seconds of fit:",
        table(features, "fit_cpu"),
        f"CPU seconds to answer {answered} people:",
        table(features, "cpu"),
        "Peak memory, MiB:",
        table(features, "peak"),
        "![seconds and memory against features](growth-features.png)",
    ]
    failed = frame[frame["failure"] != ""]
    if len(failed):
        said = [f"* {row.method}, {row.size:,} {row.axis}: {row.failure}" for row in failed.itertuples()]
        parts += ["## Not measured", "\n".join(said)]
    return "\n\n".join(parts) + "\n"


def table(rows: pd.DataFrame, column: str) -> str:
    """Return ``column`` by method and size, and how steep it is, as Markdown."""
    sizes = sorted(rows["size"].unique())
    steep = slopes(rows, column)
    heads = ["Method", *(f"{size:,}" for size in sizes), "Slope"]
    lines = ["| " + " | ".join(heads) + f" |\n|---|{'---:|' * (len(heads) - 1)}"]
    for method, part in rows.groupby("method", sort=False):
        by_size = part.set_index("size")[column]
        cells = [rounded(float(by_size.get(size, float("nan")))) for size in sizes]
        slope = f"{steep[method]:.2f}" if method in steep else "–"
        lines.append("| " + " | ".join([f"`{method}`", *cells, slope]) + " |")
    return "\n".join(lines)
