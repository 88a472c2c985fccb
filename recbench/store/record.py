"""CellRecord: what is kept of a cell beside its people. Metadata and results in one typed model.

Records are read for as long as there are any: whatever an older format holds, and whatever recbench
would no longer accept from somebody who asks for it today.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from keyword import iskeyword
from typing import TYPE_CHECKING, Any, NoReturn

from pydantic import BaseModel, ConfigDict, Field

from recbench.statistics import Summary
from recbench.store.cell import Cell, PathName
from recbench.task.recipes import LofRecipe

if TYPE_CHECKING:
    import pandas as pd

FORMAT = 3
"""Of the cells written now. 1 is what recbench 0.1.0 wrote, which did not say so; 2 had no ``cell``."""

OLDEST_KEYS = 2
"""The first format whose keys are computed as today."""

MODULES: dict[str, Any] = {"cell": {"code": {"modules"}}}
"""What a listing leaves out of a record, as pydantic's ``exclude``: the hash of each module."""

_CELL = tuple(name for name in Cell.model_fields if name != "metrics")
"""What of a cell is stored."""


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

    ``key`` is the cell's as it was computed then. ``reason`` says why it failed or was skipped;
    ``traceback`` is for whoever mends it. ``people_sha256`` seals ``people.parquet``. ``environment``
    holds library versions and the machine: recorded, not part of the key. ``people_hash`` is of the
    people's ids: seeds with the same hash have the same people.
    """

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    format: int = FORMAT
    key: PathName
    cell: Cell
    status: Status
    reason: str = ""
    traceback: str = ""
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

    def relabelled(self, label: str) -> CellRecord:
        """Return the record of the same cell under another label."""
        return self.model_copy(update={"cell": self.cell.model_copy(update={"label": label})})

    def judged_by(self, lof: LofRecipe) -> CellRecord:
        """Return the record of the same cell under another judge."""
        return self.model_copy(update={"cell": self.cell.model_copy(update={"lof": lof})})

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
    if stored != FORMAT and "cell" not in plain:
        plain = _with_cell(plain)
    record = CellRecord.model_validate(plain)
    if record.status == Status.DONE and (record.fit_seconds is None or record.generate_seconds is None):
        raise ValueError("it is done and does not say how long it took")
    return record


def _with_cell(plain: dict[str, Any]) -> dict[str, Any]:
    """Return a record of format 1 or 2 with what says what was run in a part of its own."""
    rest = {"format": 1, **plain}
    made_by = rest.pop("method_version", "") if rest["format"] == 1 else ""
    rest.pop("classifier", None)  # the recipe has it too
    code = {"version": rest.pop("code", ""), "modules": rest.pop("modules", {})}
    cell = {name: rest.pop(name) for name in _CELL if name in rest}
    if isinstance(cell.get("params"), dict):
        # Then a parameter was called as in Python, `lambda_`, and not as people type it.
        cell["params"] = {_as_typed(name): value for name, value in cell["params"].items()}
    return {**rest, "cell": {"made_by": made_by, **cell, "code": code}}


def _as_typed(name: str) -> str:
    return name[:-1] if name.endswith("_") and iskeyword(name[:-1]) else name


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number in JSON")


def as_json(record: CellRecord) -> str:
    """Return the text of a ``cell.json``, which :func:`read_record` reads back.

    Raises:
        ValueError: a number is not finite.
    """
    return json.dumps(record.model_dump(mode="json"), indent=1, ensure_ascii=False, allow_nan=False)
