"""Score: each method's mean with its interval, the seeds behind it, and the floor."""

from __future__ import annotations

from collections.abc import Iterator

from recbench.report.figures.base import (
    Material,
    Picture,
    by_place,
    cells_of,
    interval_words,
    order,
    whisker,
    who,
    with_metrics,
)
from recbench.report.figures.style import Look
from recbench.report.rows import place_title


def draw(material: Material, look: Look) -> Iterator[Picture]:
    """Draw one panel per data set and classifier; the methods stand in the same order in all."""
    rows = with_metrics(material.rows, "score")
    places, marks, names = by_place(rows), material.marks, order(rows)
    height = 0.55 + 0.19 * len(names)
    figure, axes = look.panels(len(places), height, sharey=True)
    for ax, here in zip(axes, places.values(), strict=True):
        for row in here:
            y, (colour, marker), score = names.index(row.label), marks[row.label], row.values["score"]
            seeds = [mean for record in row.records if (mean := record.mean("score")) is not None]
            if len(seeds) > 1:
                ax.scatter(
                    seeds, [y + 0.24] * len(seeds), look.marker**2 / 5, colour, linewidths=0, alpha=0.7
                )
            if ends := whisker(row, "score"):
                ax.plot(ends, [y, y], color=colour, linewidth=look.line, zorder=2)
            ax.plot(
                score.mean or 0.0, y, color=colour, marker=marker, markeredgecolor="white",
                markeredgewidth=0.4, zorder=3,
            )  # fmt: skip
        for floor in (row for row in here if row.is_floor):
            ax.axvline(
                floor.mean("score") or 0.0, color="#808080", linewidth=look.thin, linestyle=":", zorder=1
            )
        edges = [edge for row in here for edge in (*(whisker(row, "score") or ()), row.mean("score"))]
        known = [min(2.0, max(-1.0, edge)) for edge in edges if edge is not None]
        margin = 0.05 * ((max(known) - min(known)) or 1.0)
        ax.set_xlim(min(known) - margin, max(known) + margin)
        look.rows(ax, names)
        ax.set_xlabel("Score ↑")
    look.titles(figure, axes, [place_title(place, places) for place in places])
    caption = (
        f"Score (Val + LOF − Cost/d per person; without recourse 0) with the {interval_words(rows)}, cut at"
        " -1 and 2; small dots below are the seeds' means. Dotted: the floor, which changes nobody."
        f" {who(rows)}"
    )
    yield Picture("score", figure, caption, cells_of(rows))
