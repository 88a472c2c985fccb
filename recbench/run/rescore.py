"""Rescore: compute metrics for a stored recourse without running its method again."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pandas as pd
import torch

from recbench.data.catalogue.loading import load
from recbench.data.dataset import Dataset
from recbench.errors import RecbenchError
from recbench.judge import Judge
from recbench.method.method import Timings
from recbench.plugins import registry
from recbench.protocol.judging import prepare_judge
from recbench.protocol.prepare import Prepared, prepare
from recbench.run.plan import default_metrics
from recbench.run.scoring import metric_context, score, stored_recourse
from recbench.run.versions import method_card, missing_scores, score_keys, task_outdated
from recbench.store.folder import Store
from recbench.store.record import CellRecord, Outcome, Status
from recbench.task.cache import Cache
from recbench.threads import limited_to


def rescore(
    record: CellRecord, people: pd.DataFrame, prepared: Prepared, judge: Judge, metrics: Sequence[str]
) -> Outcome:
    """Return a stored cell with ``metrics`` computed under this judge; the timings stay as measured.

    Raises:
        RecbenchError: the task prepared now has other people than the cell.
    """
    names = prepared.dataset.schema.names
    before = people[[f"f__{name}" for name in names]].set_axis(names, axis=1)
    same = len(before) == len(prepared.factuals) and torch.equal(
        prepared.dataset.encoder.encode(before), prepared.factuals.cpu()
    )
    if not same:
        raise RecbenchError(
            f"cell {record.key} has other people than this version of recbench selects.",
            "Run the suite again.",
        )
    recourse = stored_recourse(people, names, str(prepared.factuals.device))
    timings = Timings(record.fit_seconds or 0.0, record.generate_seconds or 0.0)
    with limited_to(record.cell.threads):
        context = metric_context(record, prepared, judge, recourse, timings)
        lost = [name for name in metrics if _needs_lost_draws(record, name)]
        keys = score_keys(record.cell.recipe.gold, record.cell.lof, tuple(metrics))
        outcome = score(record, people, context, {name: keys[name] for name in metrics if name not in lost})
    reason = "needs the method's draws, which are not stored; `recbench run --fresh` computes it"
    unscored = {**outcome.record.unscored, **dict.fromkeys(lost, reason)}
    return Outcome(outcome.record.model_copy(update={"unscored": unscored}), outcome.people)


def _needs_lost_draws(record: CellRecord, metric: str) -> bool:
    """Return whether a metric looks at draws that the cell's method made and nobody kept."""
    return registry.metrics.card(metric).draws and method_card(record.cell.method).traits.samples


def rescore_store(
    store: Store,
    metrics: Sequence[str],
    neighbours: int | None,
    datasets: dict[str, Dataset],
    said: Callable[[str], None],
) -> int:
    """Add ``metrics`` (empty: the default ones) to every finished cell; return how many changed.

    Args:
        store: the cells.
        metrics: names; those a cell already has are left alone.
        neighbours: judge plausibility by LOF with this k; None keeps each cell's own.
        datasets: data sets that are not in the catalogue, by name.
        said: is told of cells that cannot be scored, and why.

    Raises:
        UsageError: a metric is unknown.
    """
    names = list(metrics) or default_metrics()
    for name in names:
        registry.metrics.card(name)
    prepared_before = Cache(store.paths.cache)
    changed = 0
    # Neighbouring cells share their task, so that the memory of the cache serves them.
    records = sorted(
        store.records(status=Status.DONE),
        key=lambda record: (record.cell.dataset, record.cell.recipe.model_dump_json(), record.cell.seed),
    )
    for listed in records:
        lof = (
            listed.cell.lof
            if neighbours is None
            else listed.cell.lof.model_copy(update={"neighbours": neighbours})
        )
        held = {name: score.key for name, score in listed.scores.items()}
        missing = missing_scores(held, listed.cell.recipe.gold, lof, names)
        # Another judge changes every score that looks at it, so all are computed under the same one.
        wanted = missing if lof == listed.cell.lof else list(dict.fromkeys([*listed.scores, *names]))
        if not missing:
            continue
        record = store.full(listed.key)
        try:
            stale = task_outdated(record, record.cell.code.modules)
            if stale:
                raise RecbenchError(f"its task is stale ({stale}).", "Run the suite again.")
            dataset = datasets.get(record.cell.dataset) or load(record.cell.dataset)
            if dataset.content_hash != record.cell.data_hash:
                raise RecbenchError("it was run on other data of this name.", "Name them with --data.")
            prepared = prepare(
                dataset, record.cell.recipe, record.cell.seed, prepared_before, record.cell.threads
            )
            judge = prepare_judge(prepared, record.cell.recipe, lof, record.cell.seed, prepared_before)
            judged = record.judged_by(lof)
            outcome = rescore(judged, store.people(record.key), prepared, judge, wanted)
        except RecbenchError as error:
            said(
                f"{record.key} {record.cell.dataset} / {record.cell.label} / seed {record.cell.seed}: {error}"
            )
            continue
        store.write(outcome.record, outcome.people)
        changed += 1
    return changed
