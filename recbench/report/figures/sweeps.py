"""Sweeps: metrics against a parameter that was varied."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from recbench.escape import file_name, in_pictures
from recbench.report.figures import FIGURES
from recbench.report.figures.base import (
    Material,
    NothingToDraw,
    Picture,
    by_place,
    cells_of,
    interval_words,
    whisker,
    who,
)
from recbench.report.figures.style import Look, Mark, handle, leftmost, lighter, lowest
from recbench.report.layout import PAPER_COLUMNS, column
from recbench.report.rows import Place, Row, place_title
from recbench.report.values import card

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_NARROWEST = 0.04
"""Smallest height of an axis: a closer look would show noise."""
_OWN = ("lambda", "temperature")
"""Parameters with a figure of their own."""


def by_lambda(material: Material, look: Look) -> Iterator[Picture]:
    """Draw the metrics against lambda, for every method that has such a weight and was run with several."""
    yield _picture(material, "lambda", look)


def by_temperature(material: Material, look: Look) -> Iterator[Picture]:
    """Draw the metrics against the sampling temperature."""
    yield _picture(material, "temperature", look)


def others(material: Material, look: Look) -> Iterator[Picture]:
    """Draw a figure for every other number of which some method was run with several values."""
    names = dict.fromkeys(name for row in material.rows for name in row.params)
    wanted = [name for name in names if name not in _OWN and lines_of(material.rows, name)]
    if not wanted:
        raise NothingToDraw("no other parameter has several values")
    for name in wanted:
        yield _picture(material, name, look)


@dataclass(frozen=True)
class Line:
    """The rows of one method along a parameter, everything else the same.

    Attributes:
        place: data set, classifier and setting.
        name: the method.
        others: its other parameters and the device, as JSON; tells lines of one method apart.
        rows: by the parameter's value.
    """

    place: Place
    name: str
    others: str
    rows: list[Row]


def lines_of(rows: Sequence[Row], parameter: str) -> list[Line]:
    """Return the lines along a parameter; only those with at least two values are kept."""
    found: dict[tuple[Place, str, str], list[Row]] = {}
    for row in rows:
        params = dict(row.params)
        value = params.pop(parameter, None)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            device = row.experiment.device if row.experiment else ""
            others = json.dumps({**params, "device": device}, sort_keys=True)
            found.setdefault((row.place, row.name, others), []).append(row)
    return [
        Line(*at, sorted(line, key=lambda row: float(row.params[parameter])))
        for at, line in found.items()
        if len({row.params[parameter] for row in line}) > 1
    ]


def _picture(material: Material, parameter: str, look: Look) -> Picture:
    lines = lines_of(material.rows, parameter)
    if not lines:
        raise NothingToDraw(f"no method was run with several values of {parameter}")
    rows = [row for line in lines for row in line.rows]
    places = list(by_place(rows))
    marks = _marks(lines, material)
    still = [
        row
        for row in material.rows
        if row.place in places and parameter not in row.params and not row.is_floor
    ]
    # A method with several rows was varied in something else: its lines would say nothing here.
    counts = Counter((row.place, row.name) for row in still)
    still = [row for row in still if counts[row.place, row.name] == 1]
    count = len(PAPER_COLUMNS)
    figure, axes = look.panels(count * len(places), 1.55, most=count)
    values = np.array([float(row.params[parameter]) for row in rows])
    for number, ax in enumerate(axes):
        place, metric = places[number // count], PAPER_COLUMNS[number % count]
        for line in lines:
            if line.place == place:
                _line(ax, line, parameter, metric, marks[line.name, line.others], look)
        beside = [row for row in still if row.place == place and row.mean(metric) is not None]
        for row in beside:
            ax.axhline(
                row.mean(metric) or 0.0,
                color=_own_mark(material, row.name)[0],
                linewidth=look.thin,
                linestyle=":",
                zorder=1,
            )
        here = [*beside, *(row for row in rows if row.place == place)]
        _limits(ax, [row.mean(metric) for row in here], is_share=card(metric).is_share)
        _axis(ax, values)
        if number < count:
            ax.set_title(column(metric).title)
    for ax in lowest(axes):
        ax.set_xlabel(parameter)
    for ax, place in zip(leftmost(axes), places, strict=True):
        ax.set_ylabel(place_title(place, places))
    labels = {at: _label(*at, list(marks)) for at in marks}
    short = in_pictures(labels.values())
    handles = [handle(short[labels[at]], marks[at], linestyle="-") for at in marks]
    handles += [
        handle(name, (_own_mark(material, name)[0], ""), linestyle=":", linewidth=look.thin)
        for name in dict.fromkeys(row.name for row in still)
    ]
    look.legend(figure, handles)
    caption = (
        f"Cost (L1), validity, LOF and Score against {parameter}; bands: {interval_words(rows)}."
        + (" Dotted: methods without this parameter." if still else "")
        + f" {who(rows)}"
    )
    name = file_name(parameter.replace("_", "-"))
    # A parameter may be called like another figure.
    taken = parameter not in _OWN and name in FIGURES
    return Picture(f"sweep-{name}" if taken else name, figure, caption, cells_of([*rows, *still]))


def _own_mark(material: Material, name: str) -> Mark:
    """Return the mark of a method, whatever its rows are called."""
    return next(iter(material.families[name].values()))


def _marks(lines: Sequence[Line], material: Material) -> dict[tuple[str, str], Mark]:
    """Return the mark of each line by name and others; further lines of a method are lighter."""
    known: dict[str, list[str]] = {}
    for line in lines:
        if line.others not in known.setdefault(line.name, []):
            known[line.name].append(line.others)
    marks: dict[tuple[str, str], Mark] = {}
    for name, all_ in known.items():
        colour, marker = _own_mark(material, name)
        marks |= {
            (name, others): (lighter(colour, 0.8 * number / len(all_)), marker)
            for number, others in enumerate(all_)
        }
    return marks


def _label(name: str, others: str, all_lines: Sequence[tuple[str, str]]) -> str:
    """Return a line's name: the method, and what tells it from its other lines."""
    params = [json.loads(text) for known, text in all_lines if known == name]
    own = json.loads(others)
    said = [f"{key}={own[key]}" for key in own if len({json.dumps(param.get(key)) for param in params}) > 1]
    return f"{name} ({', '.join(said)})" if said else name


