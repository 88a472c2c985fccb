from __future__ import annotations

from itertools import product

import pandas as pd
import pytest
import torch
from torch import Tensor

from recbench.classifiers.base import TorchClassifier
from recbench.conformance.tasks import Case, mixed
from recbench.data.encoding import Encoder
from recbench.data.schema import Feature, Schema, Target
from recbench.rng import PeopleRng, Rng
from recbench.task import RecourseTask
from recbench_methods.genre import sampler
from recbench_methods.genre.bins import Bins
from recbench_methods.genre.method import GenRe
from recbench_methods.genre.network import FastNetwork, Network
from recbench_methods.genre.sampler import draw_bins, sample
from recbench_methods.genre.training import log_likelihood
from recbench_methods.genre.transformer import TransformerNetwork


def enumerable_task() -> RecourseTask:
    """Three features of 3, 2 and 4 values; the last can only rise."""
    schema = Schema(
        features=(
            Feature(name="a", kind="categorical", categories=("x", "y", "z")),
            Feature(name="b", kind="integer"),
            Feature(name="c", kind="ordinal", categories=(0, 1, 2, 3), monotone="increase"),
        ),
        target=Target(name="t", favourable=(1,)),
    )
    frame = pd.DataFrame(list(product("xyz", (0, 1), range(4))), columns=["a", "b", "c"])
    encoder = Encoder.fit(schema, frame)
    x = encoder.encode(frame)
    classifier = TorchClassifier(torch.nn.Sequential(torch.nn.Linear(3, 1), torch.nn.Flatten(0)), "linear")
    return RecourseTask(encoder, x, torch.ones(len(x)).long(), classifier)


def networks(bins: Bins, order: Tensor) -> dict[str, Network]:
    with Rng(3).globally():
        frequency = torch.randn(len(order), bins.size)
        fast = FastNetwork(frequency, 2.0, order, 16, 2)
        torch.nn.init.normal_(fast.head, std=0.5)
        transformer = TransformerNetwork(len(order), bins.size, order, layers=2, width=16, heads=2)
    return {"fast": fast.eval(), "transformer": transformer.eval()}


@pytest.mark.parametrize("kind", ["fast", "transformer"])
@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1)])
def test_probabilities_sum_to_one_and_draws_follow_them(kind: str, order: tuple[int, ...]) -> None:
    task = enumerable_task()
    bins = Bins.fit(task, 64)
    network = networks(bins, torch.tensor(order))[kind]
    person = torch.tensor([[0.5, 0.0, 1 / 3]])
    people = bins.people(person, task)
    every = torch.tensor(list(product(range(3), range(2), range(4))))
    with torch.no_grad():
        score = torch.cat([log_likelihood(network, people, row[None]) for row in every])
    share = score.exp()
    assert float(share.sum()) == pytest.approx(1, abs=1e-5)
    assert bool((share[every[:, 2] < 1] == 0).all())
    count = 20_000
    with torch.no_grad():
        drawn = draw_bins(network, people, count, 1.0, Rng(0).people([0]).uniform(count, 3))[0]
    place = drawn[:, 0] * 8 + drawn[:, 1] * 4 + drawn[:, 2]
    seen = torch.bincount(place, minlength=24) / count
    assert float((seen - share).abs().max()) < 4 * 0.5 / count**0.5


@pytest.mark.parametrize("kind", ["fast", "transformer"])
def test_step_by_step_gives_the_logits_of_all_at_once(kind: str) -> None:
    task = enumerable_task()
    bins = Bins.fit(task, 64)
    network = networks(bins, torch.tensor([1, 2, 0]))[kind]
    people = bins.people(task.x, task)
    recourse = people.own.flip(0)
    with torch.no_grad():
        whole = network(people, recourse)
        state, prior = network.start(people, 1), network.prior(people)
        for j in (1, 2, 0):
            step = network.logits(state, j) + (0 if prior is None else prior[:, j])
            assert torch.allclose(step, whole[:, j], atol=1e-5)
            state = network.push(state, j, recourse[:, j])


def test_temperature_sharpens_and_flattens() -> None:
    task = enumerable_task()
    bins = Bins.fit(task, 64)
    network = networks(bins, torch.arange(3))["fast"]
    people = bins.people(task.x[:1], task)
    uniform = Rng(0).people([0]).uniform(3000, 3)

    def distinct(temperature: float) -> int:
        with torch.no_grad():
            return len(draw_bins(network, people, 3000, temperature, uniform)[0].unique(dim=0))

    assert distinct(0.01) == 1
    assert 1 < distinct(0.5) <= distinct(100.0) == 24


@pytest.fixture(scope="module")
def fitted() -> tuple[GenRe, Case]:
    case = mixed("mlp", 40)
    method = GenRe(steps=30, temperature=1.0, batch=64, width=16)
    method.fit(case.task, Rng(0))
    return method, case


def streams(case: Case) -> PeopleRng:
    return Rng(5).people(case.ids)


def test_nothing_infeasible_is_drawn_however_wild(fitted: tuple[GenRe, Case]) -> None:
    method, case = fitted
    for sigma in (0.0, 0.3):
        drawn = sample(method.network, method.bins, case.task, case.factuals, 200, 50.0, sigma, streams(case))
        feasible = case.task.feasible(case.factuals)
        wrong = torch.stack([feasible.violations(drawn[:, i]) for i in range(200)])
        assert not bool(wrong.any())


def test_noise_moves_only_changed_numbers(fitted: tuple[GenRe, Case]) -> None:
    method, case = fitted

    def drawn(sigma: float) -> Tensor:
        return sample(method.network, method.bins, case.task, case.factuals, 50, 1.0, sigma, streams(case))

    plain, noisy = drawn(0.0), drawn(0.05)
    moved = plain != noisy
    discrete = [feature.discrete for feature in case.task.encoder.schema.features]
    assert not bool(moved[..., torch.tensor(discrete)].any())
    kept = method.bins.index(plain) == method.bins.index(case.factuals)[:, None]
    assert not bool((moved & kept).any())
    assert bool(moved.any())


def test_people_alone_in_part_and_in_other_chunks_draw_the_same(
    fitted: tuple[GenRe, Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    method, case = fitted
    whole = method.sample(case.factuals, 20, streams(case))
    some = torch.tensor([31, 3, 17])
    part = method.sample(case.factuals[some], 20, streams(case).of(some))
    assert torch.allclose(whole[some], part, atol=1e-4)
    fewer = method.sample(case.factuals, 7, streams(case))
    assert torch.allclose(whole[:, :7], fewer, atol=1e-4)
    monkeypatch.setattr(sampler, "_ROWS", 60)
    assert torch.allclose(whole, method.sample(case.factuals, 20, streams(case)), atol=1e-4)


def test_log_prob_of_draws_is_finite_and_of_the_infeasible_not(fitted: tuple[GenRe, Case]) -> None:
    method, case = fitted
    drawn = method.sample(case.factuals, 1, streams(case))[:, 0]
    assert bool(torch.isfinite(method.log_prob(drawn, case.factuals)).all())
    younger = drawn.clone()
    younger[:, case.task.encoder.schema.index("age")] -= 0.2
    assert bool(torch.isneginf(method.log_prob(younger, case.factuals)).all())
