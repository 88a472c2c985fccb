"""Glance: what a local MLflow database holds, read without MLflow, which takes seconds to import.

Enough to leave alone what is as it should be. The tables are MLflow's own affair: whenever they are not
what is expected here, nothing is seen, and MLflow is asked instead.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

_PATIENCE = 0.5
"""Seconds to wait for somebody who is writing."""

_RUNS = "SELECT run_uuid, status FROM runs WHERE experiment_id = ? AND lifecycle_stage = 'active'"
_TAGS = """SELECT run_uuid, key, value FROM tags JOIN runs USING (run_uuid)
    WHERE experiment_id = ? AND lifecycle_stage = 'active' AND key LIKE ?"""
_DATA = "SELECT destination_id FROM inputs WHERE source_type = 'DATASET' AND destination_type = 'RUN'"


@dataclass
class SeenRun:
    """A run that is not deleted, with those of its tags that begin as was asked."""

    id: str
    status: str
    has_data: bool
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Glance:
    """An experiment that is not deleted, at one moment; the names of what it is are MLflow's."""

    artifact_location: str
    tags: Mapping[str, str]
    runs: Iterable[SeenRun]


def glance(database: Path, experiment: str, prefix: str) -> Glance | None:
    """Return what a database holds of an experiment; None if that cannot be told.

    Args:
        database: the SQLite file.
        experiment: its name.
        prefix: with which the tags begin that are read of its runs.
    """
    if not database.is_file():
        return None
    address = f"{database.resolve().as_uri()}?mode=ro"
    try:
        with closing(sqlite3.connect(address, _PATIENCE, uri=True)) as opened:
            found = opened.execute(
                "SELECT experiment_id, artifact_location, lifecycle_stage FROM experiments WHERE name = ?",
                [experiment],
            ).fetchall()
            if len(found) != 1 or found[0][2] != "active":
                return None
            number, location, _ = found[0]
            tags = opened.execute("SELECT key, value FROM experiment_tags WHERE experiment_id = ?", [number])
            with_data = {run for (run,) in opened.execute(_DATA)}
            runs = {
                run: SeenRun(run, status, run in with_data) for run, status in opened.execute(_RUNS, [number])
            }
            for run, key, value in opened.execute(_TAGS, [number, f"{prefix}%"]):
                runs[run].tags[key] = value
            return Glance(location, dict(tags), list(runs.values()))
    except (sqlite3.Error, KeyError, TypeError):
        return None
