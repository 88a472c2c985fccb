"""dice-ml's methods behind recbench's interface."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, redirect_stdout
from typing import ClassVar, TypeVar
from unittest.mock import patch

import pandas as pd
import torch
from raiutils.exceptions import UserConfigValidationException
from torch import Tensor

import dice_ml
from dice_ml.explainer_interfaces import explainer_base
from recbench.method import Recourse, RecourseMethod
from recbench.rng import PeopleRng, Rng
from recbench.task import RecourseTask
from recbench_methods import dice_ml as cards
from recbench_methods.dice_ml.bridge import LABEL, GaveUpError, Model, Ranges, Table
from recbench_methods.dice_ml.params import DiceGeneticParams, DiceParams, DiceRandomParams

P = TypeVar("P", bound=DiceParams)
T = TypeVar("T")

_UNKNOWN = "dice-ml knows only the categories of the training rows"


class Dice(RecourseMethod[P]):
    """One of dice-ml's model-agnostic methods.

    dice-ml works through people one by one, and so does this: each is put to it alone with a stream of
    their own. What the person can become is handed over as ``features_to_vary`` and ``permitted_range``.
    """

    method: ClassVar[str]
    questions: ClassVar[int | None] = None

    def fit(self, task: RecourseTask, rng: Rng) -> None:
        """Hand over the training rows; nothing is learnt."""
        super().fit(task, rng)
        self.table = Table(task.to("cpu"))
        self.model = Model(self.table, self.questions)
        self.rows = self.table.training()
        self.known = {name: set(self.rows[name]) for name in self.table.words}
        with _quiet():
            data = dice_ml.Data(
                dataframe=self.rows, continuous_features=self.table.continuous, outcome_name=LABEL
            )
            model = dice_ml.Model(model=self.model, backend="sklearn")
            self.explainer = dice_ml.Dice(data, model, method=self.method)

    def generate(self, factuals: Tensor, rng: PeopleRng) -> Recourse:
        """Return the cheapest of dice-ml's recourses for each of (n, d) people."""
        task, people = self.task, factuals.cpu()
        answers = torch.full_like(people, torch.nan)
        feasible = self.table.task.feasible(people)
        frame = self.table.frame(people) if len(people) else pd.DataFrame()
        unknown = {}
        for row in range(len(people)):
            person = frame.iloc[[row]]
            if any(person[name].iloc[0] not in known for name, known in self.known.items()):
                unknown[row] = _UNKNOWN
                continue
            varying, ranges = self.table.permitted(feasible, row)
            with rng.person(row).globally(), _quiet():
                found = self._ask(person, varying, ranges)
            if found is not None:
                answers[row] = self._cheapest(people[row], self.table.encoded(found))
            self.progress((row + 1) / len(people), "asking dice-ml")
        recourse = Recourse.of(answers.to(factuals.device), task)
        reasons = [unknown.get(row, reason) for row, reason in enumerate(recourse.reasons)]
        return Recourse(recourse.counterfactuals, reasons)

    def arguments(self) -> dict[str, object]:
        """Return what dice-ml is told beside the person and the ranges."""
        return {"posthoc_sparsity_param": self.params.posthoc_sparsity_param}

    def _ask(self, person: pd.DataFrame, varying: list[str], ranges: Ranges) -> pd.DataFrame | None:
        self.model.asked = 0
        try:
            explained = self.explainer.generate_counterfactuals(
                person,
                total_CFs=self.params.total_cfs,
                desired_class=1,
                features_to_vary=varying,
                permitted_range=ranges,
                **self.arguments(),
            )
        except (GaveUpError, UserConfigValidationException):
            # The latter is how dice-ml says that it found nothing, or that nothing may vary.
            return None
        found: pd.DataFrame | None = explained.cf_examples_list[0].final_cfs_df_sparse
        return found

    def _cheapest(self, person: Tensor, found: Tensor) -> Tensor:
        task = self.table.task
        cost = task.cost(person, found)
        cheapest: Tensor = found[torch.where(task.accepts(found), cost, cost + cost.max() + 1).argmin()]
        return cheapest


class DiceRandom(Dice[DiceRandomParams]):
    """dice-ml's random search."""

    card = cards.random
    method = "random"

    def arguments(self) -> dict[str, object]:  # noqa: D102
        p = self.params
        return {
            **super().arguments(),
            "sample_size": p.sample_size,
            "posthoc_sparsity_algorithm": p.posthoc_sparsity_algorithm,
        }


class DiceGenetic(Dice[DiceGeneticParams]):
    """dice-ml's genetic search, stopped from outside where it would draw its first generation for ever."""

    card = cards.genetic
    method = "genetic"
    questions = 5_000

    def arguments(self) -> dict[str, object]:  # noqa: D102
        own = self.params.plain()
        return {name: value for name, value in own.items() if name != "total_cfs"}


@contextmanager
def _quiet() -> Iterator[None]:
    """Call dice-ml inside: it prints and shows a bar for every person, and leans on deprecated pandas."""

    def no_bar(people: Iterable[T]) -> Iterable[T]:
        return people

    with (
        redirect_stdout(io.StringIO()),
        patch.object(explainer_base, "tqdm", no_bar),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        yield
