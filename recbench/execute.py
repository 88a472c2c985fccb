"""Execute: run one cell. Nothing here knows of stores, clusters or MLflow; it returns what happened."""

from __future__ import annotations

import platform
import subprocess
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache, partial
from importlib.metadata import PackageNotFoundError, version
from typing import TypeVar

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from recbench import registry
from recbench.cache import Cache
from recbench.cards import MetricCard
from recbench.classifiers.base import Classifier
from recbench.errors import RecbenchError
from recbench.judge import Judge
from recbench.method import Recourse, RecourseMethod
from recbench.metrics.base import MetricContext, Timings
from recbench.oracle import ORACLE
from recbench.output import checked
from recbench.plan import Cell, digest, method_card, score_key
from recbench.prepare import Prepared, retrained
from recbench.record import CellRecord, Score, Status
from recbench.report.statistics import over_people
from recbench.rng import Rng
from recbench.threads import limited_to

Progress = Callable[[str, float, str], None]
"""Called with the phase (``fit``, ``generate``, ``score``), the fraction done, and a few words."""

T = TypeVar("T")

_RETRAINED = Cache(None, keep=20)
"""Classifiers that metrics of robustness asked for: training them takes longer than most methods."""

_RECORDED = ("recbench", "torch", "numpy", "pandas", "scikit-learn", "scipy")


@dataclass(frozen=True)
class Outcome:
    """What became of a cell: its record, and its people if it finished."""

    record: CellRecord
    people: pd.DataFrame | None = None


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
    reason = skip_reason(cell, prepared.task.classifier)
    if reason:
        return Outcome(record.model_copy(update={"status": Status.SKIPPED, "reason": reason}))
    try:
        with limited_to(cell.threads):
            recourse, timings = _recourse(cell, prepared, judge, progress)
            progress("score", 0.0, "")
            context = metric_context(record, prepared, judge, recourse, timings)
            people = people_frame(prepared, recourse, context)
            outcome = score(record, people, context, cell.metrics)
    except Exception as error:
        outcome = failed(record, error)
    return replace(outcome, record=outcome.record.model_copy(update={"finished": _now()}))