def _line(ax: Axes, line: Line, parameter: str, metric: str, mark: Mark, look: Look) -> None:
    known = [row for row in line.rows if row.mean(metric) is not None]
    x = [float(row.params[parameter]) for row in known]
    summaries = [row.values[metric] for row in known]
    colour, marker = mark
    ends = [ends for row in known if (ends := whisker(row, metric))]
    if ends and len(ends) == len(known):
        low, high = zip(*ends, strict=True)
        ax.fill_between(x, low, high, color=colour, alpha=0.15, linewidth=0)
    ax.plot(
        x, [float(one.mean or 0.0) for one in summaries], color=colour, marker=marker,
        markersize=look.marker * 0.8, markeredgecolor="white", markeredgewidth=0.4,
    )  # fmt: skip


def _limits(ax: Axes, means: Sequence[float | None], is_share: bool) -> None:
    """Set the vertical axis by the lines: an interval over few seeds can be far wider than what they do."""
    known = np.array([mean for mean in means if mean is not None], dtype=float)
    middle, width = (known.min() + known.max()) / 2, max(float(np.ptp(known)), _NARROWEST)
    top = middle + 0.65 * width
    ax.set_ylim(middle - 0.65 * width, min(top, 1 + 0.1 * width) if is_share else top)


def _axis(ax: Axes, values: np.ndarray) -> None:
    """Make the axis logarithmic where the values span a decade or more, and mark the values themselves."""
    from matplotlib.ticker import NullLocator

    distinct = np.unique(values)
    positive = distinct[distinct > 0]
    if len(positive) == len(distinct) and positive.max() / positive.min() >= 10:
        ax.set_xscale("log")
    elif len(positive) and len(positive) + 1 == len(distinct) and positive.max() / positive.min() >= 10:
        ax.set_xscale("symlog", linthresh=positive.min())
    ax.set_xticks(distinct, [f"{value:g}" for value in distinct])
    ax.xaxis.set_minor_locator(NullLocator())
    if sum(len(f"{value:g}") + 1 for value in distinct) > 22:
        ax.tick_params(axis="x", rotation=90)
