"""Drawing: the figures of results."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from recbench.errors import UsageError, unknown_name
from recbench.report.captions import write_captions
from recbench.report.figures.base import Material, Picture
from recbench.report.figures.save import pictures, write
from recbench.report.figures.style import LOOKS, Look
from recbench.report.selection import Selection

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FORMATS = ("pdf", "png", "svg")


def one_figure(selection: Selection, name: str, style: str) -> Figure:
    """Return a figure; see :meth:`recbench.Results.plot`."""
    why: dict[str, str] = {}
    drawn = list(pictures(Material(selection), [name], _look(style), why.__setitem__))
    if not drawn:
        reason = why.get(name, "there are no cells for it")
        raise UsageError(f"figure {name!r} cannot be drawn: {reason}.")
    if len(drawn) > 1:
        names = ", ".join(picture.name for picture in drawn)
        raise UsageError(f"there are {len(drawn)} figures: {names}.", "Name one of them with dataset=...")
    return drawn[0].figure


def save_figures(
    selection: Selection,
    folder: Path,
    names: Sequence[str],
    formats: Sequence[str],
    style: str,
    wrote: Callable[[Path], None],
    skipped: Callable[[str, str], None],
) -> list[Path]:
    """Draw figures into a folder; see :meth:`recbench.Results.save_figures`."""
    look = _look(style)
    for suffix in formats:
        if suffix not in FORMATS:
            raise unknown_name("format", suffix, FORMATS)
    drawn: list[Picture] = []
    paths: list[Path] = []
    for picture in pictures(Material(selection), names, look, skipped):
        drawn.append(picture)
        for path in write(picture, folder, formats, look):
            wrote(path)
            paths.append(path)
    if not drawn:
        raise UsageError("none of these figures can be drawn from these cells.")
    write_captions(drawn, folder)
    return paths


def _look(style: str) -> Look:
    if style not in LOOKS:
        raise unknown_name("style", style, LOOKS)
    return LOOKS[style]
