"""Style: colours, markers, sizes and fonts, the same in every figure."""

from __future__ import annotations

import math
import re
import textwrap
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from recbench.report.rows import Row

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Mark = tuple[str, str]
"""Colour and marker of a row."""

COLOURS = ("#0173b2", "#d55e00", "#029e73", "#cc78bc", "#de8f05", "#56b4e9", "#7b3f00", "#000000")
"""seaborn's palette for the colour-blind, without the yellow that white paper swallows and without grey."""
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "p", "<", ">", "h")
_FLOOR, _ORACLE = ("#808080", "d"), ("#808080", "*")
"""Marks of rows that compete with nobody: nobody is changed, or the judge is seen."""

_TITLE = 24
"""Letters of a panel's title that fit on one line beside long names."""


@dataclass(frozen=True)
class Look:
    """Sizes for paper or talk, in inches and points."""

    name: Literal["paper", "talk"]
    one_column: float
    two_columns: float
    font: float
    line: float
    marker: float

    @property
    def thin(self) -> float:
        """Width of lines that stand back: whiskers, references."""
        return 0.65 * self.line

    @contextmanager
    def __call__(self) -> Iterator[None]:
        """Set matplotlib's parameters inside the block."""
        from matplotlib import rc_context

        with rc_context(rc=self._parameters()), warnings.catch_warnings():
            # A sign that the font lacks is drawn as a box: whoever looks at the picture sees that.
            warnings.filterwarnings("ignore", r"Glyph \d+ .* missing from", UserWarning)
            yield

    def _parameters(self) -> Any:
        small = self.font - 1
        return {
            "font.family": "DejaVu Sans",  # comes with matplotlib, so figures look alike everywhere
            "font.size": self.font,
            "text.parse_math": False,  # a name may hold a dollar
            "axes.titlesize": self.font,
            "axes.labelsize": self.font,
            "xtick.labelsize": small,
            "ytick.labelsize": small,
            "legend.fontsize": small,
            "axes.linewidth": 0.6,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.axisbelow": True,
            "axes.grid": True,
            "grid.color": "#e6e6e6",
            "grid.linewidth": 0.5,
            "lines.linewidth": self.line,
            "lines.markersize": self.marker,
            "legend.frameon": False,
            "pdf.fonttype": 42,
            "ps.fonttype": 42,
            "svg.fonttype": "path",
            "svg.hashsalt": "recbench",
            "savefig.dpi": 200 if self.name == "paper" else 100,
            "figure.dpi": 100,
        }

    def panels(self, count: int, height: float, most: int = 3, **shared: Any) -> tuple[Figure, list[Axes]]:
        """Return a figure with ``count`` panels and their axes.

        One panel is one column wide, more are two columns wide. The paper's ``height`` of a panel, in
        inches, is scaled to the look; at most ``most`` panels stand side by side.
        """
        from matplotlib.figure import Figure

        across = min(count, most)
        down = math.ceil(count / across)
        width = self.one_column if count == 1 else self.two_columns
        figure = Figure((width, height * self.font / PAPER.font * down), layout="constrained")
        grid = figure.subplots(down, across, squeeze=False, **shared)
        axes = [ax for line in grid for ax in line]
        for ax in axes[count:]:
            ax.remove()
        # Where a lower panel is missing, the one above it carries the labels of the shared axis.
        if shared.get("sharex") and count % across:
            for ax in axes[count - across : across * (down - 1)]:
                ax.tick_params(labelbottom=True)
        return figure, axes[:count]

    def rows(self, ax: Axes, names: Sequence[str]) -> None:
        """Put names down the left side, the first on top, each on a faint line across the panel."""
        ax.set_ylim(len(names) - 0.5, -0.5)
        ax.set_yticks(range(len(names)), names)
        ax.tick_params(axis="y", length=0)

    def titles(self, figure: Figure, axes: Sequence[Axes], texts: Sequence[str]) -> None:
        """Put a title above each panel, long ones on several lines, and make the figure higher by them."""
        wrapped = [textwrap.wrap(text, _TITLE) or [""] for text in texts]
        for ax, lines in zip(axes, wrapped, strict=True):
            ax.set_title("\n".join(lines))
        down = max(ax.get_subplotspec().rowspan.stop for ax in axes)  # type: ignore[union-attr]
        more = down * (max(map(len, wrapped)) - 1) * 1.3 * self.font / 72
        figure.set_figheight(figure.get_figheight() + more)

    def headline(self, figure: Figure, text: str) -> None:
        """Put a line above all panels, and make the figure higher by it."""
        figure.suptitle(text, fontsize=self.font + 1)
        figure.set_figheight(figure.get_figheight() + 1.8 * self.font / 72)

    def legend(self, figure: Figure, handles: Sequence[Any]) -> None:
        """Put a legend below the panels, in as many columns as fit, and make the figure higher by it."""
        widths = [(len(str(handle.get_label())) * 0.58 + 4.5) * (self.font - 1) for handle in handles]
        room = figure.get_size_inches()[0] * 72
        columns = len(handles) if sum(widths) <= room else max(1, int(room / max(widths)))
        lines = math.ceil(len(handles) / columns)
        figure.set_figheight(figure.get_figheight() + lines * 1.7 * (self.font - 1) / 72)
        figure.legend(
            handles=list(handles),
            loc="outside lower center",
            ncols=math.ceil(len(handles) / lines),
            handletextpad=0.5,
            columnspacing=1.2,
        )


