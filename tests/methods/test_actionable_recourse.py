from __future__ import annotations

import itertools
import subprocess
import sys
from dataclasses import replace

import pandas as pd
import pytest
import torch
from hypothesis import given, settings, strategies as st
from torch import Tensor

from recbench.classifiers.base import TorchClassifier
from recbench.conformance.tasks import hopeless, mixed, weighted
from recbench.data.encoding import Encoder
from recbench.data.schema import Feature, Schema, Target
from recbench.method import Reason, Recourse
from recbench.rng import Rng
from recbench.task import RecourseTask
from recbench_methods.actionable_recourse import method as room
from recbench_methods.actionable_recourse.method import ActionableRecourse, action_grid
from recbench_methods.actionable_recourse.programme import cheapest, lowest_limit

from .linear import Score, linear_task


def grid_task() -> RecourseTask:
    """Return a linear task in which every action of every person can be listed."""
    schema = Schema(
        features=(
            Feature(name="sex", kind="categorical", categories=("f", "m"), immutable=True),
            Feature(name="degree", kind="ordinal", categories=("low", "mid", "high"), monotone="increase"),
            Feature(name="loans", kind="integer"),
            Feature(name="town", kind="categorical", categories=("a", "b")),
        ),
        target=Target(name="y", favourable=(1,)),
    )
    draw = Rng(1).numpy()
    frame = pd.DataFrame(
        {
            "sex": draw.choice(["f", "m"], 200),
            "degree": draw.choice(["low", "mid", "high"], 200, p=[0.5, 0.3, 0.2]),
            "loans": draw.integers(0, 7, 200),
            "town": draw.choice(["a", "b"], 200),
        }
    )
    encoder = Encoder.fit(schema, frame)
    x = encoder.encode(frame)
    classifier = TorchClassifier(Score([2.0, 1.6, -3.1, 0.7], -2.6), "linear")
    return RecourseTask(encoder, x, (classifier.probability(x) > 0.5).long(), classifier)


def recourse(task: RecourseTask, people: Tensor, **params: object) -> Recourse:
    method = ActionableRecourse(**params)
    method.fit(task, Rng(0))
    return method.generate(people, Rng(0).people(range(len(people))))


def percentile(column: Tensor, value: float) -> float:
    below, equal = int((column < value).sum()), int((column == value).sum())
    return (below + equal / 2) / len(column)


def reckoned(task: RecourseTask, person: Tensor, point: Tensor, cost: str) -> tuple[float, ...]:
    """The cost of an action by the formulas of the paper; what is compared first comes first."""
    if cost == "task":
        return (float(task.cost(person, point)),)
    before = [percentile(task.x[:, j], float(person[j])) for j in range(len(person))]
    after = [percentile(task.x[:, j], float(point[j])) for j in range(len(person))]
    if cost == "percentile":
        shifts = [abs(b - a) for a, b in zip(before, after, strict=True)]
        return max(shifts), sum(shifts)
    logs = [abs(torch.tensor((1 - b) / (1 - a)).log().item()) for a, b in zip(before, after, strict=True)]
    return (sum(logs),)


@pytest.mark.parametrize("cost", ["task", "percentile", "log-percentile"])
def test_is_the_exact_minimum_on_a_small_grid(cost: str) -> None:
    task = grid_task()
    people = task.x[~task.accepts(task.x)][:30]
    found = recourse(task, people, cost=cost)
    answered = 0
    points = torch.cartesian_prod(*(torch.arange(n) / (n - 1) for n in (2, 3, 7, 2)))
    for person, x in zip(people, found.counterfactuals, strict=True):
        own = task.feasible(person[None])
        allowed = points[own.admits(points)[0] & task.accepts(points)]
        if len(allowed) == 0:
            assert not task.accepts(x[None])[0]
            continue
        answered += 1
        best = min(reckoned(task, person, point, cost) for point in allowed)
        assert task.accepts(x[None])[0]
        assert reckoned(task, person, x, cost) == pytest.approx(best, abs=1e-5)
    assert 10 < answered < 30


programmes = st.integers(0, 2**31 - 1)


@settings(max_examples=25, deadline=None)
@given(programmes)
def test_programmes_are_solved_exactly(seed: int) -> None:
    draw = Rng(seed).torch()
    n, d, k = 4, 4, 4
    cost = torch.rand((n, d, k), generator=draw, dtype=torch.float64)
    gain = torch.randn((n, d, k), generator=draw, dtype=torch.float64)
    if seed % 2:
        # The hard case: cost in proportion to gain, with many ties.
        cost = (gain.abs() * 5).round() / 5 * (1 + torch.rand((n, d, 1), generator=draw, dtype=torch.float64))
    cost = cost.masked_fill(torch.rand((n, d, k), generator=draw) < 0.2, torch.inf)
    cost[..., -1] = gain[..., -1] = 0.0
    need = 3 * torch.rand(n, generator=draw, dtype=torch.float64)
    chosen = cheapest(cost, gain, need)
    limit = lowest_limit(cost, gain, need)
    combinations = list(itertools.product(range(k), repeat=d))
    for i in range(n):
        totals = [
            (
                sum(float(cost[i, j, a]) for j, a in enumerate(actions)),
                max(float(cost[i, j, a]) for j, a in enumerate(actions)),
                sum(float(gain[i, j, a]) for j, a in enumerate(actions)),
            )
            for actions in combinations
        ]
        mine = totals[combinations.index(tuple(chosen[i].tolist()))]
        possible = [row for row in totals if row[0] < float("inf")]
        enough = [row for row in possible if row[2] >= float(need[i])]
        if enough:
            assert mine[2] >= float(need[i]) - 1e-12
            assert mine[0] == pytest.approx(min(row[0] for row in enough), abs=1e-9)
            assert float(limit[i]) == pytest.approx(min(row[1] for row in enough), abs=1e-12)
        else:
            assert mine[2] == pytest.approx(max(row[2] for row in possible))


