"""Trade-off: what plausibility costs. Cost against LOF, validity as the marker's area."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

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
from recbench.report.figures.labels import Labelled, write_labels
from recbench.report.figures.style import COLOURS, Look, Mark, handle, leftmost, lowest
from recbench.report.rows import Row, place_title

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SHOWN = (0.25, 0.5, 1.0)
"""Validities in the legend."""
_SMALLEST = 0.12
"""Markers do not shrink further, or they could not be told apart."""


def draw(material: Material, look: Look) -> Iterator[Picture]:
    """Draw one panel per data set and classifier.

    Few methods have a legend. More are named beside their points, in larger panels: colours alone would
    not tell them apart.
    """
    rows = with_metrics(material.rows, "cost", "lof", "validity")
    places, marks, names = by_place(rows), material.marks, order(rows)
    crowded = max(map(len, places.values())) > len(COLOURS)
    figure, axes = look.panels(len(places), 3.1 if crowded else 2.25, most=2 if crowded else 3)
    front = None
    for ax, here in zip(axes, places.values(), strict=True):
        front = _panel(ax, here, marks, look, 0.35 if crowded else 0.7) or front
    for ax in lowest(axes):
        ax.set_xlabel("Cost (L1) ↓")
    for ax in leftmost(axes):
        ax.set_ylabel("LOF (share of inliers) ↑")
    look.titles(figure, axes, [place_title(place, places) for place in places])
    full = _size(look, 1.0)
    handles = [] if crowded else [handle(name, marks[name], full**0.5) for name in names]
    handles += [handle(f"Val {share:g}", ("#b0b0b0", "o"), _size(look, share) ** 0.5) for share in _SHOWN]
    look.legend(figure, [*handles, *([front] if front is not None else [])])
    if crowded:
        panels = [_labelled(here, marks, look) for here in places.values()]
        write_labels(figure, list(zip(axes, panels, strict=True)), look)
    caption = (
        "Mean cost (L1 in the encoded space, over people with a recourse) against the share of recourses that"
        " are inliers (LOF). The area of a marker grows with validity, the share that the gold labeller"
        " accepts; a floor, which changes nobody, keeps its size."
        f" Whiskers: {interval_words(rows)}, cut at the ends of the axes."
        " Dotted: the Pareto front of cost and LOF among the methods that change somebody."
        f" {who(rows)}"
    )
    yield Picture("tradeoff", figure, caption, cells_of(rows))


def _labelled(rows: Sequence[Row], marks: dict[str, Mark], look: Look) -> list[Labelled]:
    return [
        Labelled(
            row.mean("cost") or 0.0, row.mean("lof") or 0.0, row.label, marks[row.label][0],
            _size(look, _area(row)) ** 0.5 / 2,
        )
        for row in rows
    ]  # fmt: skip


def _area(row: Row) -> float:
    """Return what a marker's area stands for; a floor's would say how many need no change."""
    return 1.0 if row.is_floor else row.mean("validity") or 0.0


def _size(look: Look, validity: float) -> float:
    return float((look.marker * 1.6) ** 2 * max(_SMALLEST, validity))


def _panel(ax: Axes, rows: Sequence[Row], marks: dict[str, Mark], look: Look, ink: float) -> Any:
    for row in rows:
        cost, lof = row.mean("cost") or 0.0, row.mean("lof") or 0.0
        colour, marker = marks[row.label]
        whiskers: Any = {"color": colour, "linewidth": look.thin, "alpha": ink, "zorder": 2}
        if across := whisker(row, "cost"):
            ax.plot(across, [lof] * 2, **whiskers)
        if upright := whisker(row, "lof"):
            ax.plot([cost] * 2, upright, **whiskers)
        ax.scatter(
            cost, lof, s=_size(look, _area(row)), color=colour, marker=marker, edgecolors="white",
            linewidths=0.4, zorder=3,
        )  # fmt: skip
    means = [(row.mean("cost") or 0.0, row.mean("lof") or 0.0) for row in rows]
    highest = max(cost for cost, _ in means) or 1.0
    lowest = min(lof for _, lof in means)
    ax.set_xlim(-0.06 * highest, 1.12 * highest)
    ax.set_ylim(max(-0.03, lowest - 0.12), 1.03)
    return _front(ax, look, [row for row in rows if row.competes], 1.12 * highest)


def _front(ax: Axes, look: Look, rows: Sequence[Row], right: float) -> Any:
    points = pareto([(row.mean("cost") or 0.0, row.mean("lof") or 0.0) for row in rows])
    if len(points) < 2:
        return None
    x, y = [cost for cost, _ in points], [lof for _, lof in points]
    (line,) = ax.step(
        [*x, right], [*y, y[-1]], where="post", color="#555555", linewidth=look.thin, linestyle=":", zorder=1,
        label="Pareto front",
    )  # fmt: skip
    return line


def pareto(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return the points of which none other has at most the cost and at least the LOF; by cost."""
    front: list[tuple[float, float]] = []
    for cost, lof in sorted(points, key=lambda point: (point[0], -point[1])):
        if not front or lof > front[-1][1]:
            front.append((cost, lof))
    return front
