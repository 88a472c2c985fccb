from __future__ import annotations

import pytest
import torch

from recbench.method import Recourse, RecourseMethod
from recbench.rng import Rng
from recbench_methods.cem.method import Cem
from recbench_methods.common.autoencoder import train_autoencoder
from recbench_methods.common.elastic_net import Fista
from recbench_methods.prototype.method import Prototype

from .linear import linear_task, turned_down

WEIGHTS, BIAS = torch.tensor([0.0, 3.0, 1.5, -2.0]), -1.8


def elastic(change: torch.Tensor, beta: float) -> torch.Tensor:
    return beta * change.abs().sum(dim=-1) + change.square().sum(dim=-1)


@pytest.mark.parametrize("method", [Cem(kappa=0), Prototype(theta=0)], ids=lambda method: method.name)
def test_closest_point_of_the_half_space_in_the_elastic_net(method: RecourseMethod) -> None:
    task = linear_task(WEIGHTS.tolist(), BIAS)
    method.fit(task, Rng(0))
    people, rng = turned_down(task, 20)
    found = method.generate(people, rng)
    assert isinstance(found, Recourse)
    x = found.counterfactuals
    assert task.accepts(x).all()
    # The optimum is d = sign(w) max(0, l |w| - beta) / 2, with the multiplier l at which w.d is enough.
    missing = -(people @ WEIGHTS + BIAS)
    multiplier = torch.linspace(0, 2, 20_001)[:, None]
    d = WEIGHTS.sign() * (multiplier * WEIGHTS.abs() - 0.1).clamp(min=0) / 2
    reached = torch.searchsorted((d @ WEIGHTS).contiguous(), missing)
    optimum = elastic(d[reached], 0.1)
    distance = elastic(x - people, 0.1)
    assert (distance >= optimum - 1e-3).all()
    assert (distance <= 1.1 * optimum + 0.005).all()


def test_fista_finds_the_minimum_of_a_lasso() -> None:
    """The minimum of (x - a)^2 + |x| is a, moved towards 0 by one half."""
    a = torch.tensor([[2.0, 0.3, -1.0]])
    x, origin = torch.zeros(1, 3), torch.zeros(1, 3)
    fista = Fista(x, 0.1, 400)
    for _ in range(400):
        x = fista.step(x, 2 * (x - a), origin, torch.ones(3))
    assert torch.allclose(x, torch.tensor([[1.5, 0.0, -0.5]]), atol=1e-3)


def test_autoencoder_tells_rows_from_others_and_draws_towards_them() -> None:
    base = torch.rand(600, 1, generator=Rng(0).torch())
    rows = torch.cat([base, 1 - base, base], dim=1)
    model = train_autoencoder(rows, Rng(1), latent=1, steps=600)
    others = torch.rand(600, 3, generator=Rng(2).torch())
    assert model.error(rows).mean() < 0.1 * model.error(others).mean()
    task = linear_task(WEIGHTS.tolist(), BIAS)
    method = Cem(gamma=5.0, c_steps=2, iterations=30)
    method.fit(task, Rng(0))
    people, rng = turned_down(task, 5)
    assert torch.isfinite(method.generate(people, rng).counterfactuals).all()
