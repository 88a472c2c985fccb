from __future__ import annotations

import heapq
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from recbench.conformance.tasks import hopeless, mixed, weighted
from recbench.method import Reason, Recourse
from recbench.rng import Rng
from recbench.task import RecourseTask
from recbench_methods.common.targets import Targets
from recbench_methods.face.method import NO_PATH, Face

from .linear import linear_task, turned_down
from .test_nnr import may_become


def fitted(task: RecourseTask, **params: object) -> Face:
    method = Face(**params)
    method.fit(task, Rng(0))
    return method


def recourse(method: Face, people: Tensor) -> Recourse:
    return method.generate(people, Rng(0).people(range(len(people))))


def by_hand(method: Face, people: Tensor) -> list[float]:
    """Length of everybody's shortest path to a target, by a search from each person, edge by edge."""
    task, rows = method.task, method.rows
    k, epsilon = method.params.neighbours, method.weights.epsilon

    def weights(a: Tensor, others: list[int]) -> list[float]:
        length = (a.double() - rows[others].double()).norm(dim=1).numpy()
        weight = method.weights(a.expand(len(others), -1), rows[others], length)
        return [float(value) for value in np.where(length <= epsilon + 1e-9, weight, np.inf)]

    def near(x: Tensor, count: int) -> list[int]:
        order: list[int] = (rows.double() - x.double()).norm(dim=1).argsort(stable=True).tolist()
        # Rows that differ in what nobody can change come after all others.
        same = [i for i in order if (rows[i] == x)[fixed].all()]
        return same[:count]

    fixed = ~task.feasible(task.x).movable.any(dim=0)
    joined: list[set[int]] = [set() for _ in rows]
    for i, row in enumerate(rows):
        for j in near(row, k + 1):
            if i != j:
                joined[i].add(j)
                joined[j].add(i)
    values = rows.tolist()
    edges = []
    for i, others in enumerate(joined):
        steps = [j for j in sorted(others) if may_become(task, values[i], values[j])]
        edges.append(list(zip(steps, weights(rows[i], steps), strict=True)))
    targets = set(method.targets.tolist())
    lengths = []
    for person in people:
        first = [j for j in near(person, k) if may_become(task, person.tolist(), values[j])]
        heap = list(zip(weights(person, first), first, strict=True))
        heapq.heapify(heap)
        seen: set[int] = set()
        answer = float("inf")
        while heap:
            length, i = heapq.heappop(heap)
            if length == float("inf"):
                break
            if i in targets:
                answer = length
                break
            if i not in seen:
                seen.add(i)
                for j, step in edges[i]:
                    heapq.heappush(heap, (length + step, j))
        lengths.append(answer)
    return lengths


@pytest.mark.parametrize("mode", ["knn", "kde", "epsilon"])
def test_the_path_is_the_shortest(mode: str) -> None:
    task = linear_task([3.0, 2.0, 0.0], -3.0)
    # The first two features move; the third is immutable and takes three values.
    task.x[:, 2] = (task.x[:, 2] * 2.99).floor() / 2
    task = replace(task, x=task.x[:200], y=task.y[:200])
    people, _ = turned_down(task, 25)
    people[:, 2] = torch.arange(25) % 3 / 2
    method = fitted(task, mode=mode, neighbours=6, kernels=50)
    assert len(method.targets) > 0
    assert method.distances(people)[0] == pytest.approx(by_hand(method, people), rel=1e-6)


def test_the_path_respects_directions_and_bounds() -> None:
    case = mixed("mlp", 30)
    case = replace(case, task=replace(case.task, x=case.task.x[:250], y=case.task.y[:250]))
    method = fitted(case.task, neighbours=20)
    total, _ = method.distances(case.factuals)
    assert total == pytest.approx(by_hand(method, case.factuals), rel=1e-5)
    assert 0.2 < np.isfinite(total).mean() < 1.0
    found = recourse(method, case.factuals)
    x = found.counterfactuals
    assert not case.task.feasible(case.factuals).violations(x).any()
    assert found.found.tolist() == np.isfinite(total).tolist()
    assert [reason == NO_PATH for reason in found.reasons] == (~found.found).tolist()