PAPER = Look("paper", one_column=3.35, two_columns=6.9, font=8, line=1.2, marker=4.5)
TALK = Look("talk", one_column=8.0, two_columns=13.0, font=16, line=2.2, marker=9)
LOOKS: dict[str, Look] = {look.name: look for look in (PAPER, TALK)}


def lowest(axes: Sequence[Axes]) -> list[Axes]:
    """Return the panels below which there is none: those that carry the label of a shared axis."""
    by_column: dict[int, Axes] = {}
    for ax in axes:
        place = ax.get_subplotspec()
        assert place is not None
        by_column[place.colspan.start] = ax
    return list(by_column.values())


def leftmost(axes: Sequence[Axes]) -> list[Axes]:
    """Return the first panel of each line."""
    return [ax for ax in axes if (place := ax.get_subplotspec()) is not None and place.is_first_col()]


def appearance(number: int) -> Mark:
    """Return the mark of the method of this number: 88 pairs, neighbours differ in both."""
    return COLOURS[number % len(COLOURS)], MARKERS[number % len(MARKERS)]


def marks_of(rows: Iterable[Row]) -> dict[str, dict[str, Mark]]:
    """Return the mark of each row, by its method's registered name and its label.

    Methods get their marks in the order of their names, so that the same methods look the same wherever they
    are drawn together, whatever they are called. Rows of one method share its marker and hue, the second and
    further ones are lighter. Floors and oracles are grey.
    """
    labels: dict[str, dict[str, Row]] = {}
    for row in rows:
        own = labels.setdefault(row.name, {})
        # A method that changes nobody on one data set is drawn as what it is on the others.
        own[row.label] = own[row.label] if row.label in own and not own[row.label].is_floor else row
    competing = sorted(name for name, own in labels.items() if any(row.competes for row in own.values()))
    return {
        name: _family(own, competing.index(name) if name in competing else 0) for name, own in labels.items()
    }


def _family(rows: dict[str, Row], number: int) -> dict[str, Mark]:
    """Return the marks of one method's rows by label, the first one its own."""
    colour, marker = appearance(number)
    marks = {}
    for at, label in enumerate(sorted(rows, key=_naturally)):
        if rows[label].competes:
            marks[label] = (lighter(colour, 0.8 * at / len(rows)), marker)
        else:
            marks[label] = _ORACLE if rows[label].sees_judge else _FLOOR
    return marks


def _naturally(text: str) -> list[tuple[float, str]]:
    """Sort 2 before 10."""
    parts = re.split(r"(\d+(?:\.\d+)?)", text)
    return [(float(part), "") if number % 2 else (0.0, part) for number, part in enumerate(parts)]


def lighter(colour: str, share: float) -> str:
    """Return a colour mixed with white; ``share`` 0 is the colour itself."""
    return _mixed(colour, 255, share)


def darker(colour: str, share: float) -> str:
    """Return a colour mixed with black; ``share`` 0 is the colour itself."""
    return _mixed(colour, 0, share)


def _mixed(colour: str, other: int, share: float) -> str:
    parts = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
    return "#" + "".join(f"{round(part + (other - part) * share):02x}" for part in parts)


def logarithmic(ax: Axes) -> None:
    """Make the horizontal axis logarithmic, with few plain numbers on it."""
    from matplotlib.ticker import NullLocator

    ax.set_xscale("log")
    low, high = ax.get_xlim()
    decades = [10.0**power for power in range(-6, 9) if low <= 10.0 ** (power + 1) and 10.0**power <= high]
    if high / low < 4:
        steps = [1, 1.5, 2, 3, 5, 7]
    elif high / low < 100:
        steps = [1, 2, 5]
    else:
        steps, decades = [1], decades[-1 :: -(1 + len(decades) // 6)]
    ticks = [step * decade for decade in decades for step in steps if low <= step * decade <= high]
    ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    ax.xaxis.set_minor_locator(NullLocator())


def handle(label: str, mark: Mark, size: float | None = None, **changes: Any) -> Any:
    """Return a legend entry: a marker without a line."""
    from matplotlib.lines import Line2D

    colour, marker = mark
    values = {"linestyle": "none", "markeredgecolor": "white", "markeredgewidth": 0.4, **changes}
    if size is not None:
        values["markersize"] = size
    return Line2D([], [], color=colour, marker=marker, label=label, **values)
