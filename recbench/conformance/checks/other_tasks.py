"""Tables, costs, classifiers and devices of another kind."""

from __future__ import annotations

from dataclasses import replace

import torch

from recbench.conformance import tasks
from recbench.conformance.checks.base import check, fit_and_answer
from recbench.conformance.trial import NotApplicableError, Trial
from recbench.errors import RecbenchError


@check
def numbers_only(trial: Trial) -> None:
    """It works on a table without categories or rules."""
    fit_and_answer(trial, tasks.numbers(trial.classifier, trial.few))


@check
def weighted_cost(trial: Trial) -> None:
    """It works where features differ in cost and a changed category costs 1."""
    fit_and_answer(trial, tasks.weighted(trial.classifier, trial.few))


@check
def hopeless(trial: Trial) -> None:
    """Where nobody can be accepted it gives best attempts, NaN with a reason, or a RecbenchError."""
    try:
        fit_and_answer(trial, tasks.hopeless(trial.classifier, trial.few))
    except RecbenchError as error:
        if "output rule" in str(error):
            raise


@check
def cuda(trial: Trial) -> None:
    """On a GPU the answer is on the GPU and keeps every rule."""
    if not torch.cuda.is_available():
        raise NotApplicableError("there is no CUDA device here")
    case = tasks.mixed(trial.classifier, trial.few)
    there = replace(case, task=case.task.to("cuda"), factuals=case.factuals.to("cuda"))
    fit_and_answer(trial, there)
