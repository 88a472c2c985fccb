"""Every method keeps every rule, and every rule is caught when it is broken."""

from __future__ import annotations

import json
import logging
import threading
import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
import pytest
import torch
from pydantic import ConfigDict, Field, field_serializer
from torch import Tensor

from recbench import registry
from recbench.cards import MethodCard, Traits
from recbench.conformance import Outcome, checks, run_checks
from recbench.errors import RecbenchError, UsageError
from recbench.method import Params, Recourse, RecourseMethod
from recbench.rng import PeopleRng, Rng
from recbench.task import RecourseTask

AVAILABLE = [listing.name for listing in registry.listings("method") if not listing.unavailable]

CARD = MethodCard(name="draw", summary="for tests", implementation="none:none", traits=Traits(samples=True))


class DrawParams(Params):
    count: int = Field(20, ge=1, description="feasible points drawn per person")


class Draw(RecourseMethod):
    """A small honest method: the best by h of some feasible points."""

    card = CARD
    Params: ClassVar[type[Params]] = DrawParams

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


def outcomes(method: str | type[RecourseMethod], **params: Any) -> dict[str, str]:
    return {result.name: str(result.outcome) for result in run_checks(method, params)}


QUICK = ("genre", "nnr", "unchanged", "wachter")
"""Checked with every change; `make conformance` checks the others, some ten minutes on two cores."""


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=() if name in QUICK else (pytest.mark.slow, pytest.mark.conformance))
        for name in AVAILABLE
    ],
)
def test_every_available_method_keeps_every_rule(name: str) -> None:
    failed = [f"{r.name}: {r.message}" for r in run_checks(name) if r.outcome == Outcome.FAILED]
    assert not failed


def test_an_honest_method_passes_everything() -> None:
    assert set(outcomes(Draw).values()) <= {"passed", "skipped"}


def test_checks_have_distinct_names_and_one_line_rules() -> None:
    names = [check.name for check in checks()]
    assert len(set(names)) == len(names) > 25
    assert all(check.rule and "\n" not in check.rule for check in checks())


# One method per rule, each broken in one way.


class Undescribed(Draw):
    class Params(Params):  # type: ignore[misc]
        count: int = 20


class LossyParams(Params):
    count: int = Field(20, description="draws")
    extra: int = Field(1, description="lost when written")

    @field_serializer("extra")
    def _zero(self, value: int) -> int:
        return value + 1


class Lossy(Draw):
    Params: ClassVar[type[Params]] = LossyParams


class LaxParams(DrawParams):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Lax(Draw):
    Params: ClassVar[type[Params]] = LaxParams


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
        if task.weights is not None:
            raise NotImplementedError("weights")


class NeedsTargets(Draw):
    def fit(self, task: RecourseTask, rng: Rng) -> None:
        super().fit(task, rng)
        self.target = task.x[task.y == 1][0]


BROKEN: dict[str, list[type[RecourseMethod]]] = {
    "described": [Undescribed],
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


@pytest.fixture
def _restored() -> Any:
    """Undo what the faulty methods do to the process."""
    logger = logging.getLogger("recbench.conformance")
    with Rng(0).stream("tests").globally(), warnings.catch_warnings():
        yield
    logger.disabled = False


def test_every_rule_has_a_method_that_breaks_it() -> None:
    # A GPU check cannot be broken on purpose where there is none.
    assert set(BROKEN) == {check.name for check in checks()} - {"cuda"}


@pytest.mark.usefixtures("_restored")
@pytest.mark.parametrize(
    ("rule", "faulty"), [(rule, faulty) for rule, faults in BROKEN.items() for faulty in faults]
)
def test_a_broken_rule_is_caught_by_its_check(rule: str, faulty: type[RecourseMethod]) -> None:
    assert outcomes(faulty)[rule] == "failed"


def test_an_expected_failure_is_no_failure_and_says_why() -> None:
    class Known(Narrow):
        card = replace(CARD, expected_failed_checks={"shape": "the original drops a column"})

    shape = next(result for result in run_checks(Known) if result.name == "shape")
    assert shape.outcome == Outcome.EXPECTED_FAILURE
    assert "drops a column" in shape.message
    assert "expected" in shape.message


def test_an_expected_failure_that_passes_is_reported() -> None:
    class Mended(Draw):
        card = replace(CARD, expected_failed_checks={"shape": "the original drops a column"})

    shape = next(result for result in run_checks(Mended) if result.name == "shape")
    assert shape.outcome == Outcome.PASSED
    assert "was expected to fail" in shape.message


def test_an_expected_failure_of_no_check_is_itself_a_failure() -> None:
    class Misspelt(Draw):
        card = replace(CARD, expected_failed_checks={"shapes": "?"})

    assert outcomes(Misspelt)["described"] == "failed"


def test_a_failing_fit_hides_no_other_rule_as_passed() -> None:
    found = outcomes(Raises)
    assert found["shape"] == found["order_kept"] == "skipped"


def test_unknown_method_and_parameter_are_usage_errors() -> None:
    with pytest.raises(UsageError, match="wachter"):
        run_checks("wachtr")
    with pytest.raises(UsageError, match="gamma"):
        run_checks("nnr", {"gama": 0.5})


def test_unfitted_error_is_clear() -> None:
    with pytest.raises(RecbenchError, match="not fitted"):
        Draw().generate(torch.zeros(1, 8), Rng(0).people(["a"]))


def test_command_prints_every_check_and_exits_0(recbench: Callable[..., Any]) -> None:
    done = recbench("check", "nnr", "--set", "gamma=0.6")
    assert done.returncode == 0, done.stderr
    assert all(f"{check.name}\t" in done.stdout for check in checks())
    assert "nnr: " in done.stdout.splitlines()[-1]


def test_command_in_json(recbench: Callable[..., Any]) -> None:
    done = recbench("check", "unchanged", "--json")
    rows = json.loads(done.stdout)
    assert [row["check"] for row in rows] == [check.name for check in checks()]
    assert {row["outcome"] for row in rows} <= {"passed", "skipped"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nnrr"], "Did you mean nnr"),
        (["nnr", "--set", "gama=1"], "Did you mean gamma"),
        (["nnr", "--set", "gamma=2"], "nnr.gamma"),
        (["nnr", "--set", "gamma"], "malformed"),
    ],
)
def test_command_explains_misuse(recbench: Callable[..., Any], words: list[str], said: str) -> None:
    done = recbench("check", *words)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
