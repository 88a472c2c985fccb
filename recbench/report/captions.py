"""Captions: ``captions.json`` beside drawn figures says what each shows and which cells it was drawn from."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recbench.escape import visible

if TYPE_CHECKING:
    from recbench.report.figures.base import Picture

CAPTIONS = "captions.json"
_FORMATS = ("pdf", "png", "svg")


def write_captions(drawn: Sequence[Picture], folder: Path) -> Path:
    """Write the captions of figures; those of others that are still in the folder stay."""
    said = {name: entry for name, entry in _read(folder).items() if _files(folder, name)}
    said |= {picture.name: {"caption": visible(picture.caption), "cells": picture.cells} for picture in drawn}
    path = folder / CAPTIONS
    path.write_text(json.dumps(said, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def drawn_of(folder: Path, cells: Collection[str]) -> dict[str, list[Path]]:
    """Return the files of each figure in a folder that was drawn from some of these cells."""
    found = {}
    for name, entry in _read(folder).items():
        if set(cells).intersection(entry["cells"]):
            found[name] = _files(folder, name)
    return found


def _files(folder: Path, name: str) -> list[Path]:
    return [path for suffix in _FORMATS if (path := folder / f"{name}.{suffix}").is_file()]


def _read(folder: Path) -> dict[str, dict[str, Any]]:
    """Return the captions in a folder; none if they are not there or cannot be read."""
    try:
        said = json.loads((folder / CAPTIONS).read_bytes())
        return {
            str(name): {"caption": str(one["caption"]), "cells": list(one["cells"])}
            for name, one in said.items()
            if Path(name).name == name  # another one would lead elsewhere
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}