def blank_record(cell: Cell) -> CellRecord:
    """Return the record of a cell before anything is known of its result."""
    return CellRecord(
        key=cell.key,
        status=Status.DONE,
        dataset=cell.dataset,
        data_hash=cell.data_hash,
        classifier=cell.recipe.classifier.name,
        method=cell.method,
        label=cell.label,
        params=cell.params,
        method_version=cell.method_version,
        seed=cell.seed,
        device=cell.device,
        threads=cell.threads,
        chunk=cell.chunk,
        recipe=cell.recipe,
        lof=cell.lof,
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


def skip_reason(cell: Cell, classifier: Classifier) -> str:
    """Return why this method cannot explain this classifier, or nothing."""
    card = method_card(cell.method)
    if card.traits.gradients and not classifier.differentiable:
        return f"needs gradients, and the classifier {classifier.kind} has none"
    if card.traits.model and classifier.kind not in card.traits.model:
        return f"explains {' or '.join(card.traits.model)} only, not {classifier.kind}"
    return ""


def _recourse(cell: Cell, prepared: Prepared, judge: Judge, progress: Progress) -> tuple[Recourse, Timings]:
    method = _method(cell, prepared, judge)
    rng = Rng(cell.seed).stream("method", cell.method)
    factuals = prepared.factuals
    method.progress = lambda fraction, text: progress("fit", fraction, text)
    progress("fit", 0.0, "")
    fit_seconds = _timed(partial(method.fit, prepared.task, rng.stream("fit")), factuals)[1]
    people = rng.stream("generate").people(prepared.people, str(factuals.device))
    parts, generate_seconds, whole = [], 0.0, max(1, len(factuals))
    for start in range(0, len(factuals), cell.chunk):
        rows = slice(start, start + cell.chunk)
        given, before = factuals[rows], factuals[rows].clone()
        method.progress = partial(_within, progress, start / whole, len(given) / whole)
        method.progress(0.0, "")
        returned, seconds = _timed(partial(method.generate, given, people.of(rows)), given)
        generate_seconds += seconds
        parts.append(checked(returned, given, before, prepared.task, cell.method))
    return Recourse.concatenate(parts), Timings(fit_seconds, generate_seconds)


def _method(cell: Cell, prepared: Prepared, judge: Judge) -> RecourseMethod:
    if cell.method == ORACLE.name:
        from recbench.oracle.search import Oracle

        # The only door behind which the judge is seen, and no plug-in comes through it.
        return Oracle(prepared.dataset, judge)
    method: RecourseMethod = registry.load("method", cell.method)(**cell.params)
    return method


def _within(progress: Progress, before: float, share: float, fraction: float, text: str) -> None:
    progress("generate", before + share * fraction, text)


def _timed(call: Callable[[], T], near: Tensor) -> tuple[T, float]:
    _synchronise(near)
    start = time.perf_counter()
    value = call()
    _synchronise(near)
    return value, time.perf_counter() - start


def _synchronise(near: Tensor) -> None:
    if near.is_cuda:
        torch.cuda.synchronize(near.device)


def metric_context(
    record: CellRecord, prepared: Prepared, judge: Judge, recourse: Recourse, timings: Timings
) -> MetricContext:
    """Return what the metrics of a cell look at."""
    return MetricContext(
        prepared.task,
        judge,
        prepared.factuals,
        recourse,
        timings,
        partial(_retrained, record, prepared),
        Rng(record.seed).stream("metrics"),
    )


def _retrained(record: CellRecord, prepared: Prepared, repetition: int) -> Classifier:
    """Return a retrained classifier; the next method on the same task is judged by the same ones."""
    key = [
        record.data_hash,
        record.recipe.model_dump(mode="json"),
        record.seed,
        record.threads,
        str(prepared.factuals.device),
        repetition,
    ]
    return _RETRAINED.get(
        "retrained", key, lambda: retrained(prepared, record.recipe, record.seed, repetition)
    )


def score(
    record: CellRecord, people: pd.DataFrame, context: MetricContext, metrics: Sequence[str]
) -> Outcome:
    """Compute ``metrics`` and return the record and people with them.

    A metric that raises is named in ``unscored`` with its reason; the others are computed.
    """
    scores, unscored = dict(record.scores), dict(record.unscored)
    people = people.copy()
    for name in metrics:
        try:
            values = registry.load("metric", name)().compute(context)
            summary = over_people(values, is_share=_is_share(name))
        except Exception as error:
            unscored[name] = f"{type(error).__name__}: {error}"
            continue
        unscored.pop(name, None)
        if np.ndim(values):
            people[name] = np.asarray(values, dtype=np.float64)
        scores[name] = Score(key=score_key(record.recipe.gold, record.lof, name), **summary.model_dump())
    update = {
        "scores": scores,
        "unscored": unscored,
        "found": int(context.found.sum()),
        "fit_seconds": context.timings.fit,
        "generate_seconds": context.timings.generate,
    }
    return Outcome(record.model_copy(update=update), people)


def _is_share(metric: str) -> bool:
    card = registry.card("metric", metric)
    return isinstance(card, MetricCard) and card.is_share


def people_frame(prepared: Prepared, recourse: Recourse, context: MetricContext) -> pd.DataFrame:
    """Return one row per person, before (``f__``) and after (``c__``) in own units.

    ``e__`` holds the counterfactual as encoded, so that scoring again needs no rounding back.
    """
    before = prepared.dataset.test.iloc[prepared.rows].reset_index(drop=True)
    encoded = recourse.counterfactuals.detach().cpu()
    after = prepared.dataset.encoder.decode(encoded, before)
    names = prepared.dataset.schema.names
    person = pd.DataFrame({"person": prepared.people, "h": context.h, "reason": list(recourse.reasons)})
    parts = [
        person,
        before[names].add_prefix("f__"),
        after.add_prefix("c__"),
        pd.DataFrame(encoded.numpy(), columns=[f"e__{name}" for name in names]),
    ]
    return pd.concat([part.apply(_one_type) for part in parts], axis=1)


def _one_type(column: pd.Series) -> pd.Series:
    """Return a column that a Parquet file can hold: mixed types become text."""
    if column.dtype != object:
        return column
    kinds = {type(value) for value in column.dropna()}
    return column if len(kinds) <= 1 else column.map(str, na_action="ignore")


def stored_recourse(people: pd.DataFrame, names: list[str], device: str = "cpu") -> Recourse:
    """Return the recourse that :func:`people_frame` wrote down."""
    encoded = people[[f"e__{name}" for name in names]].to_numpy(dtype=np.float32)
    return Recourse(torch.tensor(encoded, device=device), people["reason"].tolist())


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


@cache
def environment() -> dict[str, str]:
    """Return the versions of what computes, and the machine."""
    versions = {"python": platform.python_version(), "machine": f"{platform.system()} {platform.machine()}"}
    for name in _RECORDED:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            versions[name] = "not installed"
    return versions


@cache
def revision() -> str:
    """Return the commit that is checked out here, ``-dirty`` if files differ from it; empty if none is."""
    command = ["git", "describe", "--always", "--abbrev=40", "--exclude=*", "--dirty"]
    try:
        said = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return said.stdout.strip() if said.returncode == 0 else ""
