"""Labels: names written beside their points, none over another one or over a point.

Points stay where they are and the text looks for room around them: for each name a ring of places is tried
and the best kept, three times over, since a name that moves makes room for others. It is deterministic, so
that the same cells give the same file; adjustText, which moves texts by forces, stops after a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from recbench.report.figures.style import darker

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from recbench.report.figures.style import Look

_DISTANCES = (5, 8, 12, 17, 23, 30, 38, 48, 60)
"""Points of print between a marker and its name."""
_ANGLES = np.linspace(0, 2 * np.pi, 24, endpoint=False)
_LINE_FROM = 4
"""Points of distance from which on a line leads from the name to its marker."""
_ROUNDS = 3


@dataclass(frozen=True)
class Labelled:
    """A point with a name; places in the data's units, ``radius`` of its marker in points."""

    x: float
    y: float
    text: str
    colour: str
    radius: float


def write_labels(figure: Figure, panels: Sequence[tuple[Axes, Sequence[Labelled]]], look: Look) -> None:
    """Write the names of the points of each panel; everything else must have been drawn."""
    figure.draw_without_rendering()  # settles where the panels are
    scale = figure.dpi / 72
    for ax, points in panels:
        at = ax.transData.transform([(point.x, point.y) for point in points])
        sizes = [_size(ax, point.text, look) for point in points]
        radii = np.array([point.radius for point in points]) * scale
        boxes = _placed(at, np.array(sizes), radii, ax.get_window_extent().get_points(), scale)
        for point, place, box in zip(points, at, boxes, strict=True):
            gaps = np.linalg.norm(np.clip(at, *box) - at, axis=1) / scale
            gap = np.linalg.norm(np.clip(place, *box) - place) / scale
            is_clear = gap <= _LINE_FROM + point.radius and (gaps < 2 * gap + 1).sum() == 1
            line = {"arrowstyle": "-", "color": point.colour, "linewidth": 0.7 * look.thin, "shrinkA": 0}
            ax.annotate(
                point.text, (point.x, point.y), tuple((box.mean(axis=0) - place) / scale),
                textcoords="offset points", fontsize=look.font - 2, color=darker(point.colour, 0.4),
                ha="center", va="center", zorder=5, annotation_clip=False,
                bbox={"facecolor": "white", "alpha": 0.5, "linewidth": 0, "pad": 0.1},
                arrowprops=None if is_clear else {**line, "shrinkB": 0, "relpos": (0.5, 0.5)},
            )  # fmt: skip


def _size(ax: Axes, text: str, look: Look) -> np.ndarray:
    """Return width and height of a name in pixels."""
    written = ax.annotate(text, (0, 0), fontsize=look.font - 2, annotation_clip=False)
    size = written.get_window_extent().size
    written.remove()
    return np.asarray(size)


def _placed(
    points: np.ndarray, sizes: np.ndarray, radii: np.ndarray, panel: np.ndarray, scale: float
) -> np.ndarray:
    """Return (n, 2, 2) corners of each name's box, in pixels."""
    markers = np.stack([points - radii[:, None], points + radii[:, None]], axis=1)
    boxes = np.full((len(points), 2, 2), np.nan)
    # Where it is crowded first: there is least choice.
    apart = np.linalg.norm(points[:, None] - points[None], axis=-1)
    order = np.argsort(np.sort(apart, axis=1)[:, : 1 + len(points) // 4].sum(axis=1), kind="stable")
    for _ in range(_ROUNDS):
        for at in order:
            others = np.delete(boxes, at, axis=0)
            taken = others[~np.isnan(others).any(axis=(1, 2))]
            tried = _candidates(points[at], sizes[at], radii[at], scale)
            costs = _costs(tried, points[at], taken, markers, points, panel, scale)
            boxes[at] = tried[int(np.argmin(costs))]
    return boxes


def _candidates(point: np.ndarray, size: np.ndarray, radius: float, scale: float) -> np.ndarray:
    """Return the boxes that are tried for one name: around its marker, near ones first."""
    directions = np.stack([np.cos(_ANGLES), np.sin(_ANGLES)], axis=1)
    centres = [
        point + directions * (radius + distance * scale - 3 * scale) + directions * size / 2
        for distance in _DISTANCES
    ]
    middle = np.concatenate(centres)
    return np.stack([middle - size / 2, middle + size / 2], axis=1)


def _costs(
    boxes: np.ndarray,
    point: np.ndarray,
    taken: np.ndarray,
    markers: np.ndarray,
    points: np.ndarray,
    panel: np.ndarray,
    scale: float,
) -> np.ndarray:
    """Return how bad each place is: what it covers, what its line would cross, and how far away it is.

    Args:
        boxes: (k, 2, 2) corners of the places, in pixels.
        point: (2,) what is named.
        taken: (m, 2, 2) corners of other names.
        markers: (n, 2, 2) corners of the markers of all points.
        points: (n, 2) all points.
        panel: (2, 2) corners of the panel.
        scale: pixels per point of print.
    """
    edge = 3 * scale
    low, high = boxes[:, 0], boxes[:, 1]
    outside = np.maximum(panel[0] + edge - low, 0).sum(axis=1)
    outside += np.maximum(high + edge - panel[1], 0).sum(axis=1)
    near = np.clip(point, low, high)
    # (k, 12, 2): places along the line from the point to its name.
    line = point + np.linspace(0, 1, 12)[:, None] * (near - point)[:, None]
    inside = (line[:, :, None] >= taken[:, 0]) & (line[:, :, None] <= taken[:, 1])
    crossed = inside.all(axis=-1).mean(axis=1).sum(axis=1)
    close = np.linalg.norm(points - line[:, :, None], axis=-1) < 2 * scale
    passed = close.any(axis=1).sum(axis=1) - 1
    own = np.linalg.norm(near - point, axis=1)
    gaps = np.linalg.norm(np.clip(points, low[:, None], high[:, None]) - points, axis=-1)
    nearer = (gaps < own[:, None] + 2 * scale).sum(axis=1) - 1
    covered = _overlaps(boxes, taken, 2 * scale) * 4 + _overlaps(boxes, markers, 0) * 2
    costs: np.ndarray = (
        covered / scale**2 + 20 * outside / scale + 60 * crossed + 4 * np.maximum(0, passed)
        + 3 * np.maximum(0, nearer) + own / scale
    )  # fmt: skip
    return costs


def _overlaps(boxes: np.ndarray, others: np.ndarray, margin: float) -> np.ndarray:
    """Return (k,) how much of the others each box covers, in square pixels."""
    sides = np.minimum(boxes[:, None, 1], others[:, 1]) - np.maximum(boxes[:, None, 0], others[:, 0]) + margin
    return np.asarray(np.maximum(sides, 0).prod(axis=-1).sum(axis=1))
