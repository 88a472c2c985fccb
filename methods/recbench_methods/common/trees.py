"""Tree ensembles as tensors: nodes, votes, and the boxes that leaves stand for.

What methods that look inside a classifier of kind ``forest`` or ``boosting`` share. scikit-learn
compares float32 values with float64 thresholds; thresholds are rounded down to float32 here, which
leaves every comparison as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from recbench.classifiers.base import Classifier, EstimatorClassifier
from recbench.errors import RecbenchError

if TYPE_CHECKING:
    from sklearn.ensemble import ExtraTreesClassifier, GradientBoostingClassifier, RandomForestClassifier
    from sklearn.tree._tree import Tree


@dataclass(frozen=True)
class Boxes:
    """What part of the space each of L leaves is: ``lower < x <= upper`` in every feature.

    Attributes:
        tree: (L,) int64, the leaf's tree.
        vote: (L,) float32, what the tree says there.
        lower: (L, d) float32, -inf where nothing bounds it.
        upper: (L, d) float32, inf where nothing bounds it.
    """

    tree: Tensor
    vote: Tensor
    lower: Tensor
    upper: Tensor

    def of(self, rows: Tensor) -> Boxes:
        """Return some of the boxes (index or mask)."""
        return Boxes(self.tree[rows], self.vote[rows], self.lower[rows], self.upper[rows])


@dataclass(frozen=True)
class Trees:
    """The M nodes of T binary trees and how their votes combine to P(target class | x).

    Attributes:
        feature: (M,) int64, the feature a node splits on; 0 in a leaf.
        threshold: (M,) float32, ``x <= threshold`` goes left; inf in a leaf.
        left: (M,) int64, the left child; a leaf is its own.
        right: (M,) int64, the right child; a leaf is its own.
        value: (M,) float32, the vote of the rows in a node: their share of the target class, or, where
            ``additive``, what the tree adds to its log-odds.
        roots: (T,) int64.
        depth: edges on the longest path.
        additive: whether votes are added up (boosting) or averaged (forest).
        offset: log-odds before the first tree, if additive.
    """

    feature: Tensor
    threshold: Tensor
    left: Tensor
    right: Tensor
    value: Tensor
    roots: Tensor
    depth: int
    additive: bool
    offset: float

    @classmethod
    def of(cls, classifier: Classifier, device: torch.device) -> Trees:
        """Read the trees of a scikit-learn random forest, extra trees or gradient boosting.

        Raises:
            RecbenchError: it is something else.
        """
        estimator = getattr(classifier, "estimator", None)
        kind = type(estimator).__name__
        if not isinstance(classifier, EstimatorClassifier) or kind not in _READERS:
            said = classifier.kind if estimator is None else kind
            raise RecbenchError(
                f"the trees of the classifier {said!r} cannot be read.", f"Known: {', '.join(_READERS)}."
            )
        read = _READERS[kind](estimator)
        starts = np.cumsum([0] + [tree.node_count for tree in read.trees])[:-1]
        parts: dict[str, list[np.ndarray]] = {name: [] for name in ("feature", "threshold", "left", "right")}
        for tree, start in zip(read.trees, starts, strict=True):
            leaf, own = tree.children_left < 0, np.arange(tree.node_count)
            parts["feature"].append(np.where(leaf, 0, tree.feature))
            parts["threshold"].append(np.where(leaf, np.inf, _round_down(tree.threshold)))
            parts["left"].append(start + np.where(leaf, own, tree.children_left))
            parts["right"].append(start + np.where(leaf, own, tree.children_right))

        def joined(name: str, dtype: torch.dtype) -> Tensor:
            return torch.from_numpy(np.concatenate(parts[name])).to(device, dtype)

        return cls(
            joined("feature", torch.int64),
            joined("threshold", torch.float32),
            joined("left", torch.int64),
            joined("right", torch.int64),
            torch.from_numpy(np.concatenate(read.values)).to(device, torch.float32),
            torch.from_numpy(starts).to(device, torch.int64),
            max(int(tree.max_depth) for tree in read.trees),
            read.additive,
            read.offset,
        )

    @property
    def leaf(self) -> Tensor:
        """(M,) whether a node is a leaf."""
        return self.left == torch.arange(len(self.left), device=self.left.device)

    def votes(self, x: Tensor) -> Tensor:
        """Return (n, T) what each tree says of encoded rows (n, d)."""
        node = self.roots.expand(len(x), -1)
        for level in range(self.depth):
            if level % 8 == 7 and bool((self.threshold[node] == torch.inf).all()):
                break
            below = x.gather(1, self.feature[node]) <= self.threshold[node]
            node = torch.where(below, self.left[node], self.right[node])
        return self.value[node]

    def combined(self, votes: Tensor) -> Tensor:
        """Return (...,) P(target class) for votes (..., T); differentiable."""
        if self.additive:
            return torch.sigmoid(votes.sum(dim=-1) + self.offset)
        return votes.mean(dim=-1)

    def positive(self, votes: Tensor, threshold: float) -> Tensor:
        """Return whether a vote alone speaks for the target class, accepted above ``threshold``."""
        return votes > (0.0 if self.additive else threshold)

    def boxes(self, d: int) -> Boxes:
        """Return the boxes of all leaves, in ``d`` features."""
        nodes, device = len(self.feature), self.feature.device
        lower = torch.full((nodes, d), -torch.inf, device=device)
        upper = torch.full((nodes, d), torch.inf, device=device)
        tree = torch.zeros(nodes, dtype=torch.int64, device=device)
        tree[self.roots] = torch.arange(len(self.roots), device=device)
        level = self.roots
        while len(level := level[~self.leaf[level]]):
            left, right = self.left[level], self.right[level]
            feature, threshold = self.feature[level][:, None], self.threshold[level][:, None]
            for child in (left, right):
                lower[child], upper[child], tree[child] = lower[level], upper[level], tree[level]
            # A split lies inside its node's box, so it only ever makes the box smaller.
            upper[left] = upper[left].scatter(1, feature, threshold)
            lower[right] = lower[right].scatter(1, feature, threshold)
            level = torch.cat([left, right])
        leaf = self.leaf
        return Boxes(tree[leaf], self.value[leaf], lower[leaf], upper[leaf])


@dataclass(frozen=True)
class _Read:
    """The trees of an estimator, the votes of their nodes, and how these combine; see :class:`Trees`."""

    trees: list[Tree]
    values: list[np.ndarray]
    additive: bool
    offset: float


def _read_forest(estimator: RandomForestClassifier | ExtraTreesClassifier) -> _Read:
    column = list(estimator.classes_).index(1)
    trees = [tree.tree_ for tree in estimator.estimators_]
    values = [tree.value[:, 0, column] / tree.value[:, 0].sum(axis=1) for tree in trees]
    return _Read(trees, values, False, 0.0)


def _read_boosting(estimator: GradientBoostingClassifier) -> _Read:
    if estimator.init is not None:
        raise RecbenchError("gradient boosting that starts from another estimator cannot be read.")
    sign = 1.0 if list(estimator.classes_).index(1) == 1 else -1.0
    regressors = estimator.estimators_[:, 0]
    trees = [tree.tree_ for tree in regressors]
    values = [sign * estimator.learning_rate * tree.value[:, 0, 0] for tree in trees]
    # The log-odds before the first tree are the same everywhere: whatever the trees do not explain.
    anywhere = np.zeros((1, estimator.n_features_in_), dtype=np.float32)
    added = sum(float(tree.predict(anywhere)[0]) for tree in regressors) * estimator.learning_rate
    return _Read(trees, values, True, sign * (float(estimator.decision_function(anywhere)[0]) - added))


_READERS = {
    "RandomForestClassifier": _read_forest,
    "ExtraTreesClassifier": _read_forest,
    "GradientBoostingClassifier": _read_boosting,
}


def _round_down(threshold: np.ndarray) -> np.ndarray:
    """Return the largest float32 values that are not above ``threshold`` (float64)."""
    single = threshold.astype(np.float32)
    down: np.ndarray = np.where(single > threshold, np.nextafter(single, np.float32(-np.inf)), single)
    return down
