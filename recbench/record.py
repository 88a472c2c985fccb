"""CellRecord: what is kept of a cell beside its people. Metadata and results in one typed model."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from recbench.recipes import LofRecipe, TaskRecipe
from recbench.report.statistics import Summary

PathName = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z][0-9A-Za-z._-]{0,200}$")]
"""A text that becomes the name of a file or folder: it leads nowhere else."""


class Status(StrEnum):
    """How a cell ended.

    ``failed`` raised, ``timeout`` and ``out of memory`` were stopped at a limit, ``lost`` is a cell
    whose process died.
    """

    DONE = "done"
    SKIPPED = "skipped"
    FAILED = "failed"
    TIMEOUT = "timeout"
    MEMORY = "out of memory"
    LOST = "lost"

    @property
    def is_failure(self) -> bool:
        """Whether something went wrong, so that the cell is tried again by the next run."""
        return self not in (Status.DONE, Status.SKIPPED)


class Score(Summary):
    """One metric of one cell, with the score key it belongs to."""

    key: str


class CellRecord(BaseModel):
    """``cell.json``: what was run, how it ended, and the aggregates.

    ``reason`` says why a cell failed or was skipped; ``traceback`` is for whoever mends it.
    ``people_sha256`` seals ``people.parquet``. ``environment`` holds library versions and the machine:
    recorded, not part of the key. ``people_hash`` is of the people's ids: seeds with the same hash have
    the same people.
    """

    model_config = ConfigDict(extra="forbid")

    key: PathName
    status: Status
    reason: str = ""
    traceback: str = ""
    dataset: str
    data_hash: PathName
    classifier: str
    method: str
    label: str
    params: dict[str, Any]
    method_version: str
    seed: int
    device: str
    threads: int
    chunk: int
    recipe: TaskRecipe
    lof: LofRecipe
    people: int = 0
    people_hash: str = ""
    found: int = 0
    turned_down: int = 0
    accuracy: float | None = None
    fit_seconds: float | None = None
    generate_seconds: float | None = None
    scores: dict[str, Score] = Field(default_factory=dict)
    unscored: dict[str, str] = Field(default_factory=dict, description="metrics that failed, and why")
    people_sha256: str = ""
    finished: str = ""
    environment: dict[str, str] = Field(default_factory=dict)
    revision: str = Field("", description="the git commit that was checked out; -dirty: with changes")

    def mean(self, metric: str) -> float | None:
        """Return a metric's mean, or None where it was not computed or is undefined."""
        score = self.scores.get(metric)
        return None if score is None else score.mean
