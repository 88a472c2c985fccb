"""Distributions: how cost, LOF and Score are spread over people."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from recbench.report.figures.base import (
    Material,
    NothingToDraw,
    Picture,
    by_place,
    cells_of,
    order,
    who,
)
from recbench.report.figures.style import Look, lighter, logarithmic
from recbench.report.rows import Row, place_title
from recbench.report.values import card

_DISTRIBUTED = {"cost": "linear", "lof_score": "log", "score": "linear"}
"""What is shown of each person, and the axis it needs."""


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
    import seaborn

    places, marks, names = by_place(rows), material.marks, order(rows)
    figure, axes = look.panels(len(places), 0.55 + 0.2 * len(names), sharey=True)
    title = card(metric).title
    arrow = {"higher": " ↑", "lower": " ↓"}.get(card(metric).better, "")
    for ax, here in zip(axes, places.values(), strict=True):
        values = [material.people(row)[metric].dropna() for row in here]
        frame = pd.concat(
            [pd.DataFrame({"value": own, "y": row.label}) for own, row in zip(values, here, strict=True)]
        )
        seaborn.violinplot(
            frame, x="value", y="y", hue="y", order=names, hue_order=names, orient="y", cut=0, bw_adjust=0.3,
            density_norm="width", width=0.9, inner=None, linewidth=0.5, linecolor="#333333", legend=False,
            palette={name: lighter(marks[name][0], 0.35) for name in names}, log_scale=scale == "log", ax=ax,
        )  # fmt: skip
        for own, row in zip(values, here, strict=True):
            middle = own.median()
            ax.plot(middle, names.index(row.label), "|", color="black", markersize=1.6 * look.marker)
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
