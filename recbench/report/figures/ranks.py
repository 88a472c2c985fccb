"""Ranks: methods ranked on each data set. With enough data sets, a critical-difference diagram."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from recbench.escape import file_name
from recbench.report.figures.base import Material, NothingToDraw, Picture, cells_of, who, with_metrics
from recbench.report.figures.style import Look, Mark
from recbench.report.ranking import ENOUGH, Ranking, ranking
from recbench.report.rows import Row

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw(material: Material, look: Look) -> Iterator[Picture]:
    """Draw one figure per classifier and setting."""
    rows = with_metrics(material.rows, "score")
    groups = sorted({(row.classifier, row.setting) for row in rows})
    drawn = 0
    for classifier, setting in groups:
        here = [row for row in rows if (row.classifier, row.setting) == (classifier, setting)]
        order = ranking(here)
        if order.ranks.shape[1] < 2 or order.ranks.shape[0] < 2:
            continue
        drawn += 1
        words = [classifier, setting] if len(groups) > 1 else []
        yield _picture(
            "-".join(["ranks", *(file_name(word) for word in words if word)]),
            here,
            order,
            material.marks,
            look,
        )
    if not drawn:
        raise NothingToDraw("ranks need two methods that two data sets share")


def _picture(name: str, rows: list[Row], order: Ranking, marks: dict[str, Mark], look: Look) -> Picture:
    figure = (_dots if order.pairs is None else _diagram)(order, marks, look)
    left_out = (
        f" Left out, because some data set lacks them: {', '.join(order.left_out)}." if order.left_out else ""
    )
    shown = (
        f"Bars join methods whose mean ranks differ by less than Nemenyi's critical difference,"
        f" {order.difference:.2f} at 5 % (Demšar 2006)."
        if order.pairs is not None
        else "Small marks are the ranks on single data sets. No test is made and no difference is claimed."
    )
    caption = f"Ranks by mean Score, 1 is best. {order.said}. {shown}{left_out} {who(rows)}"
    return Picture(name, figure, caption, cells_of(rows))


def _dots(order: Ranking, marks: dict[str, Mark], look: Look) -> Figure:
    """Draw mean ranks over the ranks on single data sets, and say why there is no test."""
    names = [str(name) for name in order.ranks]
    figure, (ax,) = look.panels(1, 0.85 + 0.17 * len(names))
    for y, name in enumerate(names):
        colour, marker = marks[name]
        ax.scatter(
            order.ranks[name], [y] * len(order.ranks), look.marker**2 / 3, colour, marker="|", alpha=0.8
        )
        ax.plot(
            order.ranks[name].mean(),
            y,
            color=colour,
            marker=marker,
            markeredgecolor="white",
            markeredgewidth=0.4,
        )
    ax.set_xlim(0.7, len(names) + 0.3)
    ax.set_xticks(range(1, len(names) + 1, 1 + len(names) // 13))  # 13 numbers fit into a column
    look.rows(ax, names)
    ax.set_xlabel("Rank by Score (1 is best)")
    few = len(order.ranks)
    ax.set_title(
        f"{few} data sets: too few for Friedman's test ({ENOUGH})" if few < ENOUGH else order.said,
        fontsize=look.font - 1,
    )
    return figure


def _diagram(order: Ranking, marks: dict[str, Mark], look: Look) -> Figure:
    """Draw scikit-posthocs' critical-difference diagram."""
    from scikit_posthocs import critical_difference_diagram

    figure, (ax,) = look.panels(1, 1.1 + 0.1 * len(order.ranks.columns))
    figure.set_figwidth(look.two_columns * 0.75)
    ax.grid(False)
    critical_difference_diagram(
        order.ranks.mean(),
        order.pairs,
        ax=ax,
        label_props={"fontsize": look.font - 1},
        marker_props={"s": 0},
        elbow_props={"linewidth": 0.8},
        crossbar_props={"color": "#333333", "linewidth": 2 * look.line},
        color_palette={name: marks[name][0] for name in map(str, order.ranks)},
    )
    for name, rank in order.ranks.mean().items():
        colour, marker = marks[str(name)]
        ax.plot(rank, 0, color=colour, marker=marker, markersize=look.marker * 1.2, zorder=4, clip_on=False)
    ax.set_title(f"{order.said}; critical difference {order.difference:.2f}", fontsize=look.font - 1)
    return figure
