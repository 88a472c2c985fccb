"""What the methods that search an autoencoder's latent space have in common."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import torch

from recbench.conformance.tasks import Case, hopeless, mixed
from recbench.method import Reason, Recourse, RecourseMethod
from recbench.rng import Rng
from recbench.threads import limited_to
from recbench_methods.cchvae.method import Cchvae
from recbench_methods.clue.method import Clue
from recbench_methods.common.vae import Normal
from recbench_methods.cruds.method import Cruds
from recbench_methods.revise.method import Revise

METHODS: list[type[RecourseMethod]] = [Cchvae, Revise, Cruds, Clue]
QUICK: dict[str, Any] = {"vae_steps": 400, "width": 32}


def fitted(method: type[RecourseMethod], case: Case, **params: Any) -> RecourseMethod:
    found = method(**{**QUICK, **params})
    found.fit(case.task, Rng(0))
    return found


def answer(method: RecourseMethod, case: Case) -> Recourse:
    given = method.generate(case.factuals, Rng(1).people(case.ids))
    assert isinstance(given, Recourse)
    return given


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    with limited_to(1):
        yield


@pytest.fixture(scope="module")
def case() -> Case:
    return mixed("mlp", 60)


@pytest.fixture(scope="module", params=METHODS, ids=lambda method: method.__name__)
def method(request: pytest.FixtureRequest, case: Case) -> RecourseMethod:
    return fitted(request.param, case)


@pytest.fixture(scope="module")
def given(method: RecourseMethod, case: Case) -> Recourse:
    return answer(method, case)


def test_nearly_everybody_is_accepted(given: Recourse, case: Case) -> None:
    assert case.task.accepts(given.counterfactuals).float().mean() > 0.9


def test_rules_are_kept(given: Recourse, case: Case) -> None:
    feasible = case.task.feasible(case.factuals)
    assert not feasible.violations(given.counterfactuals).any()
    fixed = ~feasible.movable
    assert fixed.any()
    assert torch.equal(given.counterfactuals[fixed], case.factuals[fixed])


def test_people_get_recourses_of_their_own(given: Recourse) -> None:
    assert len(given.counterfactuals.unique(dim=0)) > 0.5 * len(given.counterfactuals)


def test_reasons_say_who_was_accepted(given: Recourse, case: Case) -> None:
    accepted = case.task.accepts(given.counterfactuals).tolist()
    assert [reason == Reason.FOUND for reason in given.reasons] == accepted
    assert set(given.reasons) <= {Reason.FOUND, Reason.NOT_ACCEPTED}


def test_recourse_is_cheaper_than_a_random_training_row(given: Recourse, case: Case) -> None:
    task = case.task
    good = task.x[task.accepts(task.x)]
    random = task.project(good[torch.arange(len(case.factuals)) % len(good)], case.factuals)
    cost = task.cost(case.factuals, given.counterfactuals).mean()
    assert float(cost) < 0.8 * float(task.cost(case.factuals, random).mean())


def test_who_else_is_there_does_not_matter(method: RecourseMethod, given: Recourse, case: Case) -> None:
    for rows in (slice(0, 1), slice(17, 20), slice(5, 60, 7)):
        alone = answer(method, case.of(rows))
        torch.testing.assert_close(
            alone.counterfactuals, given.counterfactuals[rows], atol=1e-4, rtol=0, equal_nan=True
        )


def test_more_steps_never_make_it_worse(method: RecourseMethod, given: Recourse, case: Case) -> None:
    limit = {"shells": 3} if isinstance(method, Cchvae) else {"steps": 5}
    brief = type(method)(**{**QUICK, **limit})
    brief.fit = lambda task, rng: None  # type: ignore[method-assign]
    brief._task, brief.vae = case.task, method.vae  # type: ignore[attr-defined]
    less = answer(brief, case).counterfactuals
    task, more = case.task, given.counterfactuals
    accepted, before = task.accepts(more), task.accepts(less)
    assert (accepted | ~before).all()
    both = accepted & before
    assert (task.cost(case.factuals, more) <= task.cost(case.factuals, less) + 1e-5)[both].all()
    neither = ~accepted & ~before
    assert (task.probability(more) >= task.probability(less) - 1e-6)[neither].all()


@pytest.mark.parametrize("method_", METHODS, ids=lambda method: method.__name__)
def test_where_nobody_can_be_accepted_people_get_the_best_attempt(method_: type[RecourseMethod]) -> None:
    case = hopeless("mlp", 20)
    method = fitted(method_, case, vae_steps=100)
    given = answer(method, case)
    assert set(given.reasons) == {Reason.NOT_ACCEPTED}
    h = case.task.probability
    assert (h(given.counterfactuals) > h(case.factuals)).float().mean() > 0.8


def test_cchvae_without_a_shell_has_no_candidate(case: Case) -> None:
    given = answer(fitted(Cchvae, case, shells=0, vae_steps=1), case)
    assert torch.isnan(given.counterfactuals).all()
    assert set(given.reasons) == {Reason.NO_CANDIDATE}


def test_cchvae_samples_within_the_shell(case: Case) -> None:
    for norm in (1.0, 2.0):
        method = fitted(Cchvae, case, vae_steps=1, norm=norm, step=0.3, samples=50)
        assert isinstance(method, Cchvae)
        length = method._shell(Rng(0).people(range(20)), 4).norm(p=norm, dim=-1)
        assert length.min() >= 4 * 0.3 - 1e-5
        assert length.max() <= 5 * 0.3 + 1e-5
        assert length.std() > 0.05


def test_a_dearer_distance_makes_revise_stay_closer(case: Case) -> None:
    near, far = (fitted(Revise, case, **{"lambda": weight}) for weight in (2.0, 0.0))
    cost = [case.task.cost(case.factuals, answer(m, case).counterfactuals).mean() for m in (near, far)]
    assert cost[0] < cost[1]


def test_clue_without_the_target_class_stays_where_the_classifier_is_sure(case: Case) -> None:
    """Why the target class is part of the loss: entropy alone leaves people turned down."""
    turned_down = case.task.probability(case.factuals) < 0.3
    sure = replace(
        case,
        factuals=case.factuals[turned_down],
        ids=[i for i, down in zip(case.ids, turned_down.tolist(), strict=True) if down],
    )
    accepted = [
        float(
            case.task.accepts(answer(fitted(Clue, case, target=target), sure).counterfactuals).float().mean()
        )
        for target in (0.0, 1.0)
    ]
    assert accepted[0] < 0.5 < accepted[1]


def test_cruds_has_the_class_in_w_and_not_in_z(case: Case) -> None:
    method = fitted(Cruds, case, vae_steps=800)
    assert isinstance(method, Cruds)
    y = case.task.accepts(case.task.x)
    noise = Rng(2).torch()

    def read(code: Normal) -> float:
        """Share of rows whose class a linear fit reads from draws of the code."""
        design = torch.cat([code.draw(noise), torch.ones(len(y), 1)], dim=1)
        fit = torch.linalg.lstsq(design, torch.where(y, 1.0, -1.0).double()[:, None]).solution
        return float(((design @ fit).squeeze(1).gt(0) == y).float().mean())

    z, w = method.vae.encode(case.task.x.double(), y.long())
    majority = max(float(y.float().mean()), 1 - float(y.float().mean()))
    assert read(z) < majority + 0.06
    assert read(w) > majority + 0.2
