"""Style: colours, markers, sizes and fonts, the same in every figure."""

from __future__ import annotations

import hashlib
import math
import re
import textwrap
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from recbench.method.oracle import ORACLE
from recbench.plugins import registry
from recbench.report.rows import Row

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# seaborn's colour-blind safe palette, without the yellow that white paper swallows and without grey.
COLOURS = ("#0173b2", "#d55e00", "#029e73", "#cc78bc", "#de8f05", "#56b4e9", "#7b3f00", "#000000")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "p", "<", ">", "h")
OUTSIDE = {"unchanged": ("#808080", "d"), ORACLE.name: ("#808080", "*")}
"""Colours and markers of rows that compete with nobody: nobody is changed, or the judge is seen."""

# Names only, nothing of these methods is known here: those that papers compare get the clearest looks.
_FIRST = (
    "genre", "wachter", "nnr", "dice", "growing-spheres", "roar", "probe", "tap",
    "cchvae", "cruds", "revise", "clue", "face", "genre-plus",
    "prototype", "cem", "actionable-recourse", "feature-tweak", "focus",
)  # fmt: skip

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

    def titles(self, figure: Figure, axes: Sequence[Axes], texts: Sequence[str]) -> None:
        """Put a title above each panel, long ones on several lines, and make the figure higher by them."""
        wrapped = [textwrap.wrap(text, _TITLE) or [""] for text in texts]
        for ax, lines in zip(axes, wrapped, strict=True):
            ax.set_title("\n".join(lines))
        down = max(ax.get_subplotspec().rowspan.stop for ax in axes)  # type: ignore[union-attr]
        more = down * (max(map(len, wrapped)) - 1) * 1.3 * self.font / 72
        figure.set_figheight(figure.get_figheight() + more)

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


def appearance(method: str) -> tuple[str, str]:
    """Return the colour and marker of a method, by its registered name: the same in every figure."""
    if method in OUTSIDE:
        return OUTSIDE[method]
    slots = _slots()
    slot = slots[method] if method in slots else _free(method, slots)
    return COLOURS[slot % len(COLOURS)], MARKERS[slot % len(MARKERS)]


@cache
def _slots() -> dict[str, int]:
    """Return the slot of each registered method: its place in the 88 pairs of a colour and a marker."""
    slots = {name: slot for slot, name in enumerate(_FIRST)}
    for name in registry.methods.names():
        if name not in slots:
            slots[name] = _free(name, slots)
    return slots


def _free(name: str, slots: dict[str, int]) -> int:
    """Return the slot that a name's hash points to, or the next one that is not taken."""
    count = len(COLOURS) * len(MARKERS)
    start = int.from_bytes(hashlib.blake2b(name.encode(), digest_size=4).digest(), "little")
    taken = set(slots.values())
    return next(slot for at in range(count) if (slot := (start + at) % count) not in taken)


def looks_of(rows: Iterable[Row]) -> dict[str, tuple[str, str]]:
    """Return colour and marker of each row by its printed name.

    Rows of one method share its marker and hue; the second and further ones are lighter.
    """
    names: dict[str, list[str]] = {}
    for row in rows:
        known = names.setdefault(row.name, [])
        if row.label not in known:
            known.append(row.label)
    looks = {}
    for name, printed in names.items():
        colour, marker = appearance(name)
        for number, text in enumerate(sorted(printed, key=_naturally)):
            looks[text] = (lighter(colour, 0.8 * number / len(printed)), marker)
    return looks


def _naturally(text: str) -> list[tuple[float, str]]:
    """Sort 2 before 10."""
    parts = re.split(r"(\d+(?:\.\d+)?)", text)
    return [(float(part), "") if number % 2 else (0.0, part) for number, part in enumerate(parts)]


def lighter(colour: str, share: float) -> str:
    """Return a colour mixed with white; ``share`` 0 is the colour itself."""
    parts = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
    return "#" + "".join(f"{round(part + (255 - part) * share):02x}" for part in parts)


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


def handle(label: str, look: tuple[str, str], size: float | None = None, **changes: Any) -> Any:
    """Return a legend entry: a marker without a line."""
    from matplotlib.lines import Line2D

    colour, marker = look
    values = {"linestyle": "none", "markeredgecolor": "white", "markeredgewidth": 0.4, **changes}
    if size is not None:
        values["markersize"] = size
    return Line2D([], [], color=colour, marker=marker, label=label, **values)
