"""What the first fit and generate give back."""

from __future__ import annotations

import torch
from torch import Tensor

from recbench.conformance.checks.base import check, require_feasible, rows
from recbench.conformance.trial import NotApplicableError, Trial, require
from recbench.method import Reason, Recourse


@check
def runs(trial: Trial) -> None:
    """Fit and generate run on every kind of feature and return a Recourse or a tensor."""
    seen = trial.observed
    if seen.error is not None:
        raise seen.error
    require(
        isinstance(seen.returned, Recourse | Tensor),
        f"generate must return a Recourse or a tensor, not {type(seen.returned).__name__}",
    )


@check
def shape(trial: Trial) -> None:
    """There is one row per person and one column per feature."""
    x, wanted = rows(trial), tuple(trial.case.factuals.shape)
    require(tuple(x.shape) == wanted, f"shape {tuple(x.shape)}, expected {wanted}")


@check
def dtype(trial: Trial) -> None:
    """Rows are float32, on the device of the factuals, without a gradient graph."""
    x = rows(trial)
    require(x.dtype == torch.float32, f"{x.dtype}, expected torch.float32")
    require(x.device == trial.case.factuals.device, f"on {x.device}, not {trial.case.factuals.device}")
    require(not x.requires_grad, "rows carry a gradient graph")


@check
def finite_or_nan(trial: Trial) -> None:
    """Every row is finite or wholly NaN."""
    x = rows(trial)
    bad = ~(torch.isfinite(x).all(dim=-1) | torch.isnan(x).all(dim=-1))
    require(not bool(bad.any()), f"{int(bad.sum())} rows are neither finite nor wholly NaN")


@check
def reasons(trial: Trial) -> None:
    """There is one reason per person: one for every NaN row, none for every accepted row."""
    returned, x = trial.ran().returned, rows(trial)
    if not isinstance(returned, Recourse):
        raise NotApplicableError("a bare tensor gets its reasons from recbench")
    said = list(returned.reasons)
    require(all(isinstance(reason, str) for reason in said), "a reason is not a string")
    require(len(said) == len(x), f"{len(said)} reasons for {len(x)} people")
    none = torch.isnan(x).any(dim=-1).tolist()
    accepted = trial.case.task.accepts(x).tolist()
    silent = sum(empty and not reason for empty, reason in zip(none, said, strict=True))
    require(silent == 0, f"{silent} NaN rows have no reason")
    wrong = sum(ok and reason != Reason.FOUND for ok, reason in zip(accepted, said, strict=True))
    require(wrong == 0, f"{wrong} accepted rows have a reason why there is none")


@check
def answers_somebody(trial: Trial) -> None:
    """On an easy task at least one person gets a candidate."""
    require(bool(trial.answer.found.any()), "every row is NaN")


@check
def progress(trial: Trial) -> None:
    """Progress is a share between 0 and 1 and a few words."""
    for fraction, text in trial.ran().progress:
        good = isinstance(fraction, int | float) and 0 <= fraction <= 1 and isinstance(text, str)
        require(good, f"progress was called with {fraction!r}, {text!r}")


@check
def constraints_kept(trial: Trial) -> None:
    """What task.feasible forbids never happens, if the traits promise it."""
    if not trial.card.traits.keeps_constraints:
        raise NotApplicableError("the traits do not promise it")
    require_feasible(trial, trial.case, trial.answer.counterfactuals[:, None], "")
