from __future__ import annotations

import pytest
import torch

from recbench.errors import UsageError
from recbench.rng import Rng
from recbench_methods.common import schedule
from recbench_methods.common.gradient_search import Found
from recbench_methods.tap.method import Tap, divergence
from recbench_methods.tap.verifier import train_verifier

from .linear import linear_task, turned_down

WEIGHTS, BIAS = [0.0, 6.0, 3.0, -4.0], -3.6


def test_divergence_is_the_least_over_the_target_set() -> None:
    h = torch.tensor([0.1, 0.4, 0.69, 0.8])
    goal = torch.full((4,), 0.7)
    t = torch.linspace(0.7, 0.999, 3000)[:, None]
    searched = {
        "kl": h * (h / t).log() + (1 - h) * ((1 - h) / (1 - t)).log(),
        "chi2": (t - h) ** 2 / t + (t - h) ** 2 / (1 - t),
        "tv": (t - h).abs(),
    }
    for kind, values in searched.items():
        assert torch.allclose(divergence(h, goal, kind), values.amin(dim=0), atol=1e-3), kind


def test_divergence_by_hand() -> None:
    """From the prediction (0.2, 0.8) to the goal (0.6, 0.4), and not the other way round."""
    h, goal = torch.tensor([0.2, 0.6, 0.9]), torch.tensor(0.6)
    # 0.2 ln(1/3) + 0.8 ln 2; the other way round it is 0.6 ln 3 + 0.4 ln(1/2) = 0.381908.
    assert divergence(h, goal, "kl").tolist() == pytest.approx([0.334795, 0, 0], abs=1e-6)
    # 0.16 / 0.6 + 0.16 / 0.4; the other way round it is 1.
    assert divergence(h, goal, "chi2").tolist() == pytest.approx([2 / 3, 0, 0], abs=1e-6)
    assert divergence(h, goal, "tv").tolist() == pytest.approx([0.4, 0, 0], abs=1e-6)


def test_the_objective_is_weight_times_the_divergence_to_the_goal(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = {}

    def search(feasible, start, loss, *rest, **options):  # type: ignore[no-untyped-def]
        seen["loss"] = loss(start, torch.arange(len(start)))
        return Found(start, torch.zeros(len(start), dtype=torch.bool), torch.zeros(len(start)))

    monkeypatch.setattr(schedule, "search", search)
    task = linear_task([1.0], 0.0)
    method = Tap(goal=0.6, weight=2.0, verifier_steps=1)
    method.fit(task, Rng(0))
    # Predictions 0.2, 0.6, 0.7 and 0.9: nothing pulls beyond the goal.
    people = torch.logit(torch.tensor([[0.2], [0.6], [0.7], [0.9]]))
    method.generate(people, Rng(0).people(range(4)))
    assert seen["loss"].tolist() == pytest.approx([0.669590, 0, 0, 0], abs=1e-5)


def test_verifier_tells_same_from_different() -> None:
    x = torch.rand(1000, 2, generator=Rng(0).torch())
    y = (x[:, 0] > 0.5).long()
    verifier = train_verifier(x, y, steps=400, batch=256, width=32, learning_rate=3e-3, rng=Rng(1))
    other = torch.rand(2, 2000, 2, generator=Rng(2).torch())
    same = (other[0, :, 0] > 0.5) == (other[1, :, 0] > 0.5)
    assert ((verifier(other[0], other[1]) > 0.5) == same).float().mean() > 0.9


@pytest.mark.parametrize("kind", ["kl", "chi2", "tv"])
def test_closest_point_of_the_target_set_when_nothing_is_doubted(kind: str) -> None:
    task = linear_task(WEIGHTS, BIAS)
    method = Tap(gamma=1, goal=0.7, divergence=kind, verifier_steps=1)
    method.fit(task, Rng(0))
    people, rng = turned_down(task, 15)
    x = method.generate(people, rng).counterfactuals
    assert (task.probability(x) >= 0.7 - 1e-5).all()
    nearest = (torch.logit(torch.tensor(0.7)) - people @ torch.tensor(WEIGHTS) - BIAS) / 6
    assert torch.allclose(task.cost(people, x), nearest, rtol=0.1, atol=0.02)


def test_what_is_accepted_is_verified() -> None:
    task = linear_task(WEIGHTS, BIAS)
    method = Tap(gamma=0.05, verifier_steps=500)
    method.fit(task, Rng(0))
    people, rng = turned_down(task, 15)
    x = method.generate(people, rng).counterfactuals
    before, after = task.probability(people), task.probability(x)
    doubt = method.verifier(people, x) - before * after - (1 - before) * (1 - after)
    assert (doubt <= 0.05 + 1e-5).float().mean() > 0.8
    # Nobody is sent further than needed: without the verifier the same goal costs no more.
    plain = Tap(gamma=1, verifier_steps=1)
    plain.fit(task, Rng(0))
    cheaper = task.cost(people, plain.generate(people, rng).counterfactuals)
    assert (cheaper <= task.cost(people, x) + 0.02).all()


def test_goal_below_the_threshold_is_refused() -> None:
    with pytest.raises(UsageError, match=r"tap\.goal"):
        Tap(goal=0.4).fit(linear_task(WEIGHTS, BIAS), Rng(0))
