from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from recbench.conformance.tasks import hopeless, mixed, weighted
from recbench.method import Recourse
from recbench.rng import Rng
from recbench.task import TOLERANCE, RecourseTask
from recbench_methods.common import blocks
from recbench_methods.common.targets import FEWEST, GAMMA, MATCHED, NO_EXAMPLE, SHARE, Targets

from .tables import GROUP, number, table


def own_group(task: RecourseTask, person: Tensor, row: Tensor) -> bool:
    return all(
        abs(float(person[j] - row[j])) <= TOLERANCE
        for j, feature in enumerate(task.encoder.schema.features)
        if feature.immutable and feature.discrete
    )


def bar_of(values: list[float]) -> float:
    """The bar of some accepted h, from the highest down."""
    values = sorted(values, reverse=True)
    if not values:
        return math.inf
    enough = min(len(values), max(FEWEST, math.ceil(SHARE * len(values))))
    return min(GAMMA, values[enough - 1] - 1e-7)


def prices_by_hand(task: RecourseTask, person: Tensor, gamma: float | None) -> list[float]:
    """Ascending costs of what one person can become, one training row at a time."""
    floor = max(task.threshold, gamma or 0.0)
    h = task.probability(task.x)
    rows = [x for x, good in zip(task.x, ((h > floor) & (task.y == 1)).tolist(), strict=True) if good]

    def gap(row: Tensor) -> float:
        there = task.project(row[None], person[None])[0]
        return sum(
            abs(float(row[j] - there[j])) * (abs(float(row[j] - there[j])) > TOLERANCE)
            for j, feature in enumerate(task.encoder.schema.features)
            if not (feature.immutable and feature.discrete)
        )

    def at(row: Tensor) -> float:
        return float(task.probability(task.project(row[None], person[None])))

    def cheapest(nearby: list[Tensor]) -> list[float]:
        values = [at(row) for row in nearby]
        bar = bar_of([value for value in values if value > floor]) if gamma is None else gamma
        return sorted(
            float(task.cost(person, task.project(row[None], person[None])[0]))
            for row, value in zip(nearby, values, strict=True)
            if value > max(bar, floor)
        )

    def closest(rows: list[Tensor], how_far: Callable[[Tensor], float]) -> list[Tensor]:
        if not rows:
            return []
        farthest = sorted(map(how_far, rows))[min(MATCHED, len(rows)) - 1]
        return [row for row in rows if how_far(row) <= farthest + 1e-6]

    mine = [row for row in rows if own_group(task, person, row)]
    found = cheapest(closest(mine, gap))
    if found:
        return found
    accepted = [row for row in rows if at(row) > floor]
    return cheapest(closest(accepted, lambda row: gap(row) + 1000 * (not own_group(task, person, row))))


@pytest.mark.parametrize("gamma", [None, 0.55, 0.7, 0.95])
@pytest.mark.parametrize("make", [mixed, weighted])
def test_equals_a_search_by_hand(make: object, gamma: float | None) -> None:
    case = make("mlp", 12)  # type: ignore[operator]
    task = replace(case.task, x=case.task.x[:250], y=case.task.y[:250])
    targets = Targets(task, gamma)
    cost, index = targets.nearest(case.factuals, 5)
    some = 0
    for person, costs, found in zip(case.factuals, cost, index, strict=True):
        wanted = prices_by_hand(task, person, gamma)[:5]
        known = torch.isfinite(costs)
        assert costs[known].tolist() == pytest.approx(wanted, abs=1e-5)
        there = task.project(targets.rows[found[known]], person.expand(int(known.sum()), -1))
        assert task.cost(person, there).tolist() == pytest.approx(wanted, abs=1e-5)
        assert (task.probability(there) > max(0.5, gamma or 0)).all()
        some += len(wanted)
    assert some > 5


