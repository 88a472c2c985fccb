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
from recbench.report.figures.style import Look, handle, leftmost, looks_of
from recbench.report.rows import Row, place_title

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SHOWN = (0.25, 0.5, 1.0)
"""Validities in the legend."""
_SMALLEST = 0.12
"""Markers do not shrink further, or they could not be told apart."""


def draw(material: Material, look: Look) -> Iterator[Picture]:
    """Draw one panel per data set and classifier."""
    rows = with_metrics(material.rows, "cost", "lof", "validity")
    places = by_place(rows)
    looks = looks_of(rows)
    figure, axes = look.panels(len(places), 2.25)
    front = None
    for ax, here in zip(axes, places.values(), strict=True):
        front = _panel(ax, here, looks, look) or front
        ax.set_xlabel("Cost (L1) ↓")
    for ax in leftmost(axes):
        ax.set_ylabel("LOF (share of inliers) ↑")
    look.titles(figure, axes, [place_title(place, places) for place in places])
    full = _size(look, 1.0)
    handles = [handle(name, looks[name], full**0.5) for name in order(rows)]
    handles += [handle(f"Val {share:g}", ("#b0b0b0", "o"), _size(look, share) ** 0.5) for share in _SHOWN]
    look.legend(figure, [*handles, *([front] if front is not None else [])])
    caption = (
        "Mean cost (L1 in the encoded space, over people with a recourse) against the share of recourses that"
        " are inliers (LOF). The area of a marker grows with validity, the share that the gold labeller"
        " accepts; a floor, which changes nobody, keeps its size."
        f" Whiskers: {interval_words(rows)}, cut at the ends of the axes."
        " Dotted: the Pareto front of cost and LOF among the methods that change somebody."
        f" {who(rows)}"
    )
    yield Picture("tradeoff", figure, caption, cells_of(rows))


def _size(look: Look, validity: float) -> float:
    return float((look.marker * 1.6) ** 2 * max(_SMALLEST, validity))


def _panel(ax: Axes, rows: Sequence[Row], looks: dict[str, tuple[str, str]], look: Look) -> Any:
    for row in rows:
        cost, lof, validity = (row.values[name] for name in ("cost", "lof", "validity"))
        colour, marker = looks[row.label]
        assert cost.mean is not None and lof.mean is not None and validity.mean is not None
        whiskers: Any = {"color": colour, "linewidth": look.thin, "alpha": 0.7, "zorder": 2}
        if across := whisker(row, "cost"):
            ax.plot(across, [lof.mean] * 2, **whiskers)
        if upright := whisker(row, "lof"):
            ax.plot([cost.mean] * 2, upright, **whiskers)
        ax.scatter(
            cost.mean, lof.mean, s=_size(look, 1.0 if row.is_floor else validity.mean), color=colour,
            marker=marker, edgecolors="white", linewidths=0.4, zorder=3,
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
