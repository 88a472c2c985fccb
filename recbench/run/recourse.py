"""Recourse: how a method is fitted and asked about its people, what it answers checked and timed.

With :mod:`recbench.protocol.prepare` this is all that produces a recourse: what a cell's key covers. Nothing
here looks at a metric or at the judge.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import torch
from torch import Tensor

from recbench.classifiers.base import Classifier
from recbench.data.encoding import category_key
from recbench.method.loading import method_class
from recbench.method.method import Recourse, RecourseMethod, Timings
from recbench.method.output import checked
from recbench.plugins import registry
from recbench.protocol.prepare import Prepared
from recbench.rng import Rng
from recbench.threads import limited_to

if TYPE_CHECKING:
    from recbench.store.cell import Cell

Progress = Callable[[str, float, str], None]
"""Called with the phase (``fit``, ``generate``, ``score``), the fraction done, and a few words."""

T = TypeVar("T")


def skip_reason(method: str, classifier: Classifier) -> str:
    """Return why a method cannot explain a classifier, or nothing."""
    card = registry.methods.card(method)
    if card.traits.gradients and not classifier.differentiable:
        return f"needs gradients, and the classifier {classifier.kind} has none"
    if card.traits.model and classifier.kind not in card.traits.model:
        return f"explains {' or '.join(card.traits.model)} only, not {classifier.kind}"
    return ""


def make_method(name: str, params: Mapping[str, object]) -> RecourseMethod:
    """Return a registered method with these parameters, not fitted."""
    return method_class(name)(**params)


def produce(
    cell: Cell, prepared: Prepared, method: RecourseMethod, progress: Progress
) -> tuple[Recourse, Timings]:
    """Fit a method on a task and return its recourse for the task's people.

    Args:
        cell: seed, chunk and threads.
        prepared: the task and its people.
        method: with the cell's parameters, not fitted.
        progress: told how far it is.

    Raises:
        RecbenchError: the method broke a rule of what it returns; it may raise anything itself.
    """
    with limited_to(cell.threads):
        return _produce(cell, prepared, method, progress)


def _produce(
    cell: Cell, prepared: Prepared, method: RecourseMethod, progress: Progress
) -> tuple[Recourse, Timings]:
    rng = Rng(cell.seed).stream("method", cell.method)
    factuals = prepared.factuals
    method.progress = lambda fraction, text: progress("fit", fraction, text)
    progress("fit", 0.0, "")
    fit_seconds = _timed(partial(method.fit, prepared.task, rng.stream("fit")), factuals)[1]
    # One spelling for an id however a file reader typed it: data of the same hash draw the same.
    ids = [category_key(person) for person in prepared.people]
    people = rng.stream("generate").people(ids, str(factuals.device))
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
