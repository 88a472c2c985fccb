"""Blocks: as many rows at a time as memory is meant to hold."""

from __future__ import annotations

from torch import Tensor

CELLS = 8_000_000
"""Numbers held at once (32 MB)."""


def blocks(rows: Tensor, width: int) -> tuple[Tensor, ...]:
    """Return the rows (n, ...) in blocks: with ``width`` numbers for each row, :data:`CELLS` at most."""
    parts: tuple[Tensor, ...] = rows.split(max(1, CELLS // max(1, width)))
    return parts
