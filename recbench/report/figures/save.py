"""Save: draw the figures that were asked for, and write them with their captions and cells."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from recbench import __version__
from recbench.errors import RecbenchError, unknown_name
from recbench.escape import visible
from recbench.report.figures import FIGURES
from recbench.report.figures.base import Material, NothingToDraw, Picture
from recbench.report.figures.style import Look

_LARGEST = 200_000
"""Bytes of a PNG file above which it is written with fewer colours."""


def pictures(
    material: Material, names: Sequence[str], look: Look, skipped: Callable[[str, str], None]
) -> Iterator[Picture]:
    """Yield the pictures of the named figures (none: all); ``skipped`` is told what cannot be drawn, and why.

    Raises:
        UsageError: there is no such figure.
    """
    for name in names:
        if name not in FIGURES:
            raise unknown_name("figure", name, FIGURES)
    for name in names or FIGURES:
        with look():
            try:
                yield from FIGURES[name].load()(material, look)
            except NothingToDraw as reason:
                skipped(name, str(reason))


def write(picture: Picture, folder: Path, formats: Sequence[str], look: Look) -> list[Path]:
    """Write a picture in each format and return the files.

    Raises:
        RecbenchError: a file cannot be written.
    """
    paths = [folder / f"{picture.name}.{suffix}" for suffix in formats]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with look():
            for path in paths:
                picture.figure.savefig(path, metadata=_metadata(path.suffix, picture))
                if path.suffix == ".png" and path.stat().st_size > _LARGEST:
                    _with_fewer_colours(path)
    except OSError as error:
        raise RecbenchError(f"cannot write figures to {folder}: {error.strerror or error}.") from error
    return paths


def _with_fewer_colours(path: Path) -> None:
    """Write a large picture again with 256 colours: a heat map takes a third, and looks the same."""
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    with Image.open(path) as picture:
        said = PngInfo()
        for name, text in picture.info.items():
            if isinstance(name, str) and isinstance(text, str):
                said.add_text(name, text)
        small = picture.convert("RGB").quantize(256, dither=Image.Dither.NONE)
        small.save(path, optimize=True, dpi=picture.info["dpi"], pnginfo=said)


def _metadata(suffix: str, picture: Picture) -> dict[str, str | None]:
    """Return what a file says of itself; without dates, so that the same cells give the same bytes."""
    made, caption = f"recbench {__version__}", visible(picture.caption)
    if suffix == ".pdf":
        return {"Title": picture.name, "Subject": caption, "Creator": made, "CreationDate": None}
    if suffix == ".svg":
        return {"Title": picture.name, "Description": caption, "Creator": made, "Date": None}
    return {"Title": picture.name, "Description": caption, "Software": made}