def test_each_group_has_its_own_bar() -> None:
    # Group a reaches 0.9; b no more than 0.62; in c nobody is accepted.
    highest = torch.tensor([0.9, 0.62, 0.4])

    def h(x: Tensor) -> Tensor:
        return highest[(x[:, 0] * 2).round().long()] * (0.7 + 0.3 * x[:, 1])

    task = table([GROUP, number("income")], h)
    targets = Targets(task, None)
    a, b, c = (torch.tensor([[code, 0.1]]) for code in (0.0, 0.5, 1.0))
    assert float(targets.bar(a)) == pytest.approx(0.7)
    accepted = task.probability(task.x)[(task.x[:, 0] == 0.5) & task.accepts(task.x)]
    kept = math.ceil(SHARE * len(accepted))
    assert int((accepted > targets.bar(b)).sum()) == kept > FEWEST
    assert float(targets.bar(c)) == pytest.approx(GAMMA)
    assert targets.lonely(torch.cat([a, b, c])).tolist() == [False, False, True]
    for person, least in ((a, 0.7), (b, float(targets.bar(b)))):
        cost, index = targets.nearest(person, 3)
        assert (task.probability(targets.rows[index[0]]) > least).all()
        assert (targets.rows[index[0], 0] == person[0, 0]).all()
        assert cost.isfinite().all()


def test_the_bar_goes_down_to_the_threshold_where_few_are_accepted() -> None:
    def h(x: Tensor) -> Tensor:
        return 0.4 + 0.2 * x[:, 1]

    task = table([GROUP, number("income")], h, rows=30)
    of_a = task.accepts(task.x) & (task.x[:, 0] == 0)
    assert 0 < int(of_a.sum()) <= FEWEST
    cost, _ = Targets(task, None).nearest(torch.zeros(1, 2), 10)
    assert int(cost.isfinite().sum()) == int(of_a.sum())


def test_a_bar_that_was_asked_for_is_not_lowered() -> None:
    def h(x: Tensor) -> Tensor:
        return 0.4 + 0.25 * x[:, 1]

    task = table([GROUP, number("income")], h)
    person = torch.zeros(1, 2)
    assert Targets(task, None).nearest(person, 1)[0].isfinite().all()
    assert not Targets(task, 0.7).nearest(person, 1)[0].isfinite().any()
    strict = Targets(task, 0.6)
    cost, index = strict.nearest(person, 1000)
    assert cost.isfinite().any()
    assert (task.probability(strict.rows[index[cost.isfinite()]]) > 0.6).all()


def test_a_threshold_above_gamma_counts_too() -> None:
    case = mixed("mlp", 20)
    task = replace(case.task, threshold=0.9)
    for gamma in (None, 0.2):
        targets = Targets(task, gamma)
        cost, index = targets.nearest(case.factuals, 3)
        there = task.project(targets.rows[index], case.factuals)
        assert cost.isfinite().any()
        assert task.accepts(there)[cost.isfinite()].all()


def test_an_immutable_number_is_matched_by_nearness() -> None:
    def h(x: Tensor) -> Tensor:
        return 0.2 + 0.6 * x[:, 1] - 0.05 * x[:, 0]

    task = table([number("age", immutable=True), number("income")], h, rows=1000)
    targets = Targets(task, None)
    people = torch.tensor([[0.1, 0.2], [0.93, 0.3], [1.4, 0.1]])
    cost, index = targets.nearest(people, 1000)
    for person, costs, rows in zip(people, cost, index, strict=True):
        there = targets.rows[rows[costs.isfinite()]]
        apart = (targets.rows[:, 0] - person[0]).abs().sort().values
        assert float((there[:, 0] - person[0]).abs().max()) <= float(apart[MATCHED - 1])
        kept = torch.stack([person[0].expand(len(there)), there[:, 1]], dim=1)
        assert len(there) >= FEWEST
        assert (task.probability(kept) > task.threshold).all()
        assert costs[costs.isfinite()].tolist() == pytest.approx((there[:, 1] - person[1]).abs().tolist())


