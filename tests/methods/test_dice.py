from __future__ import annotations

import torch

from recbench.rng import Rng
from recbench_methods.dice.method import Dice, restorable

from .linear import linear_task, turned_down


def fitted(**params: float) -> Dice:
    method = Dice(**params)
    method.fit(linear_task([2.0, 1.0, 1.0], -2.0), Rng(0))
    return method


def spread(points: torch.Tensor) -> float:
    """Mean L1 distance between the points of a person."""
    apart = (points[:, :, None] - points[:, None]).abs().sum(dim=-1)
    return float(apart.mean())


def test_all_k_are_accepted_and_diversity_parts_them() -> None:
    diverse, plain = fitted(), fitted(diversity=0)
    people, rng = turned_down(diverse.task, 20)
    recourse = diverse.generate(people, rng)
    assert recourse.samples is not None
    assert recourse.samples.shape == (20, 4, 3)
    assert diverse.task.accepts(recourse.samples).float().mean() > 0.95
    assert spread(recourse.samples) > 1.5 * spread(plain.sample(people, 4, rng))


def test_generate_returns_the_cheapest_accepted() -> None:
    method = fitted()
    people, rng = turned_down(method.task, 20)
    recourse = method.generate(people, rng)
    assert recourse.samples is not None
    cost = method.task.cost(people[:, None], recourse.samples)
    cost[~method.task.accepts(recourse.samples)] = torch.inf
    assert torch.equal(method.task.cost(people, recourse.counterfactuals), cost.min(dim=1).values)


def test_one_point_without_diversity_is_close_to_the_optimum() -> None:
    """The hinge ends one logit above the threshold; the least proximity to get there is x0's alone."""
    weights = torch.tensor([3.0, 1.0, 1.0])
    method = Dice(k=1, sparsity=0)
    method.fit(linear_task(weights.tolist(), -2.0), Rng(0))
    people, rng = turned_down(method.task, 20)
    x = method.generate(people, rng).counterfactuals
    missing = (1 - (people @ weights - 2.0)).clamp(min=0)
    reachable = people[:, 0] + missing / 3 < 1
    assert reachable.any()
    optimum = method.weights[0] * missing / 3
    spent = method._distance(x, people)
    short = (1 - (x @ weights - 2.0)).clamp(min=0)
    assert (short + 0.5 * spent <= 0.5 * optimum + 0.1)[reachable].all()


def test_small_needless_changes_are_undone() -> None:
    method = fitted()
    people = torch.full((1, 3), 0.2)
    low = float(method.restorable[1]) / 2
    points = torch.tensor([[[1.0, 0.9, 0.2 + low], [0.2, 0.2 + low, 0.2]]])
    sparse = method._sparse(points, method.task.feasible(people))
    # The first set of changes is accepted with room to spare, the second is not accepted at all.
    assert torch.allclose(sparse, torch.tensor([[[1.0, 0.9, 0.2], [0.2, 0.2 + low, 0.2]]]))


def test_threshold_of_sparsity_is_the_lesser_of_mad_and_quantile() -> None:
    x = torch.tensor([[0.0], [1.0], [2.0], [3.0], [10.0]])
    deviation = torch.tensor([1.0])
    assert restorable(x, 0.0, deviation).item() == 1.0
    assert restorable(x, 1.0, deviation).item() == 1.0
    assert restorable(x, 0.0, torch.tensor([0.5])).item() == 0.5
    assert restorable(torch.ones(4, 1), 0.1, deviation).item() == 0.0
