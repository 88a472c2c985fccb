"""Output checks: what a method hands back either keeps every rule of :class:`Recourse` or is refused.

Nothing is repaired here. A method that breaks a rule has failed, and the line says which rule; whether
a recourse respects what ``task.feasible`` forbids is measured by metrics, not refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

import torch
from torch import Tensor

from recbench.errors import RecbenchError
from recbench.method import Reason, Recourse
from recbench.task import RecourseTask


def checked(returned: object, factuals: Tensor, before: Tensor, task: RecourseTask, method: str) -> Recourse:
    """Return what ``generate`` returned as a :class:`Recourse`, or refuse it.

    Args:
        returned: what ``generate`` returned; a bare (n, d) tensor gets the reasons that follow from it.
        factuals: (n, d) float32, the people that were given to ``generate``.
        before: (n, d) float32, the caller's own copy of them, made before the call.
        task: the task they belong to.
        method: name of the method, for the error.

    Raises:
        RecbenchError: a rule is broken; the message names method and rule.
    """
    if not torch.equal(factuals, before):
        changed = int((factuals != before).any(dim=1).sum())
        _refuse(method, "inputs untouched", f"it changed {changed} of {len(before)} factuals in place")
    if isinstance(returned, Tensor):
        _check_rows(method, "counterfactuals", returned, before)
        return Recourse.of(returned, task)
    if not isinstance(returned, Recourse):
        _refuse(method, "type", f"generate must return a Recourse or a tensor, not {_kind(returned)}")
    _check_rows(method, "counterfactuals", returned.counterfactuals, before)
    _check_reasons(method, returned)
    if returned.samples is not None:
        check_samples(returned.samples, before, method)
    return returned


def check_samples(samples: object, factuals: Tensor, method: str, k: int | None = None) -> None:
    """Refuse further candidates that are not (n, k, d) rows for (n, d) ``factuals``.

    Args:
        samples: what the method returned.
        factuals: (n, d) float32.
        method: name of the method, for the error.
        k: how many were asked for, or None where any number will do.

    Raises:
        RecbenchError: a rule is broken; the message names method and rule.
    """
    what = "samples"
    if not isinstance(samples, Tensor):
        _refuse(method, "type", f"{what} must be a tensor, not {_kind(samples)}")
    n, d = factuals.shape
    wanted = (n, samples.shape[1] if k is None and samples.dim() == 3 else k, d)
    if tuple(samples.shape) != wanted:
        shown = f"({n}, {'k' if k is None else k}, {d})"
        _refuse(method, "shape", f"{what} has shape {tuple(samples.shape)}, expected {shown}")
    _check_values(method, what, samples, factuals)


def _check_rows(method: str, what: str, x: object, factuals: Tensor) -> None:
    if not isinstance(x, Tensor):
        _refuse(method, "type", f"{what} must be a tensor, not {_kind(x)}")
    if x.shape != factuals.shape:
        shapes = f"has shape {tuple(x.shape)}, expected {tuple(factuals.shape)}"
        _refuse(method, "shape", f"{what} {shapes}: one row per person, in their order")
    _check_values(method, what, x, factuals)


def _check_values(method: str, what: str, x: Tensor, factuals: Tensor) -> None:
    if x.dtype != torch.float32:
        _refuse(method, "dtype", f"{what} is {_bare(x.dtype)}, expected float32")
    if x.device != factuals.device:
        _refuse(method, "device", f"{what} is on {x.device}, the factuals are on {factuals.device}")
    if x.requires_grad:
        _refuse(method, "no graph", f"{what} still carries its gradient graph: detach it")
    finite = torch.isfinite(x)
    bad = ~(finite.all(dim=-1) | torch.isnan(x).all(dim=-1))
    if bool(bad.any()):
        place = bad.nonzero()[0].tolist()
        count = f"{int(bad.sum())} of {bad.numel()} rows of {what}"
        _refuse(method, "finite or NaN", f"{count} are neither finite nor wholly NaN (first: row {place[0]})")


def _check_reasons(method: str, recourse: Recourse) -> None:
    reasons, n = recourse.reasons, len(recourse.counterfactuals)
    listed = isinstance(reasons, Sequence) and not isinstance(reasons, str)
    if not listed or not all(isinstance(reason, str) for reason in reasons):
        _refuse(method, "reasons", "reasons must be a sequence of strings, one per person")
    if len(reasons) != n:
        _refuse(method, "reasons", f"{len(reasons)} reasons for {n} people")
    for row, (found, reason) in enumerate(zip(recourse.found.tolist(), reasons, strict=True)):
        if not found and not reason:
            _refuse(method, "reasons", f"row {row} is NaN without a reason")
        if found and reason in (Reason.NO_CANDIDATE, Reason.NO_TARGET):
            _refuse(method, "reasons", f"row {row} is finite but its reason is {str(reason)!r}")


def _refuse(method: str, rule: str, what: str) -> NoReturn:
    raise RecbenchError(
        f"{method} broke the output rule {rule!r}: {what}.", f"`recbench check {method}` names every rule."
    )


def _kind(value: object) -> str:
    return type(value).__name__


def _bare(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")
