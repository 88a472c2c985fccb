"""Prune: what a results folder can do without."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection
from pathlib import Path

from recbench.errors import UsageError
from recbench.store.claims import clear_dead
from recbench.store.folder import Store, unwritable
from recbench.store.record import CellRecord
from recbench.store.sweeps import sweep_notes


def candidates(
    store: Store, kinds: Collection[str], is_stale: Callable[[CellRecord], object]
) -> dict[Path, str]:
    """Return what may go, each place with the kind it is of.

    Args:
        store: the cells.
        kinds: of ``failed``, ``stale``, ``unasked``, ``damaged`` and ``cache``.
        is_stale: whether a cell is of code that is not installed any more.

    Raises:
        UsageError: a sweep's note cannot be read, so nobody can say what is ``unasked``.
    """
    found: dict[Path, str] = {}
    problems: list[str] = []
    asked = {key for note in sweep_notes(store.root, problems.append) for key in note.cells}
    if problems and "unasked" in kinds:
        raise UsageError(f"{problems[0]}.", "Remove it if what it asked for may go.")
    for record in store.records():
        place = store.cells / record.key
        if "failed" in kinds and record.status.is_failure:
            found[place] = "failed"
        elif "stale" in kinds and is_stale(record):
            found[place] = "stale"
        elif "unasked" in kinds and record.key not in asked:
            found[place] = "unasked"
    if "damaged" in kinds:
        found |= dict.fromkeys((store.cells / key for key in store.unreadable()), "damaged")
    for kind, place in (("damaged", store.paths.damaged), ("cache", store.paths.cache)):
        if kind in kinds:
            found |= dict.fromkeys(sorted(place.glob("*")), kind)
    return found


def remove(store: Store, places: Collection[Path]) -> None:
    """Delete these places, and what dead drivers left behind.

    Raises:
        RecbenchError: one of them cannot be deleted.
    """
    try:
        for place in places:
            if place.parent == store.cells:
                store.index.remove(place.name)
            if place.is_dir() and not place.is_symlink():
                shutil.rmtree(place)
            else:
                place.unlink(missing_ok=True)
        clear_dead(store.root)
    except OSError as error:
        raise unwritable(store.root, error) from error
