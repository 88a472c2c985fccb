"""A calibrated forest in few bytes, which answers to the last bit as scikit-learn's does.

The gold forest of a large table has millions of nodes, and scikit-learn keeps 80 bytes of each; every worker
that scores would hold them. Of these, 10 bytes say where a row goes and what it is told there. A tree is made
of them when rows are asked about, one at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.isotonic import IsotonicRegression
    from sklearn.tree._tree import Tree

_SMALL = 500_000
"""Up to so many nodes the trees are kept (40 MB), because making them takes longer than asking them."""


@dataclass
class CompactForest:
    """The forests of all folds, their trees one after another, nodes in depth-first order.

    A node's left child follows it. Leaves have no feature, threshold and right child, inner nodes no share.

    Attributes:
        columns: d, features of a row.
        calibrators: isotonic, one for each fold.
        trees: (F,) int64, trees of each fold.
        sizes: (T,) int64, nodes of each tree.
        leaf: (N,) bool, which nodes are leaves.
        feature: (I,) int32, the column that an inner node asks for.
        threshold: (I,) float32, a row goes left if its value is at most this.
        right: (I,) int32, the right child, counted from the tree's first node.
        share: (L,) float64, P(favourable) in a leaf.
    """

    columns: int
    calibrators: list[IsotonicRegression]
    trees: np.ndarray
    sizes: np.ndarray
    leaf: np.ndarray
    feature: np.ndarray
    threshold: np.ndarray
    right: np.ndarray
    share: np.ndarray

    def __post_init__(self) -> None:
        """Refuse nodes that lead astray: scikit-learn follows them without looking.

        Raises:
            ValueError: a node leads out of its tree or back, or asks for a column that is not there.
        """
        inner = np.flatnonzero(~self.leaf)
        fits = (
            len(self.calibrators) == len(self.trees)
            and self.trees.sum() == len(self.sizes)
            and self.sizes.sum() == len(self.leaf)
            and len(inner) == len(self.feature) == len(self.threshold) == len(self.right)
            and len(self.share) == len(self.leaf) - len(inner)
        )
        ends = self.sizes.cumsum()
        tree = np.searchsorted(ends, inner, side="right") if fits else inner
        if (
            not fits
            or (self.right <= inner - (ends - self.sizes)[tree] + 1).any()
            or (self.right >= self.sizes[tree]).any()
            or (self.feature < 0).any()
            or (self.feature >= self.columns).any()
        ):
            raise ValueError("a forest whose nodes lead astray")
        self._kept = list(self._made()) if len(self.leaf) <= _SMALL else None

    @classmethod
    def of(cls, model: CalibratedClassifierCV) -> CompactForest:
        """Return a fitted ``CalibratedClassifierCV`` of forests on the labels 0 and 1 in few bytes."""
        folds = model.calibrated_classifiers_
        trees = [tree.tree_ for fold in folds for tree in fold.estimator.estimators_]
        left, right, feature, threshold = (
            np.concatenate([getattr(tree, name) for tree in trees])
            for name in ("children_left", "children_right", "feature", "threshold")
        )
        leaf = left == -1
        sizes = np.array([tree.node_count for tree in trees])
        place = np.concatenate([np.arange(size) for size in sizes])
        assert (left[~leaf] == place[~leaf] + 1).all(), "scikit-learn grows trees depth first"
        share = np.concatenate([tree.value[:, 0, 1] for tree in trees])
        return cls(
            model.n_features_in_,
            [fold.calibrators[0] for fold in folds],
            np.array([len(fold.estimator.estimators_) for fold in folds]),
            sizes,
            leaf,
            feature[~leaf].astype(np.int32),
            _below(threshold[~leaf]),
            right[~leaf].astype(np.int32),
            share[leaf],
        )

    def parts(self) -> dict[str, Any]:
        """Return what the forest is made of, by name."""
        return {name: value for name, value in vars(self).items() if name != "_kept"}

    def probability(self, x: np.ndarray, threads: int = 1) -> np.ndarray:
        """Return (n,) float64 P(favourable | row) of (n, d) float32 rows, whatever the number of threads."""
        ends = self.trees.cumsum()
        with ThreadPoolExecutor(threads) as pool:
            shares = pool.map(lambda first, last: self._share(x, first, last), ends - self.trees, ends)
            said = [one.predict(share) for one, share in zip(self.calibrators, shares, strict=True)]
        total = np.zeros(len(x))
        for fold in said:
            total += fold
        mean: np.ndarray = total / len(said)
        return mean

    def _share(self, x: np.ndarray, first: int, last: int) -> np.ndarray:
        """Return (n,) the mean of what the trees ``first`` to ``last`` - 1 say."""
        total = np.zeros(len(x))
        for tree in self._made(first, last) if self._kept is None else self._kept[first:last]:
            total += tree.predict(x)[:, 1]
        return total / (last - first)

    def _made(self, first: int = 0, last: int | None = None) -> Iterator[Tree]:
        from sklearn.tree._tree import NODE_DTYPE, Tree

        node = int(self.sizes[:first].sum())
        inner = int((~self.leaf[:node]).sum())
        for size in self.sizes[first:last].tolist():
            leaf = self.leaf[node : node + size]
            place = np.flatnonzero(~leaf)
            mine = slice(inner, inner + len(place))
            nodes = np.zeros(size, dtype=NODE_DTYPE)
            nodes["left_child"] = nodes["right_child"] = -1
            nodes["left_child"][place] = place + 1
            nodes["right_child"][place] = self.right[mine]
            nodes["feature"][place] = self.feature[mine]
            nodes["threshold"][place] = self.threshold[mine]
            values = np.zeros((size, 1, 2))
            values[leaf, 0, 1] = self.share[node - inner : node - inner + size - len(place)]
            tree = Tree(self.columns, np.array([2], dtype=np.intp), 1)
            tree.__setstate__({"max_depth": 0, "node_count": size, "nodes": nodes, "values": values})
            yield tree
            node, inner = node + size, mine.stop


def _below(threshold: np.ndarray) -> np.ndarray:
    """Return the largest float32 not above each: float32 values stand on the same side of both."""
    near = threshold.astype(np.float32)
    return np.where(near > threshold, np.nextafter(near, np.float32(-np.inf)), near)
