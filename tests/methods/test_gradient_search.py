from __future__ import annotations

import torch
from torch import Tensor

from recbench.conformance.tasks import mixed
from recbench.task import RecourseTask
from recbench_methods.common.gradient_search import (
    Found,
    LogitLoss,
    PerRow,
    Step,
    classifier_margin,
    cost_from,
    search,
)

from .linear import linear_task

never = lambda step: torch.zeros(len(step.rows), dtype=torch.bool)  # noqa: E731


def towards(task: RecourseTask, people: Tensor, finished=never, pull=None, steps=120, start=None) -> Found:  # type: ignore[no-untyped-def]
    """Search along the classifier's logistic loss."""

    def loss(x: Tensor, rows: Tensor) -> Tensor:
        return -torch.log(task.probability(x))

    return search(
        task.feasible(people),
        people if start is None else start,
        loss,
        classifier_margin(task),
        cost_from(task, people),
        finished,
        steps=steps,
        learning_rate=0.03,
        pull=pull,
    )


def test_keeps_the_cheapest_accepted_point_although_the_search_goes_on() -> None:
    task = linear_task([4.0, 0.0], -2.0)
    people = torch.tensor([[0.1, 0.5], [0.3, 0.9]])
    found = towards(task, people)
    assert found.accepted.all()
    # One step of at most the learning rate (and Adam's first overshoot) past the boundary at 0.5.
    assert ((found.points[:, 0] > 0.5) & (found.points[:, 0] < 0.54)).all()
    assert torch.equal(found.points[:, 1], people[:, 1])
    assert torch.allclose(found.cost, task.cost(people, found.points))


def test_without_acceptance_the_highest_margin_is_kept() -> None:
    task = linear_task([1.0, 0.0], -2.0)
    people = torch.tensor([[0.2, 0.5]])
    found = towards(task, people)
    assert not found.accepted.any()
    assert found.cost.isinf().all()
    assert torch.allclose(found.points, torch.tensor([[1.0, 0.5]]))


def test_a_person_who_is_accepted_already_stays() -> None:
    task = linear_task([4.0, 0.0], -2.0)
    people = torch.tensor([[0.8, 0.5], [0.1, 0.5]])
    found = towards(task, people)
    assert torch.equal(found.points[0], people[0])
    assert found.cost[0] == 0
    assert found.cost[1] > 0.3


def test_only_snapped_points_are_judged_and_returned() -> None:
    case = mixed("mlp", 60)
    feasible = case.task.feasible(case.factuals)
    judged: list[Tensor] = []

    def watch(step: Step) -> Tensor:
        judged.append(feasible.of(step.rows).violations(step.points).any())
        assert torch.allclose(step.margin, case.task.probability(step.points) - 0.5, atol=1e-6)
        return never(step)

    found = towards(case.task, case.factuals, watch)
    assert not torch.stack(judged).any()
    assert not feasible.violations(found.points).any()
    assert found.accepted.float().mean() > 0.5


def test_finished_people_leave_the_batch_and_keep_their_answer() -> None:
    task = linear_task([4.0, 0.0], -2.0)
    people = torch.stack([torch.linspace(0, 0.45, 10), torch.full((10,), 0.5)], dim=1)
    sizes: list[int] = []

    def when_answered(step: Step) -> Tensor:
        sizes.append(len(step.rows))
        return step.answered

    found = towards(task, people, when_answered)
    assert sizes[0] == 10
    assert sizes == sorted(sizes, reverse=True)
    assert len(set(sizes)) > 5
    assert len(sizes) < 120
    assert found.accepted.all()
    assert torch.allclose(found.points, towards(task, people).points)


def test_stalled_counts_the_steps_since_the_best_point() -> None:
    task = linear_task([4.0, 0.0], -2.0)
    seen: list[tuple[bool, int]] = []

    def watch(step: Step) -> Tensor:
        seen.append((bool(step.answered[0]), int(step.stalled[0])))
        return never(step)

    towards(task, torch.tensor([[0.3, 0.5]]), watch, steps=40)
    first = next(number for number, (answered, _) in enumerate(seen) if answered)
    assert all(stalled == 0 for _, stalled in seen[: first + 1])
    assert [stalled for _, stalled in seen[first:]] == list(range(40 - first))


