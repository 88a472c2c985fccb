"""A small honest method, and one method per rule that breaks it."""

from __future__ import annotations

import logging
import threading
import warnings
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from pydantic import ConfigDict, Field, field_serializer
from torch import Tensor

from recbench.method import Params, Recourse, RecourseMethod
from recbench.plugins.cards import MethodCard, Traits
from recbench.rng import PeopleRng, Rng
from recbench.task import RecourseTask

CARD = MethodCard(
    name="draw",
    summary="for tests",
    implementation="none:none",
    params=f"{__name__}:DrawParams",
    traits=Traits(samples=True),
)


class DrawParams(Params):
    count: int = Field(20, ge=1, description="feasible points drawn per person")


class Draw(RecourseMethod[DrawParams]):
    """A small honest method: the best by h of some feasible points."""

    card = CARD

    def sample(self, factuals: Tensor, k: int, rng: PeopleRng) -> Tensor:
        feasible = self.task.feasible(factuals)
        width = (feasible.upper - feasible.lower)[:, None]
        return feasible.project(feasible.lower[:, None] + width * rng.uniform(k, factuals.shape[1]))

    def generate(self, factuals: Tensor, rng: PeopleRng) -> Recourse | Tensor:
        drawn = self.sample(factuals, self.params.count, rng)
        best = self.task.probability(drawn).argmax(dim=1)
        return Recourse.of(drawn[torch.arange(len(drawn)), best], self.task)

    def rows(self, factuals: Tensor, rng: PeopleRng) -> Tensor:
        answer = Draw.generate(self, factuals, rng)
        assert isinstance(answer, Recourse)
        return answer.counterfactuals


class Undescribed(Draw):
    class Params(Params):
        count: int = 20


class LossyParams(Params):
    count: int = Field(20, description="draws")
    extra: int = Field(1, description="lost when written")

    @field_serializer("extra")
    def _zero(self, value: int) -> int:
        return value + 1


class Lossy(Draw):
    Params = LossyParams


class LaxParams(DrawParams):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Elsewhere(Draw):
    card = replace(CARD, params=f"{__name__}:LossyParams")


class Nowhere(Draw):
    card = replace(CARD, params=f"{__name__}:LostParams")


class Lax(Draw):
    Params = LaxParams


class Unfitted(Draw):
    def generate(self, factuals: Tensor, rng: PeopleRng) -> Recourse | Tensor:
        return factuals.clone() if self._task is None else super().generate(factuals, rng)


class Raises(Draw):
    def generate(self, factuals: Tensor, rng: PeopleRng) -> Recourse | Tensor:
        raise KeyError("column")


class Narrow(Draw):
    def generate(self, factuals: Tensor, rng: PeopleRng) -> Recourse | Tensor:
        return self.rows(factuals, rng)[:, :-1]


class Wide(Draw):
    def generate(self, factuals: Tensor, rng: PeopleRng) -> Recourse | Tensor:
        return self.rows(factuals, rng).double()


class HalfNan(Draw):
    def generate(self, factuals: Tensor, rng: PeopleRng) -> Recourse | Tensor:
        rows = self.rows(factuals, rng)
        rows[:1, 0] = torch.nan
        return rows


class Silent(Draw):
    def generate(self, factuals: Tensor, rng: PeopleRng) -> Recourse | Tensor:
        rows = self.rows(factuals, rng)
        rows[:1] = torch.nan
        return Recourse(rows, [""] * len(rows))


class Idle(Draw):
    def generate(self, factuals: Tensor, rng: PeopleRng) -> Recourse | Tensor:
        return torch.full_like(factuals, torch.nan)


class Scribbles(Draw):
    def generate(self, factuals: Tensor, rng: PeopleRng) -> Recourse | Tensor:
        rows = self.rows(factuals, rng)
        factuals += 0.001
        return rows


class Rescales(Draw):
    def fit(self, task: RecourseTask, rng: Rng) -> None:
        super().fit(task, rng)
        task.x.mul_(1.001)


class Unfreezes(Draw):
    def fit(self, task: RecourseTask, rng: Rng) -> None:
        super().fit(task, rng)
        getattr(task.classifier, "module").train()  # noqa: B009


class Reseeds(Draw):
    def fit(self, task: RecourseTask, rng: Rng) -> None:
        super().fit(task, rng)
        np.random.seed(3)  # noqa: NPY002


class Mutes(Draw):
    def fit(self, task: RecourseTask, rng: Rng) -> None:
        super().fit(task, rng)
        warnings.simplefilter("ignore")
        logging.getLogger("recbench.conformance").disabled = True


