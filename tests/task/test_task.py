"""What a person can become, and what it costs them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
import torch
from hypothesis import given, settings, strategies as st
from torch import Tensor

from recbench.classifiers.base import Classifier
from recbench.data.encoding import Encoder
from recbench.data.schema import Feature, Schema, Target
from recbench.rng import Rng
from recbench.task import RecourseTask

SCHEMA = Schema(
    features=(
        Feature(name="age", kind="integer", monotone="increase"),
        Feature(name="sex", kind="categorical", categories=("f", "m"), immutable=True),
        Feature(name="region", kind="categorical", categories=("a", "b", "c", "d")),
        Feature(name="school", kind="ordinal", categories=("1", "2", "3"), monotone="increase"),
        Feature(name="income", kind="continuous", lower=0, upper=50),
        Feature(name="debt", kind="continuous", monotone="decrease"),
        Feature(name="site", kind="continuous"),
    ),
    target=Target(name="y", favourable=(1,)),
)
TRAIN = pd.DataFrame(
    {
        "age": [18, 70, 30],
        "sex": ["f", "m", "f"],
        "region": ["a", "d", "b"],
        "school": ["1", "3", "2"],
        "income": [0.0, 40.0, 20.0],
        "debt": [0.0, 10.0, 5.0],
        "site": [3.0, 3.0, 3.0],
    }
)
AGE, SEX, REGION, SCHOOL, INCOME, DEBT, SITE = range(7)


class ByIncome(Classifier):
    kind = "by income"

    def probability(self, x: Tensor) -> Tensor:
        return x[:, INCOME].clamp(0, 1)


def make_task(**changes: Any) -> RecourseTask:
    encoder = Encoder.fit(SCHEMA, TRAIN)
    task = RecourseTask(encoder, encoder.encode(TRAIN), torch.tensor([0, 1, 0]), ByIncome())
    return replace(task, **changes)


TASK = make_task()


def person(**own: object) -> Tensor:
    base = {"age": 40, "sex": "f", "region": "b", "school": "2", "income": 10.0, "debt": 4.0, "site": 3.0}
    return TASK.encoder.encode(pd.DataFrame([{**base, **own}]))


people = st.builds(
    person,
    age=st.integers(10, 90),
    sex=st.sampled_from(["f", "m"]),
    region=st.sampled_from(["a", "b", "c", "d"]),
    school=st.sampled_from(["1", "2", "3"]),
    income=st.floats(-10, 80, width=32),
    debt=st.floats(-5, 30, width=32),
    site=st.floats(0, 9, width=32),
)
anywhere = st.lists(st.floats(-3, 3, width=32), min_size=7, max_size=7).map(lambda row: torch.tensor([row]))


@given(people, anywhere)
def test_projection_is_always_feasible_and_stays_where_it_is(one: Tensor, x: Tensor) -> None:
    feasible = TASK.feasible(one)
    projected = feasible.project(x)
    assert not feasible.violations(projected).any()
    assert torch.equal(feasible.project(projected), projected)
    assert (projected[:, SEX] == one[:, SEX]).all()
    assert (projected[:, SITE] == one[:, SITE]).all()
    assert (projected[:, AGE] >= one[:, AGE]).all()
    assert (projected[:, DEBT] <= one[:, DEBT]).all()


@given(people)
def test_everybody_may_stay_as_they_are_exactly(one: Tensor) -> None:
    feasible = TASK.feasible(one)
    assert not feasible.violations(one).any()
    assert torch.equal(feasible.project(one), one)
    assert feasible.admits(one).all()
    assert float(TASK.cost(one, one)) == 0


@given(people, anywhere)
def test_projection_moves_no_feature_farther_than_its_nearest_step(one: Tensor, x: Tensor) -> None:
    feasible = TASK.feasible(one)
    projected = feasible.project(x)
    for j, allowed in feasible.allowed.items():
        codes = torch.arange(allowed.shape[1]) / (allowed.shape[1] - 1)
        nearest = (codes[allowed[0]] - x[0, j]).abs().min()
        assert float((projected[0, j] - x[0, j]).abs()) == pytest.approx(float(nearest), abs=1e-5)


@settings(max_examples=50)
@given(people, anywhere, st.integers(1, 4))
def test_several_candidates_project_as_each_alone(one: Tensor, x: Tensor, k: int) -> None:
    many = torch.stack([x * (i + 1) for i in range(k)], dim=1)
    projected = TASK.project(many, one)
    assert projected.shape == (1, k, 7)
    for i in range(k):
        assert torch.equal(projected[:, i], TASK.project(many[:, i], one))


@pytest.mark.parametrize(
    ("feature", "change", "forbidden"),
    [
        (AGE, -1 / 52, True),
        (AGE, 1 / 52, False),
        (AGE, 0.5 / 52, True),
        (AGE, 31 / 52, True),
        (SEX, 1.0, True),
        (REGION, 1 / 3, False),
        (REGION, 1 / 6, True),
        (SCHOOL, 0.5, False),
        (SCHOOL, -0.5, True),
        (INCOME, 1.0, False),
        (INCOME, 1.01, True),
        (INCOME, -0.26, True),
        (DEBT, -0.4, False),
        (DEBT, -0.41, True),
        (DEBT, 0.01, True),
        (SITE, 0.1, True),
    ],
)
def test_each_rule_by_itself(feature: int, change: float, forbidden: bool) -> None:
    """Income 10 of 0 to 40 is 0.25, and its declared upper bound 50 is 1.25."""
    one = person()
    x = one.clone()
    x[0, feature] += change
    violations = TASK.feasible(one).violations(x)
    assert bool(violations[0, feature]) == forbidden
    assert int(violations.sum()) == int(forbidden)


def test_a_person_outside_the_domain_may_stay_or_come_in() -> None:
    one = person(age=80, income=-5.0)
    feasible = TASK.feasible(one)
    inside = one.clone()
    inside[0, INCOME] = 0.5
    assert not feasible.violations(inside).any()
    farther = one.clone()
    farther[0, INCOME] -= 0.1
    assert feasible.violations(farther)[0, INCOME]


def test_missing_rows_violate_nothing_and_are_not_accepted() -> None:
    one = person()
    nothing = torch.full_like(one, torch.nan)
    assert not TASK.feasible(one).violations(nothing).any()
    assert torch.isnan(TASK.project(nothing, one)).all()
    assert not TASK.accepts(nothing).any()
    both = TASK.probability(torch.cat([one, nothing]))
    assert float(both[0]) == pytest.approx(0.25)
    assert torch.isnan(both[1])


def test_allowed_categories_follow_immutables_and_directions() -> None:
    allowed = TASK.feasible(person(sex="m", school="2")).allowed
    assert allowed[SEX].tolist() == [[False, True]]
    assert allowed[REGION].tolist() == [[True] * 4]
    assert allowed[SCHOOL].tolist() == [[False, True, True]]
    assert set(allowed) == {SEX, REGION, SCHOOL}


def test_movable_and_some_of_the_people() -> None:
    two = torch.cat([person(), person(age=90, sex="m")])
    feasible = TASK.feasible(two)
    assert feasible.movable.tolist()[0] == [True, False, True, True, True, True, False]
    assert not feasible.movable[1, AGE]
    alone = feasible.of(torch.tensor([1]))
    assert torch.equal(alone.lower, feasible.lower[1:])
    assert torch.equal(alone.allowed[SEX], feasible.allowed[SEX][1:])


@given(people, people)
def test_admits_says_what_violations_says(one: Tensor, other: Tensor) -> None:
    feasible = TASK.feasible(one)
    assert bool(feasible.admits(other)) == (not bool(feasible.violations(other).any()))


def test_cost_is_the_l1_distance_of_codes() -> None:
    one, other = person(), person(age=53, region="d", income=30.0)
    assert float(TASK.cost(one, other)) == pytest.approx(13 / 52 + 2 / 3 + 20 / 40)


def test_weights_and_mismatch() -> None:
    one, other = person(), person(age=53, region="d", school="3")
    weights = torch.arange(1.0, 8.0)
    weighted = make_task(weights=weights)
    assert float(weighted.cost(one, other)) == pytest.approx(1 * 13 / 52 + 3 * 2 / 3 + 4 * 0.5)
    # An ordinal feature has an order, so only the nominal one counts as 1.
    nominal = make_task(mismatch=True)
    assert float(nominal.cost(one, other)) == pytest.approx(13 / 52 + 1 + 0.5)
    assert float(nominal.cost(one, person(region="a"))) == pytest.approx(1)


def test_a_task_always_has_weights() -> None:
    assert TASK.weights.tolist() == [1.0] * TASK.dimensions
    assert make_task(weights=torch.tensor(2.0)).weights.tolist() == [2.0] * TASK.dimensions
    assert TASK.to("meta").weights.device.type == "meta"
    with pytest.raises(RuntimeError):
        make_task(weights=torch.ones(TASK.dimensions + 1))


@pytest.mark.parametrize("mismatch", [False, True])
@pytest.mark.parametrize("weights", [torch.tensor(1.0), torch.arange(1.0, 8.0)])
def test_pairwise_cost_is_the_cost_of_every_pair(mismatch: bool, weights: Tensor) -> None:
    task = make_task(mismatch=mismatch, weights=weights)
    rng = Rng(0).numpy()
    rows = pd.DataFrame(
        {
            "age": rng.integers(18, 70, 40),
            "sex": rng.choice(["f", "m"], 40),
            "region": rng.choice(["a", "b", "c", "d"], 40),
            "school": rng.choice(["1", "2", "3"], 40),
            "income": rng.uniform(0, 50, 40),
            "debt": rng.uniform(0, 10, 40),
            "site": 3.0,
        }
    )
    x = task.encoder.encode(rows)
    first, second = x[:15], x[15:]
    wanted = task.cost(first[:, None], second[None])
    assert torch.allclose(task.pairwise_cost(first, second), wanted, atol=1e-5)


def test_cost_is_differentiable_and_has_shapes_of_many_candidates() -> None:
    one = person()
    x = (one + 0.1)[:, None].repeat(1, 3, 1).requires_grad_()
    cost = TASK.cost(one[:, None], x)
    assert cost.shape == (1, 3)
    (gradient,) = torch.autograd.grad(cost.sum(), x)
    assert torch.equal(gradient, torch.ones_like(gradient))


def test_accepted_is_above_the_threshold_not_at_it() -> None:
    at, above = person(income=20.0), person(income=20.1)
    assert TASK.accepts(torch.cat([at, above])).tolist() == [False, True]
    assert make_task(threshold=0.2).accepts(at).tolist() == [True]
