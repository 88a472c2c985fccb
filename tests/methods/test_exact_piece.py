from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from recbench.classifiers import TorchClassifier
from recbench.conformance.tasks import Case, hopeless, mixed, numbers, weighted
from recbench.method import Reason, RecourseMethod
from recbench.rng import Rng
from recbench.task import RecourseTask
from recbench_methods.exact_piece import method as rooms
from recbench_methods.exact_piece.method import ExactPiece
from recbench_methods.exact_piece.pieces import Walk
from recbench_methods.wachter.method import Wachter

from .linear import closest, linear_task


def found(method: RecourseMethod, task: RecourseTask, people: Tensor) -> tuple[Tensor, list[str]]:
    method.fit(task, Rng(0))
    recourse = method.generate(people, Rng(0).people(range(len(people))))
    assert not isinstance(recourse, Tensor)
    assert not task.feasible(people).violations(recourse.counterfactuals).any()
    return recourse.counterfactuals, list(recourse.reasons)


def cost(method: RecourseMethod, case: Case) -> float:
    x, _ = found(method, case.task, case.factuals)
    assert case.task.accepts(x).all()
    return float(case.task.cost(case.factuals, x).mean())


@pytest.mark.parametrize("starts", [0, 6])
@pytest.mark.parametrize(
    ("weights", "bias"),
    [([3.0, 1.0, -2.0], -2.5), ([1.0, 1.0, 0.5, -4.0], -1.0), ([0.0, 2.0, 6.0], -5.0), ([-5.0, -4.0], 2.0)],
)
def test_a_half_space_is_solved_exactly(weights: list[float], bias: float, starts: int) -> None:
    task = linear_task(weights, bias)
    people = torch.rand(300, len(weights), generator=Rng(2).torch())
    people = people[~task.accepts(people)]
    x, reasons = found(ExactPiece(starts=starts), task, people)
    optimum, reachable = closest(people, weights, bias)
    accepted = task.accepts(x)
    assert torch.equal(accepted, reachable)
    excess = (task.cost(people, x) - optimum)[reachable]
    assert float(excess.max()) < 1e-4
    assert [reason == Reason.FOUND for reason in reasons] == accepted.tolist()


def test_a_feature_that_costs_less_goes_first() -> None:
    task = replace(linear_task([3.0, 2.0], -2.0), weights=torch.tensor([2.0, 1.0]))
    people = torch.full((1, 2), 0.2)
    x, _ = found(ExactPiece(), task, people)
    # 1 of log-odds is lacking; the second gives 2 per cost, the first 1.5.
    assert x[0].tolist() == pytest.approx([0.2, 0.7], abs=1e-4)


def test_values_are_snapped_away_from_the_person() -> None:
    """A whole number that would just miss acceptance goes one step on."""
    case = mixed("linear", 100)
    x, _ = found(ExactPiece(starts=0, steps=0), case.task, case.factuals)
    assert case.task.accepts(x).all()


@pytest.mark.parametrize("make", [mixed, numbers, weighted])
def test_costs_no_more_than_the_gradient_search(make: object) -> None:
    case = make("mlp", 100)  # type: ignore[operator]
    assert cost(ExactPiece(), case) <= 1.02 * cost(Wachter(), case)


def test_more_pieces_and_starts_never_cost_more() -> None:
    case = mixed("mlp", 100)
    forms: list[dict[str, object]] = [{"starts": 0, "steps": 0}, {"starts": 0, "steps": 4}, {}]
    points = [found(ExactPiece(**form), case.task, case.factuals)[0] for form in forms]
    costs = [case.task.cost(case.factuals, x) for x in points]
    assert (costs[1] <= costs[0] + 1e-5).all()
    assert (costs[2] <= costs[1] + 1e-5).all()
    assert costs[2].mean() < costs[0].mean() - 1e-4


def test_a_start_without_a_feature_leaves_it_alone() -> None:
    task = linear_task([3.0, 2.0, 1.0], -3.0)
    people = 0.3 + 0.2 * torch.rand(20, 3, generator=Rng(2).torch())
    walk = Walk.of(task, people)
    walk.stride(None)
    assert (walk.points[:, 0] != people[:, 0]).all()
    other = walk.without(torch.zeros(20, 1, dtype=torch.long))
    other.stride(None)
    assert torch.equal(other.points[:, 0], people[:, 0])
    assert task.accepts(other.points).all()