def test_it_goes_as_far_as_there_are_rows() -> None:
    """For the oldest, only the richest will do, and they are young."""

    def h(x: Tensor) -> Tensor:
        return (0.55 + 0.4 * (x[:, 1] - 0.4 - 0.5 * x[:, 0])).clamp(0, 1)

    task = table([number("age", immutable=True), number("income")], h, rows=1000)
    old = task.x[:, 0] > 0.3
    task.x[old, 1] *= 0.62
    task.y[old & (task.x[:, 0] > 0.6)] = 0
    targets = Targets(task, None)
    cost, index = targets.nearest(torch.tensor([[1.0, 0.2]]), 50)
    rows = targets.rows[index[cost.isfinite()]]
    assert len(rows) >= FEWEST
    assert (rows[:, 0] < 0.3).all()
    assert (task.probability(torch.stack([torch.ones(len(rows)), rows[:, 1]], dim=1)) > 0.5).all()


def test_where_nothing_serves_the_cost_is_infinite() -> None:
    task = table([number("age", immutable=True), number("income")], lambda x: 0.9 - x[:, 0])
    cost, _ = Targets(task, None).nearest(torch.tensor([[0.9, 0.2], [0.1, 0.2]]), 2)
    assert cost[0].isinf().all()
    assert cost[1].isfinite().all()


def test_a_group_without_an_example_is_shown_others() -> None:
    def h(x: Tensor) -> Tensor:
        return 0.3 + 0.5 * x[:, 1] - 0.1 * (x[:, 0] == 1)

    task = table([GROUP, number("income")], h)
    task.y[task.x[:, 0] == 1] = 0
    targets = Targets(task, None)
    people = torch.tensor([[1.0, 0.2], [0.5, 0.2]])
    cost, index = targets.nearest(people, 4)
    there = task.project(targets.rows[index], people)
    assert cost.isfinite().all()
    assert (there[0, :, 0] == 1).all()
    assert task.accepts(there).all()
    assert targets.lonely(people).tolist() == [True, False]
    told = targets.told(people, Recourse.of(people, task))
    assert told.reasons[0].endswith(NO_EXAMPLE) and told.reasons[0].startswith("best attempt")
    assert NO_EXAMPLE not in told.reasons[1]
    assert targets.told(people, Recourse.of(there[:, 0], task)).reasons == [NO_EXAMPLE, ""]


@pytest.mark.parametrize("make", [mixed, weighted])
@pytest.mark.parametrize("distinct", [False, True])
def test_chunks_and_company_change_nothing(
    make: object, distinct: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = make("mlp", 30)  # type: ignore[operator]
    targets = Targets(case.task, None, distinct)
    cost, index = targets.nearest(case.factuals, 40)
    order = torch.randperm(30, generator=Rng(0).torch())
    again = targets.nearest(case.factuals[order], 40)
    assert torch.equal(again[0], cost[order])
    assert torch.equal(again[1], index[order])
    monkeypatch.setattr(blocks, "CELLS", 1)
    alone = targets.nearest(case.factuals, 40)
    assert torch.allclose(alone[0], cost, atol=1e-5)
    found = cost.isfinite()
    assert torch.equal(alone[0].isfinite(), found)
    near = case.task.project(targets.rows[alone[1]], case.factuals)
    there = case.task.project(targets.rows[index], case.factuals)
    assert (near == there).all(dim=2)[found].float().mean() > 0.99


def test_one_of_equal_rows_is_kept() -> None:
    task = mixed("mlp", 5).task
    every, one = Targets(task, None), Targets(task, None, distinct=True)
    assert len(one.rows) < len(every.rows)
    assert torch.equal(one.rows, torch.unique(every.rows, dim=0))
    assert torch.equal(torch.unique(every.rows[every.clear], dim=0), one.rows[one.clear])
    assert torch.equal(task.x[every.training], every.rows[every.clear])


def test_without_any_target_there_is_none() -> None:
    case = hopeless("mlp", 5)
    targets = Targets(case.task, None)
    cost, index = targets.nearest(case.factuals, 3)
    assert cost.shape == index.shape == (5, 0)
    assert targets.lonely(case.factuals).all()
    assert not targets.training.any()