def test_a_finer_grid_comes_nearer_to_the_half_space() -> None:
    task = linear_task([1.0, 3.0, 2.0], -3.0)
    people = 0.4 * torch.rand(40, 3, generator=Rng(2).torch())
    coarse, fine = (recourse(task, people, grid=count).counterfactuals for count in (4, 100))
    assert task.accepts(coarse).all()
    assert task.accepts(fine).all()
    # Moving the heaviest feature alone is the L1 optimum, and everybody has room for it.
    best = (3.0 - people @ torch.tensor([1.0, 3.0, 2.0])) / 3
    excess = [float((task.cost(people, x) - best).mean()) for x in (coarse, fine)]
    assert 0 <= excess[1] < 0.01 < excess[0]


def test_the_grid_has_all_categories_and_spread_values() -> None:
    case = mixed("mlp", 1)
    grid = action_grid(case.task, 5)
    for j, level in enumerate(case.task.encoder.levels):
        values = grid[j].unique()
        if level:
            assert torch.allclose(values, torch.arange(level) / (level - 1))
        else:
            column = case.task.x[:, j]
            assert len(values) == min(5, len(column.unique()))
            assert torch.isin(values, column).all()
            assert values[0] == column.min()
            assert values[-1] == column.max()


@pytest.mark.parametrize("kind", ["mlp", "forest", "boosting"])
@pytest.mark.parametrize("cost", ["task", "percentile", "log-percentile"])
def test_rules_hold_and_other_classifiers_are_met_by_trying_again(kind: str, cost: str) -> None:
    case = mixed(kind, 30)
    found = recourse(case.task, case.factuals, cost=cost)
    x = found.counterfactuals
    accepted = case.task.accepts(x)
    assert accepted.float().mean() > 0.9
    assert not case.task.feasible(case.factuals).violations(x).any()
    assert [reason == Reason.FOUND for reason in found.reasons] == accepted.tolist()


def test_one_round_is_enough_for_a_linear_classifier_only() -> None:
    linear, forest = mixed("linear", 40), mixed("forest", 40)
    once = recourse(linear.task, linear.factuals, rounds=1).counterfactuals
    assert torch.equal(once, recourse(linear.task, linear.factuals).counterfactuals)
    assert linear.task.accepts(once).all()
    few, many = (recourse(forest.task, forest.factuals, rounds=n).counterfactuals for n in (1, 10))
    assert forest.task.accepts(few).sum() < forest.task.accepts(many).sum()


def test_the_tasks_weights_decide() -> None:
    plain, costly = mixed("linear", 40), weighted("linear", 40)
    x = recourse(plain.task, plain.factuals).counterfactuals
    y = recourse(costly.task, costly.factuals).counterfactuals
    assert (costly.task.cost(costly.factuals, y) <= costly.task.cost(costly.factuals, x) + 1e-4).all()
    assert not torch.equal(x, y)


def test_where_nothing_is_accepted_everybody_gets_the_strongest_attempt() -> None:
    case = hopeless("linear", 5)
    found = recourse(case.task, case.factuals)
    assert set(found.reasons) == {Reason.NOT_ACCEPTED}
    assert (case.task.probability(found.counterfactuals) > case.task.probability(case.factuals)).all()


def test_company_and_blocks_do_not_change_a_persons_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    case = mixed("mlp", 20)
    whole = recourse(case.task, case.factuals).counterfactuals
    monkeypatch.setattr(room, "_CELLS", 1)
    rows = torch.tensor([13, 4])
    assert torch.allclose(recourse(case.task, case.factuals[rows]).counterfactuals, whole[rows], atol=1e-4)


def test_a_higher_threshold_is_met() -> None:
    task = replace(linear_task([6.0, 6.0], -6.0), threshold=0.9)
    people = 0.3 * torch.rand(20, 2, generator=Rng(2).torch())
    assert (task.probability(recourse(task, people).counterfactuals) > 0.9).all()


def test_nothing_that_the_solver_prints_reaches_standard_output() -> None:
    script = (
        "import os\n"
        "from recbench_methods.actionable_recourse.programme import _stdout_to_stderr\n"
        "print('before')\n"
        "with _stdout_to_stderr():\n"
        "    os.write(1, b'noise')\n"
        "print('after')\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["before", "after"]
    assert done.stderr == "noise"
