"""Stores: results folders that were damaged, and commands that have to live with it."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from .case import Case, Scene
from .damage import DAMAGE
from .made import RUN, Made, made

_READ = [
    *(
        ["store", "list"],
        ["store", "list", "--json"],
        ["store", "verify"],
        ["table"],
        ["table", "--format", "json"],
    ),
    *(
        ["status"],
        ["status", "--json"],
        ["show", "--methods", "nnr"],
        ["show", "--json"],
        ["store", "export", "x.tar.gz"],
    ),
    *(
        ["store", "prune", "--damaged"],
        ["store", "prune", "--failed", "--stale", "--unasked", "--cache", "--yes"],
    ),
    *(["score"], [*RUN, "--dry-run"], [*RUN], [*RUN], ["score", "--metrics", "changed", *RUN[2:6]]),
]
CODES = frozenset({0, 1, 2, 3})
"""Damage may stop a command, in one line; ``verify`` ends with 1 if there is any."""


def case(rng: random.Random) -> Case:
    """Return a damaged results folder and a command on it."""
    folder = made()
    words = list(rng.choice(_READ))
    changes = [rng.choice(DAMAGE) for _ in range(rng.choice([1, 1, 1, 2, 4]))]
    numbers = rng.randrange(2**32)
    said: list[str] = [change.__name__.strip("_") for change in changes]

    def before(home: Path) -> None:
        folder.copy_to(home)
        own = random.Random(numbers)
        for number, change in enumerate(changes):
            said[number] = f"{said[number]}: {change(home / 'results', own)}"

    return Case(words, {}, CODES, said, before, lambda scene: contradictions(scene, folder))


def contradictions(scene: Scene, folder: Made) -> Iterator[str]:
    """Yield what became of cells that nobody damaged, and whether a run makes everything whole."""
    cells = scene.home / "results" / "cells"
    if not cells.is_dir():
        return
    whole = [key for key in folder.records if _same(cells / key, folder.home / "results" / "cells" / key)]
    listed = scene.recbench("store", "list", "--json")
    found = {record["key"]: record for record in json.loads(listed.out or "[]")}
    for key in whole:
        if found.get(key) != folder.records[key]:
            yield f"cell {key} is whole, and the list says {str(found.get(key))[:300]}"
    if scene.outcome.words[0] != "run" or "--dry-run" in scene.outcome.words:
        return
    if scene.outcome.code not in (0, 1):
        yield f"a run ends with {scene.outcome.code}"
    if scene.outcome.code == 0:
        for key in folder.ran:
            yield from _compared(cells / key, folder.home / "results" / "cells" / key)
        left = set(folder.records) - folder.ran
        unhealed = [key for key in left & {path.name for path in cells.iterdir()} if key not in whole]
        scene.recbench("store", "verify", codes={0, 1} if unhealed else {0})
        again = scene.recbench(*RUN)
        if f"All {len(folder.ran)} cells came from the store." not in again.out:
            yield f"a second run runs again: {again.out[-200:]}"


def _same(one: Path, other: Path) -> bool:
    """Return whether two folders hold the same files."""
    try:
        names, found = (sorted(path.name for path in cell.iterdir()) for cell in (other, one))
        return found == names and all(
            (one / name).read_bytes() == (other / name).read_bytes() for name in names
        )
    except OSError:
        return False


def _compared(one: Path, other: Path) -> Iterator[str]:
    """Yield where a cell that was run again differs from what it was."""
    try:
        left, right = (pd.read_parquet(cell / "people.parquet") for cell in (one, other))
    except (OSError, ValueError) as error:
        yield f"after the run cell {one.name} has no people: {error}"
        return
    if not left.equals(right):
        yield f"after the run cell {one.name} has other people than before"
