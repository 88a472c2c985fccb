from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
import torch
from sklearn.ensemble import RandomForestClassifier
from torch import Tensor

from recbench.classifiers.base import EstimatorClassifier
from recbench.conformance.tasks import hopeless, mixed, weighted
from recbench.data.encoding import Encoder
from recbench.data.schema import Feature, Schema, Target
from recbench.errors import RecbenchError
from recbench.method import Reason, Recourse
from recbench.rng import Rng
from recbench.task import RecourseTask
from recbench_methods.common.trees import Boxes
from recbench_methods.feature_tweak import method as room
from recbench_methods.feature_tweak.method import FeatureTweak, inside


def small_task(trees: int, depth: int) -> RecourseTask:
    """Return a task with an immutable category and two numbers, judged by a few small trees."""
    schema = Schema(
        features=(
            Feature(name="group", kind="categorical", categories=("a", "b"), immutable=True),
            Feature(name="count", kind="integer"),
            Feature(name="amount", kind="continuous"),
        ),
        target=Target(name="y", favourable=(1,)),
    )
    generator = Rng(2).numpy()
    frame = pd.DataFrame(
        {
            "group": generator.choice(["a", "b"], 300),
            "count": generator.integers(0, 11, 300),
            "amount": generator.random(300) * 8,
        }
    )
    encoder = Encoder.fit(schema, frame)
    x = encoder.encode(frame)
    y = (x[:, 1] + x[:, 2] + 0.3 * x[:, 0] > 1.1).long()
    forest = RandomForestClassifier(trees, max_depth=depth, random_state=1).fit(x.numpy(), y.numpy())
    return RecourseTask(encoder, x, y, EstimatorClassifier(forest, "forest"))


def recourse(task: RecourseTask, people: Tensor, **params: object) -> Recourse:
    method = FeatureTweak(**params)
    method.fit(task, Rng(0))
    return method.generate(people, Rng(0).people(range(len(people))))


def leaves(tree: object, node: int = 0) -> list[tuple[float, list[tuple[int, str, float]]]]:
    """Share of the target class and conditions of every leaf of a scikit-learn tree, by recursion."""
    t = tree
    if t.children_left[node] < 0:  # type: ignore[attr-defined]
        value = t.value[node, 0]  # type: ignore[attr-defined]
        return [(value[1] / value.sum(), [])]
    feature, threshold = int(t.feature[node]), float(t.threshold[node])  # type: ignore[attr-defined]
    children = ((t.children_left[node], "<="), (t.children_right[node], ">"))  # type: ignore[attr-defined]
    return [
        (vote, [(feature, sign, threshold), *conditions])
        for child, sign in children
        for vote, conditions in leaves(tree, child)
    ]


def aim(value: float, low: float, high: float, grid: float, epsilon: float) -> float:
    """Where a value is put so that it lies in (low, high], epsilon behind the split; NaN if nowhere."""
    if low < value <= high:
        return value
    rising = value <= low
    if grid > 1e6:
        narrow = high - low < 2 * epsilon
        return (low + high) / 2 if narrow else (low + epsilon if rising else high - epsilon)
    steps = [step / grid for step in range(int(grid) + 1) if low < step / grid <= high]
    if not steps:
        return float("nan")
    if rising:
        return next((step for step in steps if step + 1e-6 >= low + epsilon), steps[-1])
    return next((step for step in reversed(steps) if step - 1e-6 <= high - epsilon), steps[0])


def by_hand(task: RecourseTask, person: Tensor, epsilon: float) -> float:
    """Cost of the cheapest accepted tweak: leaf by leaf, condition by condition."""
    grid, feasible = task.encoder.grid.tolist(), task.feasible(person[None])
    best = float("inf")
    for tree in task.classifier.estimator.estimators_:  # type: ignore[attr-defined]
        if tree.predict_proba(person[None].numpy())[0, 1] > task.threshold:
            continue
        for vote, conditions in leaves(tree.tree_):
            low, high = [-float("inf")] * 3, [float("inf")] * 3
            for feature, sign, threshold in conditions:
                if sign == "<=":
                    high[feature] = min(high[feature], threshold)
                else:
                    low[feature] = max(low[feature], threshold)
            aims = [aim(float(person[j]), low[j], high[j], grid[j], epsilon) for j in range(3)]
            point = torch.tensor(aims).clamp(feasible.lower[0], feasible.upper[0])
            inside_leaf = all(low[j] < float(point[j]) <= high[j] for j in range(3))
            if vote > task.threshold and inside_leaf and task.accepts(point[None])[0]:
                best = min(best, float(task.cost(person, point)))
    return best


