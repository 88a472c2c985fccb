"""Speed: seconds per 1,000 people, and seconds of fit, on a logarithmic axis."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from recbench.report.figures.base import (
    Material,
    NothingToDraw,
    Picture,
    by_place,
    cells_of,
    who,
)
from recbench.report.figures.style import Look, handle, logarithmic, lowest
from recbench.report.rows import Row, place_title

_INSTANT = 1e-3
"""Seconds below which nothing was done that is worth a mark."""


def draw(material: Material, look: Look) -> Iterator[Picture]:
    """Draw one panel per data set and classifier, the quickest method on top."""
    rows = [row for row in material.rows if row.competes and _per_thousand(row) is not None]
    if not rows:
        raise NothingToDraw("no finished cell of a method that changes somebody has timings")
    places, marks = by_place(rows), material.marks
    mean = {
        name: np.mean([np.log(_per_thousand(row) or _INSTANT) for row in rows if row.label == name])
        for name in {row.label for row in rows}
    }
    names = sorted(mean, key=lambda name: float(mean[name]))
    figure, axes = look.panels(len(places), 0.55 + 0.17 * len(names), sharey=True, sharex=True)
    for ax, here in zip(axes, places.values(), strict=True):
        for row in here:
            y, (colour, marker) = names.index(row.label), marks[row.label]
            fit = float(np.mean([record.fit_seconds or 0.0 for record in row.records]))
            if fit >= _INSTANT:
                ax.plot(fit, y, color=colour, marker=marker, markerfacecolor="white", linestyle="none")
            ax.plot(_per_thousand(row) or _INSTANT, y, color=colour, marker=marker, linestyle="none")
        look.rows(ax, names)
    for ax in axes:
        logarithmic(ax)
    look.titles(figure, axes, [place_title(place, places) for place in places])
    for ax in lowest(axes):
        ax.set_xlabel("Seconds (log) ↓")
    grey = ("#555555", "o")
    look.legend(
        figure,
        [
            handle("generate, per 1,000 people", grey),
            handle("fit, once", grey, markerfacecolor="white", markeredgecolor="#555555", markeredgewidth=1),
        ],
    )
    machines = sorted(
        {record.environment.get("machine", "unknown") for row in rows for record in row.records}
    )
    threads = sorted({record.cell.threads for row in rows for record in row.records})
    devices = sorted({record.cell.device for row in rows for record in row.records})
    caption = (
        "Wall-clock seconds of generate per 1,000 people (filled) and of fit (open), means over seeds;"
        f" {', '.join(devices)}, {', '.join(map(str, threads))} thread(s) per cell, {', '.join(machines)}."
        f" A method without an open mark has nothing to fit. {who(rows)}"
    )
    yield Picture("speed", figure, caption, cells_of(rows))


def _per_thousand(row: Row) -> float | None:
    """Return seconds of generate per 1,000 people, over all cells of a row."""
    seconds = sum(record.generate_seconds or 0.0 for record in row.records)
    people = sum(record.people for record in row.records if record.generate_seconds is not None)
    return max(_INSTANT, 1000 * seconds / people) if people else None
