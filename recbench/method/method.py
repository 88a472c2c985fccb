"""RecourseMethod: the one interface every method stands behind, and Recourse, what it returns."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, ClassVar

import torch
from torch import Tensor
from typing_extensions import TypeVar

from recbench.errors import RecbenchError
from recbench.method.kept import keep, kept
from recbench.plugins.cards import MethodCard
from recbench.plugins.params import Configured, Params
from recbench.rng import PeopleRng, Rng
from recbench.task import RecourseTask

__all__ = ["Params", "Reason", "Recourse", "RecourseMethod"]


class Reason(StrEnum):
    """Why a person's row is as it is; methods may use their own words beside these."""

    FOUND = ""
    NO_CANDIDATE = "no candidate found"
    NO_TARGET = "no training row can serve as a target"
    NOT_ACCEPTED = "best attempt, not accepted by the classifier"


@dataclass(frozen=True)
class Recourse:
    """What a method returns for n people.

    Attributes:
        counterfactuals: (n, d) float32. A row is finite (the method's best attempt, even when the
            classifier rejects it) or wholly NaN (there is no candidate).
        reasons: n strings; empty where recourse was found, never empty where the row is NaN.
        samples: (n, k, d) float32 further candidates per person, or None.
    """

    counterfactuals: Tensor
    reasons: Sequence[str]
    samples: Tensor | None = None

    @classmethod
    def of(cls, counterfactuals: Tensor, task: RecourseTask, samples: Tensor | None = None) -> Recourse:
        """Return a recourse whose reasons follow from the rows: found, not accepted, or none."""
        found = ~torch.isnan(counterfactuals).any(dim=-1)
        accepted = task.accepts(counterfactuals)
        reasons = [
            Reason.NO_CANDIDATE if not row else (Reason.FOUND if ok else Reason.NOT_ACCEPTED)
            for row, ok in zip(found.tolist(), accepted.tolist(), strict=True)
        ]
        return cls(counterfactuals, reasons, samples)

    @property
    def found(self) -> Tensor:
        """(n,) whether a person has a counterfactual at all."""
        return ~torch.isnan(self.counterfactuals).any(dim=-1)

    @classmethod
    def concatenate(cls, parts: Sequence[Recourse]) -> Recourse:
        """Return the people of all ``parts``, in order."""
        samples = [part.samples for part in parts if part.samples is not None]
        return cls(
            torch.cat([part.counterfactuals for part in parts]),
            [reason for part in parts for reason in part.reasons],
            torch.cat(samples) if samples and len(samples) == len(parts) else None,
        )


@dataclass(frozen=True)
class Timings:
    """Wall-clock seconds of the two timed calls; nothing else is in them."""

    fit: float
    generate: float


Progress = Callable[[float, str], None]
"""Told the fraction of the work that is done, and a few words."""


def _silent(fraction: float, text: str) -> None:
    """Progress that nobody watches."""


P = TypeVar("P", bound=Params, default=Any)


class RecourseMethod(ABC, Configured[P]):
    """A recourse method: ``fit`` once on a task, then ``generate`` for any people of that task.

    A subclass sets ``card`` (what is listed), says which model its parameters have, as in ``class
    GenRe(RecourseMethod[GenReParams])`` (or not: then it has none), and implements ``generate``;
    methods that learn override ``fit`` too and call ``super().fit``. People are rows of a tensor:
    everything is done for all of them at once. Only ``fit`` and ``generate`` are timed.
    """

    card: ClassVar[MethodCard]

    def __init__(self, **values: object) -> None:
        """Validate the parameters; unknown names and bad values raise ``UsageError``."""
        self._configure(values, self.card.name)
        self.progress: Progress = _silent
        self._task: RecourseTask | None = None

    @property
    def name(self) -> str:
        """What users type."""
        return self.card.name

    @property
    def task(self) -> RecourseTask:
        """The task given to ``fit``.

        Raises:
            RecbenchError: ``fit`` has not been called.
        """
        if self._task is None:
            raise RecbenchError(f"{self.name} is not fitted.", "Call fit(task, rng) before generate.")
        return self._task

    def fit(self, task: RecourseTask, rng: Rng) -> None:
        """Learn what the method needs from the task; every random draw comes from ``rng``."""
        self._task = task

    @abstractmethod
    def generate(self, factuals: Tensor, rng: PeopleRng) -> Recourse | Tensor:
        """Return recourse for (n, d) encoded people; a bare (n, d) tensor is wrapped by the caller.

        ``rng`` holds one stream per person. ``factuals`` must not be changed.
        """

    def sample(self, factuals: Tensor, k: int, rng: PeopleRng) -> Tensor:
        """Return (n, k, d) recourses drawn for each person (methods with ``traits.samples`` only)."""
        raise RecbenchError(f"{self.name} gives one recourse per person and cannot draw several.")

    def save(self, path: Path) -> None:
        """Write the fitted method to ``path``, for this user only.

        It is a pickle, since a plug-in may be anything: whoever can write the file decides what
        :meth:`load` runs.
        """
        progress, self.progress = self.progress, _silent
        try:
            keep(self, path)
        finally:
            self.progress = progress

    @classmethod
    def load(cls, path: Path) -> RecourseMethod:
        """Read a fitted method that :meth:`save` wrote.

        Raises:
            RecbenchError: the file is missing, damaged, or holds something else; or others than this user
                can write it, and so run code here.
        """
        method = kept(path)
        if not isinstance(method, RecourseMethod):
            raise RecbenchError(f"{path} holds a {type(method).__name__}, not a recourse method.")
        return method