class Boasts(Draw):
    def generate(self, factuals: Tensor, rng: PeopleRng) -> Recourse | Tensor:
        self.progress(110, "per cent")
        return super().generate(factuals, rng)


class Trespasses(Draw):
    def generate(self, factuals: Tensor, rng: PeopleRng) -> Recourse | Tensor:
        rows = self.rows(factuals, rng)
        rows[:, 1] = 1 - factuals[:, 1]
        return rows


class GlobalDraws(Draw):
    def fit(self, task: RecourseTask, rng: Rng) -> None:
        super().fit(task, rng)
        self.shift = torch.rand(1)

    def generate(self, factuals: Tensor, rng: PeopleRng) -> Recourse | Tensor:
        return self.task.project(self.rows(factuals, rng) - 0.3 * self.shift, factuals)


class ClaimsDeterminism(Draw):
    card = replace(CARD, traits=Traits(samples=True, deterministic=True))


class ByPosition(Draw):
    def generate(self, factuals: Tensor, rng: PeopleRng) -> Recourse | Tensor:
        return super().generate(factuals, rng.rng.people(range(len(factuals))))


class ByCompany(Draw):
    def generate(self, factuals: Tensor, rng: PeopleRng) -> Recourse | Tensor:
        rows = self.rows(factuals, rng)
        mean = rows.mean(dim=0) if len(rows) else rows
        return self.task.project(0.5 * rows + 0.5 * mean, factuals)


class Squeezes(Draw):
    def generate(self, factuals: Tensor, rng: PeopleRng) -> Recourse | Tensor:
        return self.rows(factuals, rng).squeeze(0)


class NeedsSomebody(Draw):
    def generate(self, factuals: Tensor, rng: PeopleRng) -> Recourse | Tensor:
        factuals.amax()
        factuals.amin(dim=0)
        return super().generate(factuals, rng)


class Merges(Draw):
    def generate(self, factuals: Tensor, rng: PeopleRng) -> Recourse | Tensor:
        return self.rows(factuals, rng)[: len(torch.unique(factuals, dim=0))]


class Transposes(Draw):
    def sample(self, factuals: Tensor, k: int, rng: PeopleRng) -> Tensor:
        return super().sample(factuals, k, rng).transpose(0, 1)

    def generate(self, factuals: Tensor, rng: PeopleRng) -> Recourse | Tensor:
        drawn = self.sample(factuals, self.params.count, rng).transpose(0, 1)
        return drawn[:, 0]


class Locks(Draw):
    def fit(self, task: RecourseTask, rng: Rng) -> None:
        super().fit(task, rng)
        self.lock = threading.Lock()


class Forgets(Draw):
    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "params": DrawParams(count=1)}


class NeedsCategories(Draw):
    def fit(self, task: RecourseTask, rng: Rng) -> None:
        super().fit(task, rng)
        self.first = [level for level in task.encoder.levels if level][0]  # noqa: RUF015


class NeedsPlainCost(Draw):
    def fit(self, task: RecourseTask, rng: Rng) -> None:
        super().fit(task, rng)
        if bool((task.weights != 1).any()):
            raise NotImplementedError("weights")


class NeedsTargets(Draw):
    def fit(self, task: RecourseTask, rng: Rng) -> None:
        super().fit(task, rng)
        self.target = task.x[task.y == 1][0]


BROKEN: dict[str, list[type[RecourseMethod]]] = {
    "described": [Undescribed],
    "parameters_of_its_card": [Elsewhere, Nowhere],
    "parameters_survive_yaml": [Lossy],
    "unknown_parameter_refused": [Lax],
    "unfitted_refused": [Unfitted],
    "runs": [Raises],
    "shape": [Narrow],
    "dtype": [Wide],
    "finite_or_nan": [HalfNan],
    "reasons": [Silent],
    "answers_somebody": [Idle],
    "factuals_untouched": [Scribbles],
    "task_untouched": [Rescales],
    "classifier_untouched": [Unfreezes],
    "globals_untouched": [Reseeds, Mutes],
    "progress": [Boasts],
    "constraints_kept": [Trespasses],
    "same_seed_same_answer": [GlobalDraws],
    "deterministic_if_promised": [ClaimsDeterminism],
    "order_kept": [ByPosition],
    "subset_same": [ByPosition, ByCompany],
    "chunks_same": [ByPosition, ByCompany],
    "one_row": [Squeezes, ByPosition],
    "zero_rows": [NeedsSomebody],
    "duplicates": [Merges],
    "samples": [Transposes],
    "pickles": [Locks, Forgets],
    "saves_and_loads": [Locks, Forgets],
    "numbers_only": [NeedsCategories],
    "weighted_cost": [NeedsPlainCost],
    "hopeless": [NeedsTargets],
}
