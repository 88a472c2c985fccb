"""CellRecord: what is kept of a cell beside its people. Metadata and results in one typed model.

Records are read for as long as there are any: whatever an older format holds, and whatever recbench
would no longer accept from somebody who asks for it today.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError

from recbench.statistics import Summary
from recbench.task.recipes import ClassifierSpec, GoldRecipe, LofRecipe, TaskRecipe

if TYPE_CHECKING:
    import pandas as pd

FORMAT = 2
"""Of the cells written now. 1 is what recbench 0.1.0 wrote, which did not say so."""

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


def _task_recipe(value: object) -> object:
    """Return a stored recipe as it was run, also where today's rules would refuse to run it again."""
    try:
        return TaskRecipe.model_validate(value)
    except ValidationError:
        if not isinstance(value, dict) or set(value) != set(TaskRecipe.model_fields):
            raise
        parts = {
            "classifier": ClassifierSpec.model_construct(**value["classifier"]),
            "gold": GoldRecipe.model_construct(**value["gold"]),
        }
        return TaskRecipe.model_construct(**{**value, **parts})


class CellRecord(BaseModel):
    """``cell.json``: what was run, how it ended, and the aggregates.

    ``reason`` says why a cell failed or was skipped; ``traceback`` is for whoever mends it.
    ``people_sha256`` seals ``people.parquet``. ``environment`` holds library versions and the machine:
    recorded, not part of the key. ``people_hash`` is of the people's ids: seeds with the same hash have
    the same people. ``code`` is the hash of what could run, which the key covers, and ``modules`` the
    hash of each module, so that a stale cell can say what has changed since. ``equation`` is the module
    of the label equation, if there is one. ``made_by`` is the distribution that registered the method.
    """

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    format: int = FORMAT
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
    code: str = ""
    modules: dict[str, str] = Field(default_factory=dict)
    equation: str = ""
    made_by: str = ""
    seed: int
    device: str
    threads: int
    chunk: int
    recipe: Annotated[TaskRecipe, BeforeValidator(_task_recipe)]
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


@dataclass(frozen=True)
class Outcome:
    """What became of a cell: its record, and its people if it finished."""

    record: CellRecord
    people: pd.DataFrame | None = None


class NewerFormatError(ValueError):
    """A cell was written by a later version of recbench: it is whole, and this one cannot read it."""


def read_record(text: str | bytes) -> CellRecord:
    """Return the record in a ``cell.json`` of this format or an older one.

    Raises:
        NewerFormatError: the format is newer than this version of recbench knows.
        ValueError: the text is no record: not JSON, a number that JSON cannot hold, a wrong field.
    """
    try:
        plain = json.loads(text, parse_constant=_no_number)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    if not isinstance(plain, dict):
        raise ValueError("it is no JSON object")
    stored = plain.get("format", 1)
    if isinstance(stored, int) and stored > FORMAT:
        raise NewerFormatError(f"it has format {stored}, which a newer recbench wrote")
    if stored == 1:
        plain = {"format": 1, "made_by": plain.get("method_version", ""), **plain}
        plain.pop("method_version", None)
    record = CellRecord.model_validate(plain)
    if record.status == Status.DONE and (record.fit_seconds is None or record.generate_seconds is None):
        raise ValueError("it is done and does not say how long it took")
    return record


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number in JSON")


def as_json(record: CellRecord) -> str:
    """Return the text of a ``cell.json``, which :func:`read_record` reads back.

    Raises:
        ValueError: a number is not finite.
    """
    return json.dumps(record.model_dump(mode="json"), indent=1, ensure_ascii=False, allow_nan=False)
