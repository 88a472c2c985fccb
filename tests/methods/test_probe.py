from __future__ import annotations

import pytest
import torch

from recbench.rng import Rng
from recbench_methods.probe.method import Probe

from .linear import linear_task, turned_down

WEIGHTS, BIAS = [0.0, 3.0, 1.5, -2.0], -1.8


@pytest.mark.parametrize("rate", [0.1, 0.35])
def test_invalidation_rate_is_the_target(rate: float) -> None:
    task = linear_task(WEIGHTS, BIAS)
    method = Probe(rate=rate)
    method.fit(task, Rng(0))
    people, rng = turned_down(task, 20)
    x = method.generate(people, rng).counterfactuals
    noise = 0.1 * torch.randn(20_000, 4, generator=Rng(1).torch())
    measured = (~task.accepts(x[:, None] + noise)).float().mean(dim=1)
    assert (measured - rate).abs().max() < 0.02
    assert torch.allclose(method.invalidation_rate(x), measured, atol=0.015)


def test_the_point_is_the_closest_one_with_that_rate() -> None:
    task = linear_task(WEIGHTS, BIAS)
    method = Probe()
    method.fit(task, Rng(0))
    people, rng = turned_down(task, 20)
    x = method.generate(people, rng).counterfactuals
    # f = sigma |w| Phi^-1(1 - r), reached along the heaviest coefficient alone.
    level = 0.1 * torch.tensor(WEIGHTS).norm() * torch.special.ndtri(torch.tensor(0.65))
    nearest = (level - people @ torch.tensor(WEIGHTS) - BIAS) / 3
    assert torch.allclose(task.cost(people, x), nearest, rtol=0.1, atol=0.01)
