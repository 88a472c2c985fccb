"""Figures of people: how a measure is distributed over them, and which features they change."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from recbench.escape import in_pictures
from recbench.report.figures.base import (
    Material,
    NothingToDraw,
    Picture,
    by_place,
    cells_of,
    order,
    picture_name,
    who,
    with_metrics,
)
from recbench.report.figures.style import Look, lighter, logarithmic, looks_of
from recbench.report.rows import Row, place_title
from recbench.report.values import card

_DISTRIBUTED = {"cost": "linear", "lof_score": "log", "score": "linear"}
"""What is shown of each person, and the axis it needs."""
_DOTS = 120
"""People drawn as dots beside a box; more would be a smear."""


def distributions(material: Material, look: Look) -> Iterator[Picture]:
    """Draw one figure per measure: a panel per data set, a box and some people per method."""
    drawn = 0
    for metric, scale in _DISTRIBUTED.items():
        rows = [row for row in material.rows if row.mean(metric) is not None]
        if rows:
            drawn += 1
            yield _distribution(material, rows, metric, scale, look)
    if not drawn:
        raise NothingToDraw(f"no finished cell has {', '.join(_DISTRIBUTED)}")


def _distribution(material: Material, rows: list[Row], metric: str, scale: str, look: Look) -> Picture:
    places, looks, names = by_place(rows), looks_of(rows), order(rows)
    figure, axes = look.panels(len(places), 0.55 + 0.2 * len(names), sharey=True)
    title = card(metric).title
    arrow = {"higher": " ↑", "lower": " ↓"}.get(card(metric).better, "")
    for ax, here in zip(axes, places.values(), strict=True):
        for row in here:
            y, (colour, _) = names.index(row.label), looks[row.label]
            values = material.people(row)[metric].dropna().to_numpy(dtype=np.float64)
            if not len(values):
                continue
            ax.boxplot(
                values, positions=[y], orientation="horizontal", widths=0.62, showfliers=False,
                patch_artist=True, manage_ticks=False,
                boxprops={"facecolor": lighter(colour, 0.6), "edgecolor": colour, "linewidth": 0.7},
                whiskerprops={"color": colour, "linewidth": 0.7},
                capprops={"color": colour, "linewidth": 0.7},
                medianprops={"color": "black", "linewidth": 1.0},
            )  # fmt: skip
            rng = np.random.default_rng(0)
            some = rng.permutation(values)[:_DOTS]
            ax.scatter(
                some, y + rng.uniform(-0.26, 0.26, len(some)), look.marker**2 / 14, colour, alpha=0.5,
                linewidths=0, zorder=3, rasterized=True,
            )  # fmt: skip
        if scale == "log":
            logarithmic(ax)
        ax.set_ylim(len(names) - 0.5, -0.5)
        ax.set_yticks(range(len(names)), names)
        ax.grid(False, axis="y")
        ax.tick_params(axis="y", length=0)
        ax.set_xlabel(f"{title}{arrow}{' (log)' if scale == 'log' else ''}")
    look.titles(figure, axes, [place_title(place, places) for place in places])
    caption = (
        f"{title} person by person, people of all seeds together: {card(metric).summary}. Boxes hold the"
        " middle half and the median, whiskers the values within 1.5 box widths of it; dots are"
        f" {_DOTS} people drawn at random. {who(rows)}"
    )
    return Picture(f"distributions-{metric}", figure, caption, cells_of(rows))


def changes(material: Material, look: Look) -> Iterator[Picture]:
    """Draw a heat map per data set: methods down, features across, the share of people who change them."""
    rows = with_metrics([row for row in material.rows if not row.is_floor], "found")
    places, names = by_place(rows), order(rows)
    for place, here in places.items():
        name = picture_name("changes", place, places)
        yield _heat_map(name, place_title(place, places), material, here, names, look)


def _heat_map(
    name: str, title: str, material: Material, rows: list[Row], names: list[str], look: Look
) -> Picture:
    table = _changed(material, rows, names)
    shares = table.to_numpy(dtype=np.float64)
    features = list(in_pictures(table.columns).values())
    longest = max(map(len, features))
    # Upright names need no room below; letters are about 0.05 inches wide in print, a column is 2.3.
    is_upright = longest * len(table.columns) * 0.06 < 2.3
    height = 0.35 + max(0.19 * len(table), 0.85) + (0.15 if is_upright else 0.065 * longest)
    figure, (ax,) = look.panels(1, height)
    if len(table.columns) > 8:
        figure.set_figwidth(look.two_columns)
    image = ax.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    ax.grid(False)
    ax.set_xticks(range(len(features)), features)
    if not is_upright:
        ax.tick_params(axis="x", rotation=45)
        for label in ax.get_xticklabels():
            label.set(ha="right", rotation_mode="anchor")
    ax.set_yticks(range(len(table)), table.index)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    look.titles(figure, [ax], [title])
    for (y, x), share in np.ndenumerate(shares):
        if not np.isnan(share):
            ink = "white" if share > 0.6 else "black"
            ax.text(x, y, f"{100 * share:.0f}", ha="center", va="center", color=ink, fontsize=look.font - 2)
    bar = figure.colorbar(image, ax=ax, pad=0.02, ticks=[0, 0.5, 1])
    bar.set_label("share of people")
    bar.outline.set_visible(False)
    caption = (
        "Which features a method changes: per cent of the people with a recourse for whom the value differs"
        f" from their own. {who(rows)}"
    )
    return Picture(name, figure, caption, cells_of(rows))


def _changed(material: Material, rows: list[Row], names: list[str]) -> pd.DataFrame:
    """Return (methods, features) shares of people with a recourse who change each feature."""
    table = {}
    for row in sorted(rows, key=lambda row: names.index(row.label)):
        people = material.people(row)
        features = [name[3:] for name in map(str, people) if name.startswith("f__")]
        found = people[people[[f"e__{name}" for name in features]].notna().all(axis=1)]
        table[row.label] = {
            name: _differ(found[f"f__{name}"], found[f"c__{name}"]).mean() for name in features
        }
    return pd.DataFrame(table).T


def _differ(before: pd.Series, after: pd.Series) -> pd.Series:
    """Return where two columns differ; numbers are compared as numbers, whatever their types."""
    if pd.api.types.is_numeric_dtype(before) and pd.api.types.is_numeric_dtype(after):
        return before.astype(float) != after.astype(float)
    return before.astype(str) != after.astype(str)
