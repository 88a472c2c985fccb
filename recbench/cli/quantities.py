"""Names, times, sizes, paths and resources as people write them on the command line."""

from __future__ import annotations

import errno
import re
from pathlib import Path
from typing import Any

import click

from recbench.errors import UsageError, brief

_LONGEST = 366 * 24 * 3600
_SMALLEST, _LARGEST = 2**20, 2**50
"""Of memory: below, no process fits; above, no machine goes."""
_SECONDS = {"s": 1, "m": 60, "h": 3600}
_BYTES = {"K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}


class Duration(click.ParamType[float]):
    """Seconds, written 90s, 5m or 1h; more than none, at most a year."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the seconds."""
        match = re.fullmatch(r"([0-9]{1,12}(?:\.[0-9]{1,12})?)\s*([smh]?)", str(value))
        if not match or not float(match[1]):
            self.fail(f"{brief(value)} is no time such as 90s, 5m or 1h.", param, ctx)
        seconds = float(match[1]) * _SECONDS[match[2] or "s"]
        if seconds > _LONGEST:
            self.fail(f"{brief(value)} is longer than a year.", param, ctx)
        return seconds


class Memory(click.ParamType[int]):
    """Bytes, written 512M or 8G (powers of 1024); from 1M to 1024T."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the bytes."""
        match = re.fullmatch(r"([0-9]{1,12}(?:\.[0-9]{1,12})?)\s*([KMGT])(?:i?B)?", str(value), re.IGNORECASE)
        if not match or not float(match[1]):
            self.fail(f"{brief(value)} is no size such as 512M or 8G.", param, ctx)
        size = round(float(match[1]) * _BYTES[match[2].upper()])
        if not _SMALLEST <= size <= _LARGEST:
            self.fail(f"{brief(value)} is not between 1M and 1024T.", param, ctx)
        return size


class Names(click.ParamType[tuple[str, ...]]):
    """Names with commas between them, each once; at least one."""

    name = "a,b,..."

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        """Return the names."""
        if isinstance(value, tuple):
            return value
        names = tuple(dict.fromkeys(part.strip() for part in str(value).split(",") if part.strip()))
        if not names:
            self.fail(f"{brief(value)} names nothing.", param, ctx)
        return names


class Seeds(click.ParamType[tuple[int, ...]]):
    """Seeds, written 0,1 or 0-4."""

    name = "seeds"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, ...]:
        """Return the seeds."""
        if isinstance(value, tuple):
            return value
        from recbench.api.asked import parse_seeds

        try:
            return tuple(parse_seeds(str(value)))
        except ValueError as error:
            self.fail(f"{error}.", param, ctx)


class Settings(click.ParamType[tuple[str, Any]]):
    """A name and a value, written NAME=VALUE; the value is YAML, as in a suite.

    Args:
        example: of what may be written.
        several: the value is a list, written A,B,C.
    """

    name = "name=value"

    def __init__(self, example: str, several: bool = False) -> None:
        self._example, self._several = example, several

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, Any]:
        """Return the name and the value."""
        if isinstance(value, tuple):
            return value
        from recbench.api.asked import parse_value

        option = param.opts[0] if param else "--set"
        name, equals, text = str(value).partition("=")
        if not (equals and name and (text.strip() or not self._several)):
            raise UsageError(f"{option} {brief(value)} is malformed.", f"Write {option} {self._example}.")
        if self._several:
            return name, parse_value(f"[{text}]", f"{option} {name}: the list of values")
        return name, parse_value(text, f"{option} {name}: the value")


class PlainPath(click.Path):
    """A path that the operating system can take."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the path; nothing, a NUL, stray bytes or a name that is too long is no path."""
        if not str(value):
            self.fail("a path is not empty.", param, ctx)
        if "\0" in str(value):
            self.fail("a path holds no NUL character.", param, ctx)
        if any("\ud800" <= letter <= "\udfff" for letter in str(value)):
            self.fail(f"{value!r} is not UTF-8.", param, ctx)
        try:
            Path(str(value)).exists()
        except OSError as error:
            if error.errno == errno.ENAMETOOLONG:
                self.fail(f"the path {str(value)[:40]}... is too long.", param, ctx)
        return super().convert(value, param, ctx)


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
        if not (equals and name.strip() and re.fullmatch(r"\s*[0-9]{1,12}(?:\.[0-9]{1,12})?\s*", number)):
            raise UsageError(f"--resources {brief(text)} is malformed.", "Write --resources GPU=1.")
        if name.strip() in found:
            raise UsageError(f"--resources {brief(text)} names {name.strip()} twice.")
        found[name.strip()] = float(number)
    return found
