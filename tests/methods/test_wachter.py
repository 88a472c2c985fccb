from __future__ import annotations

import pytest
import torch
from torch import Tensor

from recbench.conformance.tasks import mixed
from recbench.errors import UsageError
from recbench.method import Reason
from recbench.rng import Rng
from recbench.task import RecourseTask
from recbench_methods.common.spread import absolute_deviation
from recbench_methods.wachter.method import Wachter

from .linear import closest, linear_task


def recourse(task: RecourseTask, people: Tensor, **params: object) -> tuple[Tensor, list[str]]:
    method = Wachter(**params)
    method.fit(task, Rng(0))
    found = method.generate(people, Rng(0).people(range(len(people))))
    return found.counterfactuals, list(found.reasons)


@pytest.mark.parametrize(
    ("weights", "bias"),
    [([3.0, 1.0, -2.0], -2.5), ([1.0, 1.0, 0.5, -4.0], -1.0), ([0.0, 2.0, 6.0], -5.0), ([-5.0, -4.0], 2.0)],
)
def test_finds_the_closest_point_of_a_half_space(weights: list[float], bias: float) -> None:
    task = linear_task(weights, bias)
    people = torch.rand(300, len(weights), generator=Rng(2).torch())
    people = people[~task.accepts(people)]
    x, reasons = recourse(task, people)
    optimum, reachable = closest(people, weights, bias)
    assert reachable.float().mean() > 0.5
    accepted = task.accepts(x)
    assert accepted[reachable].float().mean() > 0.99
    excess = (task.cost(people, x) - optimum)[reachable & accepted]
    assert excess.min() > -1e-4
    assert float(excess.mean()) < 0.04 * float(optimum[reachable].mean()) + 0.005
    assert [reason == Reason.FOUND for reason in reasons] == accepted.tolist()


def test_one_feature_is_enough_in_a_half_space() -> None:
    """L1 is sparse: the heaviest feature moves alone where it has room."""
    task = linear_task([1.0, 4.0, 1.0], -3.0)
    people = 0.5 * torch.rand(100, 3, generator=Rng(2).torch())
    people[:, 1] = 0.3
    x, _ = recourse(task, people)
    changed = (x - people).abs() > 1e-6
    assert changed[:, 1].all()
    assert changed.float().sum(dim=1).mean() < 1.2


def test_people_who_cannot_be_accepted_get_their_best_attempt() -> None:
    task = linear_task([1.0, 0.0], -2.0)
    people = torch.rand(20, 2, generator=Rng(2).torch())
    x, reasons = recourse(task, people)
    assert set(reasons) == {Reason.NOT_ACCEPTED}
    assert torch.allclose(x[:, 0], torch.ones(20))
    assert torch.equal(x[:, 1], people[:, 1])


def test_rules_hold_and_everybody_is_accepted_on_mixed_features() -> None:
    case = mixed("mlp", 60)
    x, _ = recourse(case.task, case.factuals)
    assert case.task.accepts(x).all()
    assert not case.task.feasible(case.factuals).violations(x).any()


def test_mad_weighs_features_by_their_spread() -> None:
    """With the paper's distance the feature that varies most among the training rows is the cheap one."""
    task = linear_task([3.0, 3.0], -4.0)
    # Most values of the first feature lie close together, so that moving it is unusual.
    task.x[:, 0] = 0.5 + 0.02 * (task.x[:, 0] - 0.5)
    people = torch.full((10, 2), 0.4)
    x, _ = recourse(task, people, distance="mad")
    assert (x[:, 0] == people[:, 0]).all()
    assert (x[:, 1] > people[:, 1] + 0.2).all()


def test_deviation_falls_back_where_most_rows_agree() -> None:
    x = torch.tensor([[0.0, 0.0, 7.0], [0.0, 1.0, 7.0], [0.0, 2.0, 7.0], [1.0, 3.0, 7.0], [0.0, 4.0, 7.0]])
    assert torch.allclose(1 / absolute_deviation(x), torch.tensor([5.0, 1.0, 1.0]))


def test_a_target_below_the_threshold_is_refused() -> None:
    with pytest.raises(UsageError, match=r"wachter\.target"):
        recourse(linear_task([1.0, 1.0], -1.0), torch.zeros(1, 2), target=0.4)


def test_people_who_come_no_closer_leave_early() -> None:
    case = mixed("mlp", 60)
    patient, _ = recourse(case.task, case.factuals, patience=None)
    hasty, _ = recourse(case.task, case.factuals, patience=1)
    cost = [case.task.cost(case.factuals, x).mean() for x in (patient, hasty)]
    assert case.task.accepts(hasty).all()
    assert cost[0] < cost[1]


def test_a_stage_ends_although_nobody_looked_just_then() -> None:
    case = mixed("mlp", 60)
    x, _ = recourse(case.task, case.factuals, stage=7, every=3)
    assert case.task.accepts(x).all()
