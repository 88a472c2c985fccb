"""Distributions: how cost, LOF and Score are spread over people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from recbench.report.figures.base import (
    Material,
    NothingToDraw,
    Picture,
    by_place,
    cells_of,
    order,
    who,
)
from recbench.report.figures.style import Look, lighter, logarithmic, muted
from recbench.report.rows import Row, place_title
from recbench.report.values import card

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_DISTRIBUTED = {"cost": "linear", "lof_score": "log", "score": "linear"}
"""What is shown of each person, and the axis it needs."""

_GRID, _NARROWER = 100, 0.3
"""Points at which a density is computed, and the kernel's share of Scott's width."""
_WIDTH, _LINE, _EDGE = 0.9, 0.5, "#333333"
"""Height of a shape in lines, and the line around it."""


def distributions(material: Material, look: Look) -> Iterator[Picture]:
    """Draw one figure per measure: a panel per data set, a shape per method.

    Score lies in clusters around 0, 1 and 2, between which a box would stretch over nobody.
    """
    drawn = 0
    for metric, scale in _DISTRIBUTED.items():
        rows = [row for row in material.rows if row.mean(metric) is not None]
        if rows:
            drawn += 1
            yield _distribution(material, rows, metric, scale, look)
    if not drawn:
        raise NothingToDraw(f"no finished cell has {', '.join(_DISTRIBUTED)}")


def _distribution(material: Material, rows: list[Row], metric: str, scale: str, look: Look) -> Picture:
    places, marks, names = by_place(rows), material.marks, order(rows)
    figure, axes = look.panels(len(places), 0.55 + 0.2 * len(names), sharey=True)
    title = card(metric).title
    arrow = {"higher": " ↑", "lower": " ↓"}.get(card(metric).better, "")
    for ax, here in zip(axes, places.values(), strict=True):
        if scale == "log":
            ax.set_xscale("log")
        values = {row.label: _known(material, row, metric) for row in here}
        for name in filter(values.__contains__, names):
            _shape(ax, values[name], names.index(name), muted(lighter(marks[name][0], 0.35)), scale == "log")
        for name, own in values.items():
            middle = np.median(own)
            ax.plot(middle, names.index(name), "|", color="black", markersize=1.6 * look.marker)
        if scale == "log":
            logarithmic(ax)
        look.rows(ax, names)
        ax.set(xlabel=f"{title}{arrow}{' (log)' if scale == 'log' else ''}", ylabel="")
    look.titles(figure, axes, [place_title(place, places) for place in places])
    caption = (
        f"{title} person by person, people of all seeds together: {card(metric).summary}. A shape is as high"
        " as people are dense there (Gaussian kernel, cut at the lowest and the highest person), its highest"
        f" point the same for each method; the black mark is the median. {who(rows)}"
    )
    return Picture(f"distributions-{metric}", figure, caption, cells_of(rows))


def _known(material: Material, row: Row, metric: str) -> np.ndarray:
    """Return (n,) a metric of every person of a row who has it."""
    cells = [material.cell_people(record.key)[metric].to_numpy(dtype=float) for record in row.records]
    values = np.concatenate(cells)
    known: np.ndarray = values[~np.isnan(values)]
    return known


def _shape(ax: Axes, values: np.ndarray, middle: int, colour: str, logarithmic: bool) -> None:
    """Draw how dense (n,) values are as a shape around the line at ``middle``; a stroke if all are equal."""
    line = {"linewidth": _LINE, "color": _EDGE}
    found = np.log10(values[values > 0]) if logarithmic else values
    if len(found) < 2 or np.ptp(found) == 0:
        mean = found.mean() if len(found) else np.nan
        at = 10**mean if logarithmic else mean
        ax.plot([at, at], [middle - _WIDTH / 2, middle + _WIDTH / 2], **line)  # type: ignore[arg-type]
        return
    grid = np.linspace(found.min(), found.max(), _GRID)
    dense = density(found, grid)
    half = dense / dense.max() * _WIDTH / 2
    ax.fill_between(
        10**grid if logarithmic else grid, middle - half, middle + half,
        facecolor=colour, edgecolor=_EDGE, linewidth=_LINE,
    )  # fmt: skip


def density(values: np.ndarray, grid: np.ndarray) -> np.ndarray:
    """Return (k,) up to a factor, how dense (n,) values are at the (k,) points of a grid.

    A Gaussian kernel as wide as :data:`_NARROWER` times Scott's rule (Scott, Multivariate Density Estimation,
    1992): values lie in clusters, which the rule, made for one, would blur.
    """
    width = _NARROWER * len(values) ** -0.2 * values.std(ddof=1)
    # Many people have the same value: what does nothing to anybody has one for all of them.
    distinct, counts = np.unique(values, return_counts=True)
    # One point after another: there may be a million people.
    return np.array([np.exp(-0.5 * ((point - distinct) / width) ** 2) @ counts for point in grid])
