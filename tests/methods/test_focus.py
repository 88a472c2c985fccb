from __future__ import annotations

import pytest
import torch
from torch import Tensor

from recbench.conformance.tasks import hopeless, mixed, numbers
from recbench.method import Reason, Recourse
from recbench.rng import Rng
from recbench.task import RecourseTask
from recbench_methods.focus.method import Focus

from .test_feature_tweak import small_task


def recourse(task: RecourseTask, people: Tensor, **params: object) -> Recourse:
    method = Focus(**params)
    method.fit(task, Rng(0))
    return method.generate(people, Rng(0).people(range(len(people))))


@pytest.mark.parametrize("kind", ["forest", "boosting"])
def test_rules_hold_and_almost_everybody_is_accepted(kind: str) -> None:
    case = mixed(kind, 40)
    found = recourse(case.task, case.factuals, steps=200)
    x = found.counterfactuals
    assert case.task.accepts(x).float().mean() > 0.9
    assert not case.task.feasible(case.factuals).violations(x).any()
    assert [reason == Reason.FOUND for reason in found.reasons] == case.task.accepts(x).tolist()


def test_is_near_the_closest_accepted_point() -> None:
    """Two features: every accepted point of a fine grid is tried, and the closest of them is known."""
    case = numbers("forest", 25)
    task, people = case.task, case.factuals
    line = torch.linspace(0, 1, 201)
    grid = torch.cartesian_prod(line, line)
    grid = grid[task.accepts(grid)]
    closest = task.pairwise_cost(people, grid).min(dim=1).values
    x = recourse(task, people).counterfactuals
    assert task.accepts(x).all()
    # The grid may miss the boundary by a step in each feature.
    assert (task.cost(people, x) > closest - 0.011).all()
    assert float(task.cost(people, x).mean()) < 2 * float(closest.mean())


def test_the_ensemble_judges_what_the_soft_trees_propose() -> None:
    """Even the roughest approximation returns points that the ensemble itself accepts."""
    task = small_task(5, 3)
    people = task.x[~task.accepts(task.x)][:20]
    found = recourse(task, people, sigma=2.0, depth=1)
    assert [reason == Reason.FOUND for reason in found.reasons] == task.accepts(
        found.counterfactuals
    ).tolist()
    assert task.accepts(found.counterfactuals).float().mean() > 0.7


def test_a_heavier_distance_keeps_people_nearer() -> None:
    case = mixed("forest", 30)
    light, heavy = (
        recourse(case.task, case.factuals, steps=100, distance_weight=weight).counterfactuals
        for weight in (0.001, 0.05)
    )
    both = case.task.accepts(light) & case.task.accepts(heavy)
    assert both.float().mean() > 0.5
    cost = [case.task.cost(case.factuals, x)[both].mean() for x in (light, heavy)]
    assert cost[1] < cost[0]


def test_company_does_not_change_a_persons_answer() -> None:
    case = mixed("forest", 20)
    whole = recourse(case.task, case.factuals, steps=40).counterfactuals
    rows = torch.tensor([13, 4, 8])
    alone = recourse(case.task, case.factuals[rows], steps=40).counterfactuals
    assert torch.allclose(alone, whole[rows], atol=1e-4)


@pytest.mark.parametrize("kind", ["forest", "boosting"])
def test_where_nothing_is_accepted_everybody_gets_an_attempt(kind: str) -> None:
    case = hopeless(kind, 5)
    found = recourse(case.task, case.factuals, steps=20)
    assert set(found.reasons) == {Reason.NOT_ACCEPTED}
    assert torch.isfinite(found.counterfactuals).all()


def test_people_already_accepted_stay_as_they_are() -> None:
    case = mixed("forest", 1)
    accepted = case.task.x[case.task.accepts(case.task.x)][:3]
    assert torch.equal(recourse(case.task, accepted, steps=20).counterfactuals, accepted)