def test_the_nearest_row_is_not_taken_across_a_gap() -> None:
    """An accepted row nearby that no path leads to, and an accepted one at the end of a long path."""
    task = linear_task([10.0, 40.0], -8.0)
    along = torch.stack([torch.linspace(0, 1, 101), torch.zeros(101)], dim=1)
    alone = torch.tensor([[0.05, 0.45]])
    task = replace(task, x=torch.cat([along, alone]))
    method = fitted(task, mode="epsilon", epsilon=0.05, neighbours=10, prediction=0.5)
    answer = recourse(method, torch.tensor([[0.1, 0.0]])).counterfactuals[0]
    assert task.accepts(alone).all()
    assert answer[1] == 0
    assert float(answer[0]) == pytest.approx(0.81, abs=0.011)


def test_end_points_are_clearly_accepted_and_not_the_loneliest() -> None:
    task = linear_task([6.0, 6.0], -6.0)
    strict, loose = fitted(task, prediction=0.95), fitted(task, prediction=0.5)
    assert (task.probability(strict.rows[strict.targets]) >= 0.95).all()
    assert len(strict.targets) < len(loose.targets)
    dense = fitted(task, prediction=0.5, density=0.5)
    length = dense.neighbours.of(dense.rows, dense.params.neighbours + 1)[0][:, -1]
    assert length[dense.targets].max() <= np.quantile(length, 0.5)
    assert len(dense.targets) < len(loose.targets)


def test_end_points_are_targets_by_the_common_rule() -> None:
    task = linear_task([1.0, 1.0], -1.4)
    assert float(task.probability(task.x).max()) < 0.65
    task.y[::3] = 0
    method, people = fitted(task, density=0), turned_down(task, 20)[0]
    training = Targets(task, None).training
    assert torch.equal(method.rows[method.targets], torch.unique(task.x[training], dim=0))
    assert recourse(method, people).found.all()
    assert not recourse(fitted(task, prediction=0.7), people).found.any()


def test_a_high_threshold_counts_too() -> None:
    task = replace(linear_task([6.0, 6.0], -6.0), threshold=0.9)
    people, _ = turned_down(task, 20)
    x = recourse(fitted(task, prediction=0.5), people).counterfactuals
    assert task.accepts(x).all()


def test_without_end_points_everybody_gets_nan_and_the_reason() -> None:
    case = hopeless("mlp", 5)
    found = recourse(fitted(case.task), case.factuals)
    assert torch.isnan(found.counterfactuals).all()
    assert found.reasons == [Reason.NO_TARGET] * 5


def test_the_benchmarks_cost_can_be_the_distance() -> None:
    case = weighted("mlp", 30)
    method = fitted(case.task, distance="task", neighbours=30)
    length, index = method.neighbours.of(case.factuals, 1)
    reachable = (method.rows[torch.from_numpy(index[:, 0])] == case.factuals)[:, 1]
    cost = case.task.pairwise_cost(case.factuals, method.rows)
    assert reachable.all()
    same = method.rows[None, :, 1] == case.factuals[:, None, 1]
    nearest = cost.masked_fill(~same, torch.inf).min(dim=1).values
    assert torch.from_numpy(length[:, 0]).float().numpy() == pytest.approx(nearest.numpy(), abs=1e-5)


def test_company_does_not_change_a_persons_answer() -> None:
    case = mixed("mlp", 30)
    method = fitted(case.task, neighbours=40)
    whole = recourse(method, case.factuals).counterfactuals.nan_to_num(-1)
    rows = torch.tensor([20, 3, 11])
    alone = recourse(method, case.factuals[rows]).counterfactuals.nan_to_num(-1)
    assert torch.equal(alone, whole[rows])


def test_memory_is_linear_in_the_number_of_rows() -> None:
    """A full matrix of distances of 4,000 rows would take 128 MB."""
    task = linear_task([3.0, 2.0, 1.0], -3.0)
    x = torch.rand(4000, 3, generator=Rng(1).torch())
    task = replace(task, x=x, y=task.accepts(x).long())
    tracemalloc.start()
    method = fitted(task, neighbours=10)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert method.graph.nnz <= 2 * 10 * 4000
    assert peak < 30e6
