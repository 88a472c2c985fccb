from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.ensemble import (
    AdaBoostClassifier,
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    RandomForestClassifier,
)
from torch import Tensor

from recbench.classifiers.base import EstimatorClassifier
from recbench.conformance.tasks import mixed
from recbench.errors import RecbenchError
from recbench.rng import Rng
from recbench_methods.common.trees import Trees
from recbench_methods.focus.soft_trees import SoftTrees

CPU = torch.device("cpu")


def points(count: int, seed: int = 0) -> Tensor:
    return torch.rand(count, 4, generator=Rng(seed).torch())


def fitted(estimator: object) -> EstimatorClassifier:
    x = points(400)
    y = (x[:, 0] + x[:, 1] * x[:, 2] > 0.8).long()
    return EstimatorClassifier(estimator.fit(x.numpy(), y.numpy()), "forest")  # type: ignore[attr-defined]


ENSEMBLES = {
    "forest": lambda: fitted(RandomForestClassifier(15, min_samples_leaf=3, random_state=0)),
    "extra": lambda: fitted(ExtraTreesClassifier(10, random_state=0)),
    "boosting": lambda: fitted(GradientBoostingClassifier(n_estimators=20, random_state=0)),
    "stump": lambda: fitted(RandomForestClassifier(3, max_depth=1, random_state=0)),
}


@pytest.mark.parametrize("name", ENSEMBLES)
def test_votes_combine_to_the_probability_of_the_estimator(name: str) -> None:
    classifier = ENSEMBLES[name]()
    trees, x = Trees.of(classifier, CPU), points(500, seed=1)
    # Points exactly on a split go left in scikit-learn, too.
    splits = trees.threshold[trees.threshold.isfinite()]
    x[: len(splits), 0] = splits[:500]
    assert torch.allclose(trees.combined(trees.votes(x)), classifier.probability(x), atol=1e-6)


@pytest.mark.parametrize("kind", ["forest", "boosting"])
def test_the_classifiers_of_recbench_can_be_read(kind: str) -> None:
    case = mixed(kind, 50)
    trees = Trees.of(case.task.classifier, CPU)
    x = case.task.x
    assert torch.allclose(trees.combined(trees.votes(x)), case.task.probability(x), atol=1e-6)


@pytest.mark.parametrize("name", ENSEMBLES)
def test_every_point_lies_in_one_box_per_tree_and_has_its_vote(name: str) -> None:
    trees, x = Trees.of(ENSEMBLES[name](), CPU), points(200, seed=2)
    boxes = trees.boxes(4)
    assert len(boxes.vote) == int(trees.leaf.sum())
    inside = ((x[:, None] > boxes.lower) & (x[:, None] <= boxes.upper)).all(dim=2)
    votes = torch.zeros(200, len(trees.roots))
    for tree in range(len(trees.roots)):
        mine = inside & (boxes.tree == tree)
        assert (mine.sum(dim=1) == 1).all()
        votes[:, tree] = boxes.vote[mine.int().argmax(dim=1)]
    assert torch.equal(votes, trees.votes(x))


def test_a_positive_vote_is_above_the_threshold_or_adds_to_the_odds() -> None:
    votes = torch.tensor([-0.2, 0.3, 0.6])
    forest, boosting = (Trees.of(ENSEMBLES[name](), CPU) for name in ("forest", "boosting"))
    assert forest.positive(votes, 0.5).tolist() == [False, False, True]
    assert boosting.positive(votes, 0.5).tolist() == [False, True, True]


def test_other_classifiers_are_refused() -> None:
    with pytest.raises(RecbenchError, match="AdaBoostClassifier"):
        Trees.of(fitted(AdaBoostClassifier(random_state=0)), CPU)
    with pytest.raises(RecbenchError, match="mlp"):
        Trees.of(mixed("mlp", 1).task.classifier, CPU)
    start = RandomForestClassifier(5, random_state=0)
    with pytest.raises(RecbenchError, match="another estimator"):
        Trees.of(fitted(GradientBoostingClassifier(n_estimators=3, init=start)), CPU)


@pytest.mark.parametrize("name", ENSEMBLES)
def test_steep_soft_trees_are_the_trees(name: str) -> None:
    trees, x = Trees.of(ENSEMBLES[name](), CPU), points(300, seed=3)
    soft = SoftTrees.of(trees, 4, trees.depth)
    away = (x[:, trees.feature[~trees.leaf]] - trees.threshold[~trees.leaf]).abs().min(dim=1).values > 1e-4
    assert away.float().mean() > 0.5
    assert torch.allclose(soft.votes(x, 1e6)[away], trees.votes(x)[away], atol=1e-5)


def test_cut_off_soft_trees_say_the_mean_of_what_is_below() -> None:
    classifier = ENSEMBLES["forest"]()
    trees = Trees.of(classifier, CPU)
    none = SoftTrees.of(trees, 4, 0)
    assert torch.equal(none.votes(points(3), 5.0), trees.value[trees.roots].expand(3, -1))
    stump = SoftTrees.of(trees, 4, 1).votes(points(50), 1e6)
    for tree, root in enumerate(trees.roots.tolist()):
        left = points(50)[:, trees.feature[root]] <= trees.threshold[root]
        child = torch.where(left, trees.left[root], trees.right[root])
        assert torch.allclose(stump[:, tree], trees.value[child], atol=1e-5)


def test_gradients_of_soft_trees_are_right() -> None:
    soft = SoftTrees.of(Trees.of(ENSEMBLES["forest"](), CPU), 4, 5)
    wide = SoftTrees(
        tuple(type(level)(level.value.double(), level.splits, level.rows) for level in soft.levels),
        soft.selects.double(),
        soft.thresholds.double(),
    )
    x = points(3, seed=4).double().requires_grad_()
    assert torch.autograd.gradcheck(lambda z: wide.votes(z, 10.0), (x,))


def test_shares_of_the_target_class_are_those_of_weighted_rows() -> None:
    x, y = points(200).numpy(), np.arange(200) % 2
    forest = RandomForestClassifier(4, random_state=0).fit(x, y, sample_weight=1 + y)
    trees = Trees.of(EstimatorClassifier(forest, "forest"), CPU)
    assert ((trees.value >= 0) & (trees.value <= 1)).all()
    assert torch.allclose(
        trees.combined(trees.votes(torch.from_numpy(x))),
        torch.from_numpy(forest.predict_proba(x)[:, 1]).float(),
        atol=1e-6,
    )
