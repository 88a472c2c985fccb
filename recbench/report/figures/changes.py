"""Changes: which features each method changes, and for how many people."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from recbench.escape import in_pictures
from recbench.report.figures.base import (
    Material,
    Picture,
    by_place,
    cells_of,
    order,
    picture_name,
    who,
    with_metrics,
)
from recbench.report.figures.style import Look
from recbench.report.rows import Row, place_title

_FIXED = "×"
"""What is put behind the name of an immutable feature."""
_WARNING = "#c00000"


def draw(material: Material, look: Look) -> Iterator[Picture]:
    """Draw a heat map per data set: methods down, features across, the share of people who change them."""
    rows = with_metrics([row for row in material.rows if not row.is_floor], "found")
    places, names = by_place(rows), order(rows)
    for place, here in places.items():
        name = picture_name("changes", place, places)
        yield _heat_map(name, place_title(place, places), material, here, names, look)


def _heat_map(
    name: str, title: str, material: Material, rows: list[Row], names: list[str], look: Look
) -> Picture:
    import seaborn

    table = 100 * _changed(material, rows, names)
    schema = material.schema(rows[0])
    fixed = {feature.name for feature in schema.features if feature.immutable} if schema else set()
    shown = in_pictures(table.columns)
    features = [f"{shown[one]} {_FIXED}" if one in fixed else shown[one] for one in table.columns]
    longest = max(map(len, features))
    # Upright names need no room below; letters are about 0.05 inches wide in print, a column is 2.3.
    is_upright = longest * len(table.columns) * 0.06 < 2.3
    height = 0.35 + max(0.19 * len(table), 0.85) + (0.15 if is_upright else 0.065 * longest)
    figure, (ax,) = look.panels(1, height)
    if len(table.columns) > 8:
        figure.set_figwidth(look.two_columns)
    seaborn.heatmap(
        table.astype(float), vmin=0, vmax=100, cmap="Blues", annot=True, fmt=".0f", linewidths=0.4,
        annot_kws={"fontsize": look.font - 2}, xticklabels=features, yticklabels=list(table.index),
        cbar_kws={"label": "per cent of people", "pad": 0.02, "ticks": [0, 50, 100]}, ax=ax,
    )  # fmt: skip
    ax.grid(False)
    ax.tick_params(length=0, rotation=0)
    for label, feature in zip(ax.get_xticklabels(), table.columns, strict=True):
        if not is_upright:
            label.set(rotation=45, ha="right", rotation_mode="anchor")
        if feature in fixed:
            label.set(color="#777777", style="italic")
    if fixed:
        ax.set_xlabel(f"{_FIXED} immutable", color="#777777", fontsize=look.font - 1)
    for text in ax.texts:
        if table.columns[int(text.get_position()[0])] in fixed and text.get_text() != "0":
            text.set(color=_WARNING, weight="bold")
    look.titles(figure, [ax], [title])
    marked = f" {_FIXED} marks immutable features, which nobody should change." if fixed else ""
    caption = (
        "Which features a method changes: per cent of the people with a recourse for whom the value differs"
        f" from their own.{marked} {who(rows)}"
    )
    return Picture(name, figure, caption, cells_of(rows))


def _changed(material: Material, rows: list[Row], names: list[str]) -> pd.DataFrame:
    """Return (methods, features) shares of people with a recourse who change each feature."""
    table = {}
    for row in sorted(rows, key=lambda row: names.index(row.label)):
        people = material.features(row)
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
