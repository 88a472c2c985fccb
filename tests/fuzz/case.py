"""Case: one made-up situation, and what is known of the right outcome."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

FINE = frozenset({0})
REFUSED = frozenset({2})
EITHER = frozenset({0, 2})
"""Right exit codes: it must work, it must be refused, or a person may see it either way."""


class Wrong(Exception):  # noqa: N818
    """An input that recbench must refuse; the text says why."""


@dataclass(frozen=True)
class Outcome:
    """How one command ended.

    Attributes:
        words: the command.
        code: its exit code.
        out: what it said on standard output.
        err: what it said on standard error.
        seconds: how long it took.
        faults: what no command may do, whatever it is given.
    """

    words: tuple[str, ...]
    code: int
    out: str
    err: str
    seconds: float
    faults: tuple[str, ...] = ()


class Recbench(Protocol):
    """Runs a further command in the same folder; it too is judged, by its ``codes``."""

    def __call__(self, *words: str, codes: Collection[int] = FINE) -> Outcome: ...


@dataclass(frozen=True)
class Scene:
    """What a check looks at: the folder of the case, how the command ended, and a way to run others."""

    home: Path
    outcome: Outcome
    recbench: Recbench


@dataclass
class Case:
    """One situation.

    Attributes:
        words: of the command, run in a fresh folder.
        files: by their path in that folder.
        codes: the right exit codes.
        said: what was done to a valid input, for whoever reads a failure.
        before: makes what ``files`` cannot: folders, links, damage.
        check: yields what a direct computation contradicts; it sees every outcome with a right code.
    """

    words: list[str]
    files: dict[str, bytes] = field(default_factory=dict)
    codes: frozenset[int] = FINE
    said: list[str] = field(default_factory=list)
    before: Callable[[Path], None] = lambda home: None
    check: Callable[[Scene], Iterable[str]] = lambda scene: ()


Generator = Callable[[random.Random], Case]
"""Makes a case. All it does depends on the random numbers it is given."""
