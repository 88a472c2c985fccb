"""Notes: what the driver writes down of each sweep, so that other commands can speak of it."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from recbench.plan import Cell
    from recbench.suite import Suite


@dataclass(frozen=True)
class SweepNote:
    """What the driver wrote down of a sweep: the label of each of its cells, by key."""

    id: str
    started: str
    suite: str
    cells: dict[str, str]


def sweep_notes(results: Path) -> list[SweepNote]:
    """Return the sweeps of a results folder, oldest first; unreadable notes are left out."""
    notes = []
    for path in (results / "sweeps").glob("*.json"):
        try:
            said = json.loads(path.read_bytes())
            notes.append(SweepNote(said["id"], said["started"], said["suite"]["name"], said["cells"]))
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return sorted(notes, key=lambda note: note.started)


def note_sweep(results: Path, suite: Suite, sweep: str, cells: Sequence[Cell]) -> None:
    """Write down what was asked for."""
    folder = results / "sweeps"
    folder.mkdir(exist_ok=True)
    said = {
        "id": sweep,
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "suite": suite.model_dump(mode="json"),
        "cells": {cell.key: cell.label for cell in cells},
        "places": {cell.key: [cell.dataset, cell.recipe.classifier.name, cell.seed] for cell in cells},
    }
    temporary = folder / f".{sweep}.{os.getpid()}"
    temporary.write_text(json.dumps(said), encoding="utf-8")
    temporary.replace(folder / f"{sweep}.json")
