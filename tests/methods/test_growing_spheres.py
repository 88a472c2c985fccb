from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from recbench.conformance.tasks import hopeless, mixed
from recbench.method import Reason, Recourse
from recbench.rng import Rng
from recbench.task import RecourseTask
from recbench_methods.growing_spheres import method as rooms
from recbench_methods.growing_spheres.method import (
    GrowingSpheres,
    draw_directions,
    draw_layer,
    fewest_changes,
)

from .linear import linear_task, turned_down


def recourse(task: RecourseTask, people: Tensor, seed: int = 0, **params: object) -> Recourse:
    method = GrowingSpheres(**params)
    method.fit(task, Rng(seed))
    return method.generate(people, Rng(seed).people(range(len(people))))


def test_is_near_the_closest_point_of_a_half_space() -> None:
    weights = [2.0, -1.0, 3.0]
    task = linear_task(weights, -1.2)
    people, _ = turned_down(task, 60)
    w = torch.tensor(weights)
    true = -(people @ w - 1.2) / w.norm()
    x = recourse(task, people, sparsity=False).counterfactuals
    found = (x - people).norm(dim=1)
    assert task.accepts(x).all()
    assert (found >= true - 1e-5).all()
    assert float((found / true).mean()) < 1.15


def test_more_points_per_layer_come_nearer() -> None:
    task = linear_task([2.0, -1.0, 3.0], -1.2)
    people, _ = turned_down(task, 60)
    few, many = (
        (recourse(task, people, samples=count, sparsity=False).counterfactuals - people).norm(dim=1).mean()
        for count in (10, 2000)
    )
    assert many < few


def test_a_layer_is_uniform_in_volume_and_leaves_the_immutable_alone() -> None:
    task = linear_task([0.0, 1.0, 1.0, 1.0], -9.0)
    people = torch.full((2, 4), 0.5)
    feasible, rng = task.feasible(people), Rng(1).people(["a", "b"])
    directions = draw_directions(feasible, 20_000, rng.stream("directions"))
    inner, outer = torch.tensor([0.2, 0.0]), torch.tensor([0.4, 0.3])
    points = draw_layer(feasible, directions, inner, outer, rng.stream("layer"))
    apart = points - people[:, None]
    radius = apart.norm(dim=2)
    assert (apart[..., 0] == 0).all()
    assert (radius >= inner[:, None] - 1e-6).all()
    assert (radius <= outer[:, None] + 1e-6).all()
    # Three features can change, so the volume inside radius r grows with its cube.
    volume = (radius**3 - inner[:, None] ** 3) / (outer**3 - inner**3)[:, None]
    grid = torch.linspace(0.05, 0.95, 10)
    shares = (volume[..., None] < grid).float().mean(dim=1)
    assert torch.allclose(shares, grid.expand(2, -1), atol=0.015)
    assert torch.allclose(apart.mean(dim=1), torch.zeros(2, 4), atol=0.005)


def test_selection_undoes_the_smallest_changes_first_and_stops_at_the_first_that_is_needed() -> None:
    task = linear_task([1.0, 4.0, 2.0], -3.0)
    people = torch.zeros(3, 3)
    points = torch.tensor([[0.2, 0.7, 0.3], [0.3, 0.4, 0.75], [0.1, 0.1, 0.1]])
    fewer = fewest_changes(task, people, points)
    # 0.2 + 2.8 + 0.6: without the first 3.4, without the third 2.8, which is not enough.
    assert torch.equal(fewer[0], torch.tensor([0.0, 0.7, 0.3]))
    # 0.3 + 1.6 + 1.5: the first is not needed (3.1), the second is.
    assert torch.equal(fewer[1], torch.tensor([0.0, 0.4, 0.75]))
    # Not accepted: left as it is.
    assert torch.equal(fewer[2], points[2])


def test_sparsity_changes_fewer_features() -> None:
    case = mixed("mlp", 40)
    dense, sparse = (
        recourse(case.task, case.factuals, samples=300, sparsity=wanted).counterfactuals
        for wanted in (False, True)
    )
    assert case.task.accepts(sparse).all()

    def changed(x: Tensor) -> float:
        return float(((x - case.factuals).abs() > 1e-6).sum(dim=1).float().mean())

    assert changed(sparse) < changed(dense)


def test_stops_at_its_limit_with_the_best_attempt() -> None:
    task = linear_task([1.0, 1.0, 0.0], -5.0)
    people = torch.rand(10, 3, generator=Rng(6).torch())
    found = recourse(task, people, samples=200)
    x = found.counterfactuals
    assert set(found.reasons) == {Reason.NOT_ACCEPTED}
    assert (task.probability(x) > task.probability(people)).all()
    assert ((x >= 0) & (x <= 1)).all()
    stopped = recourse(task, people, samples=200, layers=1).counterfactuals
    assert float((stopped - people).norm(dim=1).max()) <= 0.2 + 1e-6


def test_rules_hold_on_mixed_features() -> None:
    case = mixed("mlp", 60)
    x = recourse(case.task, case.factuals, samples=300).counterfactuals
    assert case.task.accepts(x).all()
    assert not case.task.feasible(case.factuals).violations(x).any()


def test_nobody_is_accepted_where_nothing_is() -> None:
    case = hopeless("mlp", 5)
    found = recourse(case.task, case.factuals, samples=50)
    assert set(found.reasons) == {Reason.NOT_ACCEPTED}
    assert torch.isfinite(found.counterfactuals).all()


def test_people_already_accepted_stay_as_they_are() -> None:
    task = linear_task([1.0, 1.0], -1.0)
    people = torch.tensor([[0.9, 0.9], [0.1, 0.2]])
    x = recourse(task, people, samples=200).counterfactuals
    assert torch.equal(x[0], people[0])
    assert not torch.equal(x[1], people[1])


def test_blocks_and_company_do_not_change_a_persons_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    case = mixed("mlp", 20)
    method = GrowingSpheres(samples=100)
    method.fit(case.task, Rng(0))
    rng = Rng(0).people(case.ids)
    whole = method.generate(case.factuals, rng).counterfactuals
    monkeypatch.setattr(rooms, "_CELLS", 1)
    rows = torch.tensor([3, 11, 7])
    alone = method.generate(case.factuals[rows], rng.of(rows)).counterfactuals
    assert torch.allclose(whole[rows], alone, atol=1e-4)


def test_a_higher_threshold_is_met() -> None:
    task = replace(linear_task([6.0, 6.0], -6.0), threshold=0.8)
    people, _ = turned_down(task, 20)
    x = recourse(task, people, samples=200).counterfactuals
    assert (task.probability(x) > 0.8).all()