@pytest.mark.parametrize(("trees", "depth"), [(1, 4), (5, 3)])
@pytest.mark.parametrize("epsilon", [0.02, 0.1])
def test_is_the_cheapest_tweak_of_all(trees: int, depth: int, epsilon: float) -> None:
    task = small_task(trees, depth)
    people = task.x[~task.accepts(task.x)][:40]
    found = recourse(task, people, epsilon=epsilon)
    wanted = torch.tensor([by_hand(task, person, epsilon) for person in people])
    accepted = task.accepts(found.counterfactuals)
    assert torch.equal(accepted, wanted.isfinite())
    assert accepted.float().mean() > 0.8
    cost = task.cost(people, found.counterfactuals)
    assert torch.allclose(cost[accepted], wanted[accepted], atol=1e-5)
    assert not task.feasible(people).violations(found.counterfactuals).any()


def test_a_tweaked_value_is_put_epsilon_inside_and_on_a_step() -> None:
    inf = torch.inf
    boxes = Boxes(
        torch.zeros(4, dtype=torch.int64),
        torch.ones(4),
        torch.tensor([[0.3, 0.3], [-inf, 0.31], [0.5, 0.55], [0.2, 0.41]]),
        torch.tensor([[inf, 0.7], [0.4, inf], [0.55, inf], [0.3, 0.49]]),
    )
    low, high = inside(boxes, torch.tensor([1e9, 10.0], dtype=torch.float64), 0.1)
    # As good as any number: behind the split, or halfway in a narrow box.
    assert torch.allclose(low[[0, 2, 3], 0], torch.tensor([0.4, 0.525, 0.25]))
    assert torch.allclose(high[[1, 2, 3], 0], torch.tensor([0.3, 0.525, 0.25]))
    # Tenths: the nearest at least epsilon inside, else the nearest inside.
    assert torch.allclose(low[:3, 1], torch.tensor([0.4, 0.5, 0.7]))
    assert torch.allclose(high[0, 1], torch.tensor(0.6))
    # No tenth lies between 0.41 and 0.49, so nothing inside is named.
    assert not ((low[3, 1] > 0.41) & (low[3, 1] <= 0.49))


@pytest.mark.parametrize("kind", ["forest", "boosting"])
def test_rules_hold_on_mixed_features(kind: str) -> None:
    case = mixed(kind, 60)
    found = recourse(case.task, case.factuals)
    x = found.counterfactuals
    assert case.task.accepts(x).float().mean() > 0.9
    assert not case.task.feasible(case.factuals).violations(x).any()
    assert [reason == Reason.FOUND for reason in found.reasons] == case.task.accepts(x).tolist()


def test_fewer_attempts_give_the_best_attempt() -> None:
    case = mixed("forest", 60)
    full, short = (recourse(case.task, case.factuals, attempts=count) for count in (4096, 2))
    accepted = case.task.accepts(short.counterfactuals)
    assert accepted.float().mean() < case.task.accepts(full.counterfactuals).float().mean()
    assert torch.equal(full.counterfactuals[accepted], short.counterfactuals[accepted])
    likelier = case.task.probability(short.counterfactuals) >= case.task.probability(case.factuals)
    assert likelier.all()


def test_the_tasks_cost_decides() -> None:
    plain, costly = mixed("forest", 40), weighted("forest", 40)
    x = recourse(plain.task, plain.factuals).counterfactuals
    y = recourse(costly.task, costly.factuals).counterfactuals
    both = plain.task.accepts(x) & plain.task.accepts(y)
    assert (costly.task.cost(costly.factuals, y) <= costly.task.cost(costly.factuals, x) + 1e-5)[both].all()
    assert not torch.equal(x, y)


def test_company_and_blocks_do_not_change_a_persons_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    case = mixed("forest", 30)
    whole = recourse(case.task, case.factuals).counterfactuals
    monkeypatch.setattr(room, "_PEOPLE", 7)
    monkeypatch.setattr(room, "_CELLS", 5000)
    assert torch.equal(recourse(case.task, case.factuals).counterfactuals, whole)
    rows = torch.tensor([20, 3])
    assert torch.equal(recourse(case.task, case.factuals[rows]).counterfactuals, whole[rows])


def test_where_nothing_is_accepted_everybody_gets_an_attempt() -> None:
    case = hopeless("forest", 5)
    found = recourse(case.task, case.factuals)
    assert set(found.reasons) == {Reason.NOT_ACCEPTED}
    assert torch.isfinite(found.counterfactuals).all()


def test_people_already_accepted_stay_as_they_are() -> None:
    case = mixed("forest", 3)
    accepted = case.task.x[case.task.accepts(case.task.x)][:3]
    assert torch.equal(recourse(case.task, accepted).counterfactuals, accepted)


def test_a_network_has_no_trees() -> None:
    task = replace(small_task(1, 2), classifier=mixed("mlp", 1).task.classifier)
    with pytest.raises(RecbenchError, match="cannot be read"):
        FeatureTweak().fit(task, Rng(0))
