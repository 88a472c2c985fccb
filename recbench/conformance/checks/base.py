"""What a check is, and what several of them need.

Each takes a :class:`Trial` and ends with an exception if the rule is broken. Its docstring is the rule.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from recbench.conformance.tasks import Case
from recbench.conformance.trial import NotApplicableError, Trial, broken
from recbench.method import Recourse
from recbench.method.output import checked


@dataclass(frozen=True)
class Check:
    """One rule: its name, what it says, and the function that tries it."""

    name: str
    rule: str
    run: Callable[[Trial], None]


_CHECKS: list[Check] = []


def checks() -> list[Check]:
    """Return all checks, in order."""
    return list(_CHECKS)


def check(function: Callable[[Trial], None]) -> Callable[[Trial], None]:
    """Add a function to the suite, under its own name."""
    _CHECKS.append(Check(function.__name__, (function.__doc__ or "").strip(), function))
    return function


def rows(trial: Trial) -> Tensor:
    """Return what the first run gave back as counterfactuals, unchecked."""
    returned = trial.ran().returned
    given = returned.counterfactuals if isinstance(returned, Recourse) else returned
    if not isinstance(given, Tensor):
        raise NotApplicableError("there are no rows")
    return given


def some(recourse: Recourse, rows: Tensor | slice) -> Recourse:
    """Return the answers of some of the people."""
    positions = torch.arange(len(recourse.counterfactuals))[rows]
    return Recourse(
        recourse.counterfactuals[positions], [recourse.reasons[row] for row in positions.tolist()]
    )


def fit_and_answer(trial: Trial, case: Case) -> None:
    """Ask a new method about a task of another kind; end the check if the answer breaks a rule."""
    method = trial.new()
    method.fit(case.task, trial.rng("fit"))
    people = trial.rng("generate").people(case.ids, str(case.factuals.device))
    given = case.factuals.clone()
    answer = checked(method.generate(given, people), given, case.factuals, case.task, trial.card.name)
    if trial.card.traits.keeps_constraints:
        require_feasible(trial, case, answer.counterfactuals[:, None], "")


def require_feasible(trial: Trial, case: Case, x: Tensor, where: str) -> None:
    """End the check if any of (n, k, d) rows is not feasible for its person."""
    feasible = case.task.feasible(case.factuals)
    wrong = torch.stack([feasible.violations(x[:, k]) for k in range(x.shape[1])], dim=1)
    if bool(wrong.any()):
        names = case.task.encoder.schema.names
        features = [names[j] for j in wrong.flatten(0, 1).any(dim=0).nonzero().squeeze(1).tolist()]
        broken(f"{int(wrong.any(dim=-1).sum())} rows{where} are infeasible (in {', '.join(features)})")
