"""Made: one small results folder, computed once, that cases copy and damage."""

from __future__ import annotations

import atexit
import random
import shutil
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from . import world
from .runner import in_process
from .yamls import Map, Plain, emit

SUITE = Map(
    [
        ("methods", ["nnr", "unchanged"]),
        ("classifiers", ["linear"]),
        ("seeds", "0-1"),
        ("factuals", Plain("5")),
        ("judge", Map([("gold", Map([("trees", Plain("5")), ("folds", Plain("2"))]))])),
    ]
)
RUN = ("run", "suite.yaml", "--data", "people.csv", "--schema", "people.yaml", "--no-tracking")


@dataclass(frozen=True)
class Made:
    """A folder with ``people.csv``, ``people.yaml``, ``suite.yaml``, ``all.tar.gz`` and ``results``.

    Attributes:
        home: the folder.
        records: what ``store list --json`` says of each cell, by key.
        ran: keys of the cells of the suite; the others failed or were skipped.
    """

    home: Path
    records: dict[str, dict[str, Any]]
    ran: frozenset[str]

    def copy_to(self, home: Path) -> None:
        """Put a copy of everything there."""
        shutil.copytree(self.home, home, dirs_exist_ok=True)


@cache
def made() -> Made:
    """Return the folder of this process."""
    import json

    home = Path(tempfile.mkdtemp(prefix="fuzz-made-")).resolve()
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    rng = random.Random("made")
    people = world.make(rng, rows=60, odd=0)
    (home / "people.csv").write_bytes(people.table())
    (home / "people.yaml").write_bytes(people.schema_file(rng))
    (home / "suite.yaml").write_text(emit(SUITE, rng))
    done = in_process(RUN, home)
    assert done.code == 0, done
    ran = frozenset(cell.name for cell in (home / "results" / "cells").iterdir())
    # Probe needs gradients, which a forest has not; and a cell that failed is one like any other.
    more = ("--methods", "probe", "--classifiers", "forest", "--seeds", "0", "--set", "forest.trees=5")
    skipped = in_process((*RUN, *more), home)
    assert skipped.code == 0, skipped
    _fail_one(home, min(ran))
    listed = in_process(("store", "list", "--json"), home)
    records = {record["key"]: record for record in json.loads(listed.out)}
    exported = in_process(("store", "export", "all.tar.gz"), home)
    assert exported.code == 0, exported
    return Made(home, records, ran)


def _fail_one(home: Path, key: str) -> None:
    """Store a cell that failed, made of one that did not."""
    from recbench.store.folder import Store
    from recbench.store.record import Status

    store = Store(home / "results")
    record = store.read(key)
    assert record is not None
    bare: dict[str, Any] = {"scores": {}, "fit_seconds": None, "generate_seconds": None, "people_sha256": ""}
    other = {"key": "f" * 24, "status": Status.FAILED, "reason": "ValueError: no way", "seed": 9}
    store.write(record.model_copy(update={**bare, **other}), None)
