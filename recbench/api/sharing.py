"""Sharing: whether others may read a folder of results."""

from __future__ import annotations

import stat
from pathlib import Path

from recbench.store.paths import Paths


def is_shared(results: Path) -> bool:
    """Return whether there are results that others than this user can see already."""
    cells = Paths(results).cells
    return bool(cells.is_dir() and cells.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))
