"""Trial: one method on the suite's tasks. What several checks look at is computed once."""

from __future__ import annotations

import logging
import pickle
import random
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import NoReturn

import numpy as np
import torch
from torch import Tensor

from recbench.conformance import tasks
from recbench.conformance.tasks import Case
from recbench.method import Recourse, RecourseMethod
from recbench.method.output import checked
from recbench.plugins.cards import MethodCard
from recbench.rng import PeopleRng, Rng

SAME = 1e-4
"""Encoded distance within which two answers are the same."""

SHARE = 0.99
"""Share of people whose answers must be the same: float rounding may tip the rest over an edge."""


class RuleBrokenError(Exception):
    """The method breaks the rule that is being checked; the message says how."""


class NotApplicableError(Exception):
    """The rule says nothing about this method, or another broken rule hides whether it is kept."""


def broken(message: str) -> NoReturn:
    """End a check: the rule is broken."""
    raise RuleBrokenError(message)


def require(holds: bool, message: str) -> None:
    """End the check with ``message`` unless the rule holds."""
    if not holds:
        broken(message)


@dataclass(frozen=True)
class Observed:
    """The first fit and generate, and what surrounded them."""

    method: RecourseMethod
    returned: object
    error: Exception | None
    factuals: Tensor
    case: Case
    globals_before: dict[str, object]
    globals_after: dict[str, object]
    progress: list[tuple[object, object]]


class Trial:
    """One method under test.

    Args:
        make: of parameters, returns an unfitted method; for example the class itself.
        card: the method's card.
        params: parameters to check it with.
        people: how many people each check asks for.
    """

    def __init__(
        self, make: Callable[..., RecourseMethod], card: MethodCard, params: dict[str, object], people: int
    ) -> None:
        self.make, self.card, self.params, self.count = make, card, params, people
        # Of other tasks. Where nobody can be accepted, a wrapped original may search for a minute per person.
        self.few = min(people, 20 if card.traits.native else 2)
        self.classifier = tasks.suitable_classifier(card.traits)

    def new(self) -> RecourseMethod:
        """Return an unfitted method."""
        return self.make(**self.params)

    @cached_property
    def case(self) -> Case:
        """The mixed task and its people, as they were before any method saw them."""
        return tasks.mixed(self.classifier, self.count)

    @cached_property
    def observed(self) -> Observed:
        """The first fit and generate, watched; an error in them is kept, not raised."""
        import sklearn  # noqa: F401  (it adds warning filters when it is imported)

        case, method = self.case.clone(), self.new()
        progress: list[tuple[object, object]] = []
        method.progress = lambda fraction, text: progress.append((fraction, text))
        before = _global_state()
        returned, error = None, None
        try:
            method.fit(case.task, self.rng("fit"))
            returned = method.generate(case.factuals, self.people(case.ids))
        except Exception as raised:
            error = raised
        return Observed(method, returned, error, case.factuals, case, before, _global_state(), progress)

    def ran(self) -> Observed:
        """Return the first run, for checks that mean nothing without it."""
        if self.observed.error is not None:
            raise NotApplicableError("fit or generate failed")
        return self.observed

    @cached_property
    def answer(self) -> Recourse:
        """What the method answers on the mixed task, for checks that need a well-formed answer."""
        return self._well_formed(self.ran().returned, self.case)

    def again(self, case: Case, method: RecourseMethod | None = None, stream: str = "generate") -> Recourse:
        """Return the well-formed answer of the fitted ``method`` (default: the first one) for some people."""
        method = method or self.ran().method
        given = case.factuals.clone()
        returned = method.generate(given, self.people(case.ids, stream))
        return checked(returned, given, case.factuals, case.task, self.card.name)

    def rng(self, purpose: str) -> Rng:
        """Return the method's random stream for one purpose."""
        return Rng(0).stream("method", self.card.name, purpose)

    def people(self, ids: list[str], stream: str = "generate") -> PeopleRng:
        """Return the streams of the people with these ids."""
        return self.rng(stream).people(ids)

    def require_same(self, given: Recourse, wanted: Recourse, case: Case, what: str) -> None:
        """End the check unless both answers for the same people agree, ties in cost excepted."""
        a, b = given.counterfactuals, wanted.counterfactuals
        close = ((a - b).abs() <= SAME).all(dim=1) | (~given.found & ~wanted.found)
        cost_a, cost_b = (case.task.cost(case.factuals, x) for x in (a, b))
        tie = (cost_a - cost_b).abs() <= SAME
        tie &= case.task.accepts(a) == case.task.accepts(b)
        # Ties are rare; a method whose answers all cost the same must not hide behind them.
        excused = int((tie & ~close).sum())
        differ = int((~close).sum()) - (excused if excused <= max(1, len(close) // 10) else 0)
        allowed = int((1 - SHARE) * len(close) + 1e-9)
        require(differ <= allowed, f"{differ} of {len(close)} people get other answers {what}")

    def _well_formed(self, returned: object, case: Case) -> Recourse:
        try:
            return checked(returned, case.factuals, case.factuals, case.task, self.card.name)
        except Exception as error:
            raise NotApplicableError("the answer is not well formed") from error


def _global_state() -> dict[str, object]:
    """Return what a library call must leave alone, by name."""
    # The second stands for all that exist: configuring logging anew disables them together.
    loggers = [logging.getLogger(), logging.getLogger("recbench.conformance")]
    return {
        "Python's random state": random.getstate(),
        "NumPy's global random state": pickle.dumps(np.random.get_state()),  # noqa: NPY002
        "torch's global random state": torch.get_rng_state().numpy().tobytes(),
        "warning filters": list(warnings.filters),
        "logging": [(log.name, log.level, log.disabled, tuple(log.handlers)) for log in loggers],
        "torch's default dtype": torch.get_default_dtype(),
        "torch's gradient mode": torch.is_grad_enabled(),
        "torch's thread count": torch.get_num_threads(),
        "NumPy's error handling": np.geterr(),
    }