def test_people_do_not_influence_one_another() -> None:
    case = mixed("mlp", 60)
    whole = towards(case.task, case.factuals).points
    parts = [towards(case.task, part).points for part in case.factuals.split(7)]
    assert (torch.cat(parts) - whole).abs().max() <= 1e-4


def test_pull_leaves_weak_features_exactly_alone() -> None:
    task = linear_task([6.0, 1.0], -4.0)
    people = torch.full((5, 2), 0.3)
    free = towards(task, people).points
    held = towards(task, people, pull=torch.tensor([1.0, 1.0])).points
    assert (free[:, 1] > 0.4).all()
    # The loss pulls the second value with at most 1, so it stays; the first is pulled with up to 6.
    assert torch.equal(held[:, 1], people[:, 1])
    assert task.accepts(held).all()


def test_several_points_per_person() -> None:
    task = linear_task([4.0, 2.0], -2.0)
    people = torch.tensor([[0.1, 0.1], [0.2, 0.1], [0.0, 0.3]])
    start = people[:, None] + torch.tensor([[0.0, 0.0], [0.1, 0.0], [0.0, 0.3], [0.9, 0.9]])
    found = towards(task, people, lambda step: step.answered.all(dim=1), start=start)
    assert found.points.shape == (3, 4, 2)
    assert found.accepted.shape == found.cost.shape == (3, 4)
    assert found.accepted.all()
    assert torch.allclose(found.cost, task.cost(people[:, None], found.points))
    assert (found.cost[:, 3] > found.cost[:, 0] + 0.5).all()


def test_nobody_and_no_steps() -> None:
    task = linear_task([4.0, 2.0], -2.0)
    assert towards(task, torch.zeros(0, 2)).points.shape == (0, 2)
    people = torch.tensor([[0.1, 0.1]])
    assert torch.equal(towards(task, people, steps=0).points, people)


def test_works_inside_no_grad_and_leaves_inputs_alone() -> None:
    task = linear_task([4.0, 2.0], -2.0)
    people = torch.tensor([[0.1, 0.1]])
    before = people.clone()
    with torch.no_grad():
        found = towards(task, people)
    assert found.accepted.all()
    assert torch.equal(people, before)
    assert not people.requires_grad
    assert not found.points.requires_grad


def test_a_loss_known_by_its_derivative_is_the_loss() -> None:
    case = mixed("mlp", 40)
    task, people = case.task, case.factuals

    def found(loss: PerRow | LogitLoss) -> Found:
        margin, cost = classifier_margin(task), cost_from(task, people)
        return search(task.feasible(people), people, loss, margin, cost, never, steps=60, learning_rate=0.03)

    known = found(LogitLoss(task, lambda logit, rows: torch.sigmoid(logit) - 1))
    graph = found(lambda x, rows: torch.nn.functional.softplus(-task.logit(x)))
    assert known.accepted.float().mean() > 0.5
    assert torch.allclose(known.points, graph.points, atol=1e-4)


def test_points_are_judged_every_few_steps_and_after_the_last() -> None:
    task = linear_task([4.0, 0.0], -2.0)
    people = torch.tensor([[0.1, 0.5], [0.3, 0.9]])
    numbers: list[int] = []

    def watch(step: Step) -> Tensor:
        numbers.append(step.number)
        return never(step)

    margin, cost = classifier_margin(task), cost_from(task, people)
    loss = LogitLoss(task, lambda logit, rows: -torch.ones_like(logit))
    found = search(
        task.feasible(people), people, loss, margin, cost, watch, steps=22, learning_rate=0.03, every=5
    )
    assert numbers == [4, 9, 14, 19, 21]
    assert found.accepted.all()
