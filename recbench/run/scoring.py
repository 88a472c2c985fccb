"""Scoring: metrics of a recourse, and the table of people they are kept in."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial

import numpy as np
import pandas as pd
import torch

from recbench.classifiers.base import Classifier
from recbench.judge import Judge
from recbench.method.method import Recourse, Timings
from recbench.metrics import metric_class
from recbench.metrics.base import MetricContext
from recbench.plugins import registry
from recbench.protocol.judging import retrained
from recbench.protocol.prepare import Prepared
from recbench.rng import Rng
from recbench.statistics import Summary, over_people
from recbench.store.record import CellRecord, Outcome, Score
from recbench.task.cache import Cache

_RETRAINED = Cache(None, keep=20)
"""Classifiers that metrics of robustness asked for: training them takes longer than most methods."""


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
        Rng(record.cell.seed).stream("metrics"),
    )


def _retrained(record: CellRecord, prepared: Prepared, repetition: int) -> Classifier:
    """Return a retrained classifier; the next method on the same task is judged by the same ones."""
    key = [
        record.cell.data_hash,
        record.cell.recipe.model_dump(mode="json"),
        record.cell.seed,
        record.cell.threads,
        str(prepared.factuals.device),
        repetition,
    ]
    return _RETRAINED.get(
        "retrained", key, lambda: retrained(prepared, record.cell.recipe, record.cell.seed, repetition)
    )


def score(
    record: CellRecord, people: pd.DataFrame, context: MetricContext, keys: Mapping[str, str]
) -> Outcome:
    """Compute the metrics that ``keys`` names, and return the record and people with them.

    Each score is kept with its key, which says when two scores of a cell are the same.

    A metric that raises is named in ``unscored`` with its reason; the others are computed.
    """
    scores, unscored = dict(record.scores), dict(record.unscored)
    people = people.copy()
    for name, key in keys.items():
        try:
            values = metric_class(name)().compute(context)
            with np.errstate(over="ignore", invalid="ignore"):
                summary = _finite(over_people(values, is_share=_is_share(name)))
        except Exception as error:
            unscored[name] = f"{type(error).__name__}: {error}"
            continue
        unscored.pop(name, None)
        if np.ndim(values):
            people[name] = np.asarray(values, dtype=np.float64)
        scores[name] = Score(key=key, **summary.model_dump())
    update = {
        "scores": scores,
        "unscored": unscored,
        "found": int(context.found.sum()),
        "fit_seconds": context.timings.fit,
        "generate_seconds": context.timings.generate,
    }
    return Outcome(record.model_copy(update=update), people)


def _is_share(metric: str) -> bool:
    return registry.metrics.card(metric).is_share


def _finite(summary: Summary) -> Summary:
    """Return a summary whose numbers all stand for something.

    Raises:
        ValueError: one of them is infinite or NaN: no table could show it, and no file keep it.
    """
    numbers = summary.model_dump(exclude_none=True)
    wrong = [name for name, number in numbers.items() if not math.isfinite(number)]
    if wrong:
        raise ValueError(f"its {wrong[0]} over the people is {numbers[wrong[0]]}")
    return summary


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
    frame = pd.concat(parts, axis=1)
    mixed = [name for name, kind in frame.dtypes.items() if kind is np.dtype(object)]
    return frame.assign(**{str(name): _one_type(frame[name]) for name in mixed})


def _one_type(column: pd.Series) -> pd.Series:
    """Return a column of objects as a Parquet file can hold it: mixed types become text."""
    kinds = {type(value) for value in column.dropna()}
    return column if len(kinds) <= 1 else column.map(str, na_action="ignore")


def stored_recourse(people: pd.DataFrame, names: list[str], device: str = "cpu") -> Recourse:
    """Return the recourse that :func:`people_frame` wrote down."""
    encoded = people[[f"e__{name}" for name in names]].to_numpy(dtype=np.float32)
    return Recourse(torch.tensor(encoded, device=device), people["reason"].tolist())