def test_a_category_is_taken_back_although_its_step_is_wider_than_the_reach() -> None:
    case = mixed("mlp", 30)
    task = replace(case.task, threshold=1e-6)  # everybody is accepted as they are
    people = case.factuals
    j = task.encoder.levels.index(4)
    points = people.clone()
    points[:, j] = people[:, j] + torch.where(people[:, j] > 0.5, -1 / 3, 1 / 3)
    lead, slope = torch.full((30,), 5.0), torch.zeros_like(people)
    walk = Walk(task, task.feasible(people), points, lead, slope, task.cost(people, points))
    walk.refine(1, 0.01)
    assert torch.equal(walk.points[:, j], people[:, j])


def test_a_single_change_is_found_where_the_slope_says_nothing_of_it() -> None:
    """Beyond .4 the second feature brings ten times what the first does; at the person it brings nothing."""
    first, last = nn.Linear(2, 2), nn.Linear(2, 1)
    first.load_state_dict({"weight": torch.eye(2), "bias": torch.tensor([0.0, -0.4])})
    last.load_state_dict({"weight": torch.tensor([[1.0, 10.0]]), "bias": torch.tensor([-0.9])})
    network = nn.Sequential(first, nn.ReLU(), last, nn.Flatten(0))
    task = replace(linear_task([1.0, 1.0], -1.0), classifier=TorchClassifier(network, "mlp"))
    people = torch.tensor([[0.1, 0.2]])
    x, _ = found(ExactPiece(), task, people)
    assert x[0].tolist() == pytest.approx([0.1, 0.48], abs=1e-3)
    blind, _ = found(ExactPiece(starts=0), task, people)
    assert blind[0].tolist() == pytest.approx([0.9, 0.2], abs=1e-3)


def test_the_threshold_is_the_tasks() -> None:
    case = mixed("mlp", 60)
    stricter = replace(case.task, threshold=0.8)
    x, _ = found(ExactPiece(), stricter, case.factuals)
    assert stricter.accepts(x).all()


def test_without_acceptance_people_get_their_best_attempt() -> None:
    case = hopeless("mlp", 20)
    x, reasons = found(ExactPiece(), case.task, case.factuals)
    assert set(reasons) == {Reason.NOT_ACCEPTED}
    assert (case.task.logit(x) > case.task.logit(case.factuals) + 1).all()


def test_people_stand_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    case = mixed("mlp", 60)
    whole, _ = found(ExactPiece(), case.task, case.factuals)
    monkeypatch.setattr(rooms, "_BLOCK", 7)
    parts, _ = found(ExactPiece(), case.task, case.factuals)
    assert (case.task.cost(case.factuals, whole) - case.task.cost(case.factuals, parts)).abs().max() < 1e-3


def test_nobody() -> None:
    task = linear_task([1.0, 1.0], -1.0)
    assert found(ExactPiece(), task, torch.zeros(0, 2))[0].shape == (0, 2)


def test_the_accepted_stay() -> None:
    task = linear_task([4.0, 0.0], -2.0)
    people = torch.tensor([[0.8, 0.5]])
    assert torch.equal(found(ExactPiece(), task, people)[0], people)


def test_the_fast_form_starts_again_for_those_it_leaves_unaccepted(monkeypatch: pytest.MonkeyPatch) -> None:
    case = mixed("mlp", 60)
    monkeypatch.setattr(Walk, "stride", lambda walk, *reaches: None)
    monkeypatch.setattr(ExactPiece, "_start_slowly", lambda method, walk, reaches: None)
    asked: list[int] = []

    def start(method: ExactPiece, walk: Walk, number: int) -> None:
        asked.append(int(method._asks(walk).sum()))

    monkeypatch.setattr(ExactPiece, "_start_without", start)
    x, _ = found(ExactPiece(starts=0, steps=1), case.task, case.factuals)
    assert asked[0] == int((~case.task.accepts(x)).sum())
    found(ExactPiece(starts=3, steps=1), case.task, case.factuals)
    assert asked[-3:] == [60, 60, 60]
