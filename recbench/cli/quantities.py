"""Times, sizes and resources as people write them on the command line."""

from __future__ import annotations

import re
from typing import Any

import click

from recbench.errors import UsageError

_SECONDS = {"s": 1, "m": 60, "h": 3600}
_BYTES = {"K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}


class Duration(click.ParamType[float]):
    """Seconds, written 90s, 5m or 1h."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the seconds."""
        match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smh]?)", str(value))
        if not match or not float(match[1]):
            self.fail(f"{value!r} is no time such as 90s, 5m or 1h.", param, ctx)
        return float(match[1]) * _SECONDS[match[2] or "s"]


class Memory(click.ParamType[int]):
    """Bytes, written 512M or 8G (powers of 1024)."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the bytes."""
        match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMGT])(?:i?B)?", str(value), re.IGNORECASE)
        if not match or not float(match[1]):
            self.fail(f"{value!r} is no size such as 512M or 8G.", param, ctx)
        return round(float(match[1]) * _BYTES[match[2].upper()])


def parse_resources(text: str | None) -> dict[str, float]:
    """Return resources by name, from ``GPU=1,MEMORY=4``.

    Raises:
        UsageError: the text is something else.
    """
    found = {}
    for part in (text or "").split(","):
        if not part.strip():
            continue
        name, equals, number = part.partition("=")
        try:
            found[name.strip()] = float(number)
        except ValueError:
            equals = ""
        if not equals or not name.strip():
            raise UsageError(f"--resources {text!r} is malformed.", "Write --resources GPU=1.")
    return found
