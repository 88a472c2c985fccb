"""Execute: run one cell. Nothing here knows of stores, clusters or MLflow; it returns what happened."""

from __future__ import annotations

import traceback
from dataclasses import replace
from datetime import UTC, datetime

from recbench.errors import RecbenchError
from recbench.hashing import digest
from recbench.judge import Judge
from recbench.method import RecourseMethod
from recbench.protocol.prepare import Prepared
from recbench.run.environment import environment, revision
from recbench.run.recourse import Progress, make_method, produce, skip_reason
from recbench.run.scoring import metric_context, people_frame, score
from recbench.run.versions import score_keys
from recbench.store.cell import Cell
from recbench.store.record import FORMAT, CellRecord, Outcome, Status
from recbench.threads import limited_to


def run_cell(cell: Cell, prepared: Prepared, judge: Judge, progress: Progress) -> Outcome:
    """Fit, generate and score one cell; an error inside it becomes a failed record, never an exception."""
    record = blank_record(cell).model_copy(
        update={
            "people": len(prepared.factuals),
            "people_hash": digest(sorted(map(str, prepared.people))),
            "turned_down": prepared.turned_down,
            "accuracy": prepared.accuracy,
        }
    )
    reason = "" if cell.sees_judge else skip_reason(cell.method, prepared.task.classifier)
    if reason:
        return Outcome(record.model_copy(update={"status": Status.SKIPPED, "reason": reason}))
    try:
        with limited_to(cell.threads):
            method = _method(cell, prepared, judge)
            recourse, timings = produce(cell, prepared, method, progress)
            progress("score", 0.0, "")
            context = metric_context(record, prepared, judge, recourse, timings)
            people = people_frame(prepared, recourse, context)
            keys = score_keys(cell.recipe.gold, cell.lof, cell.metrics)
            outcome = score(record, people, context, keys)
    except Exception as error:
        outcome = failed(record, error)
    return replace(outcome, record=outcome.record.model_copy(update={"finished": _now()}))


def blank_record(cell: Cell) -> CellRecord:
    """Return the record of a cell before anything is known of its result."""
    return CellRecord(
        format=FORMAT,
        key=cell.key,
        status=Status.DONE,
        cell=cell,
        finished=_now(),
        environment=environment(),
        revision=revision(),
    )


def failed(record: CellRecord, error: BaseException) -> Outcome:
    """Return the outcome of a cell that raised."""
    said = str(error) if isinstance(error, RecbenchError) else f"{type(error).__name__}: {error}"
    reason = " ".join(said.split())
    trace = "".join(traceback.format_exception(error))
    return Outcome(record.model_copy(update={"status": Status.FAILED, "reason": reason, "traceback": trace}))


def _method(cell: Cell, prepared: Prepared, judge: Judge) -> RecourseMethod:
    if cell.sees_judge:
        from recbench.method.oracle.search import Oracle

        # The only door behind which the judge is seen, and no plug-in comes through it.
        return Oracle(prepared.dataset, judge)
    return make_method(cell.method, cell.params)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
