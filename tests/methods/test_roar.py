from __future__ import annotations

import pytest
import torch

from recbench.rng import Rng
from recbench_methods.roar.method import Roar

from .linear import linear_task, turned_down

WEIGHTS, BIAS = [0.0, 3.0, 1.5, -2.0], -1.8


def test_surrogate_of_a_linear_model_is_the_model() -> None:
    method = Roar(ridge=0)
    task = linear_task(WEIGHTS, BIAS)
    method.fit(task, Rng(0))
    people, _ = turned_down(task, 5)
    coefficients, bias = method.neighbourhood.linear_models(people)
    assert torch.allclose(coefficients, torch.tensor(WEIGHTS).expand(5, 4), atol=0.01)
    assert torch.allclose(bias, torch.full((5,), BIAS), atol=0.01)


@pytest.mark.parametrize("norm", ["inf", "l2"])
def test_valid_for_models_in_the_ball_and_not_far_beyond(norm: str) -> None:
    delta = 0.2
    task = linear_task(WEIGHTS, BIAS)
    method = Roar(delta=delta, norm=norm, ridge=0)
    method.fit(task, Rng(0))
    people, rng = turned_down(task, 30)
    x = method.generate(people, rng).counterfactuals
    draws = torch.randn(2000, 5, generator=Rng(1).torch())
    if norm == "inf":
        draws = delta * (2 * torch.rand(2000, 5, generator=Rng(1).torch()) - 1)
    else:
        draws = delta * draws / draws.norm(dim=1, keepdim=True)
    models = torch.tensor([*WEIGHTS, BIAS]) + draws
    scores = torch.cat([x, torch.ones(30, 1)], dim=1) @ models.T
    assert (scores > 0).float().mean(dim=1).min() > 0.95
    # The closest robust point stands at the edge of the ball: a little more delta would break it.
    lost = x.abs().sum(dim=1) + 1 if norm == "inf" else (x.square().sum(dim=1) + 1).sqrt()
    slack = x @ torch.tensor(WEIGHTS) + BIAS - delta * lost
    assert (slack >= -1e-3).all()
    assert slack.median() < 0.1


def test_delta_is_paid_for() -> None:
    task = linear_task(WEIGHTS, BIAS)
    people, rng = turned_down(task, 20)
    cost = []
    for delta in (0.0, 0.2):
        method = Roar(delta=delta, ridge=0)
        method.fit(task, Rng(0))
        cost.append(float(task.cost(people, method.generate(people, rng).counterfactuals).mean()))
    # Without delta the closest point of the half-space moves the heaviest coefficient alone.
    nearest = (-(people @ torch.tensor(WEIGHTS) + BIAS) / 3).mean()
    assert cost[0] == pytest.approx(float(nearest), rel=0.1)
    assert cost[1] > cost[0] + 0.05
