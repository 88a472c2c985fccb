"""Trees with sigmoids for splits: what makes an ensemble differentiable (Lucic et al. 2022)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from recbench_methods.common.trees import Trees


@dataclass(frozen=True)
class Level:
    """The nodes of all trees at one depth, in some order.

    Attributes:
        value: (K,) vote of each node, as it stands where the node does not split.
        splits: (S,) positions of the nodes that split; their left children come first in the next
            level, then their right children, both in this order.
        rows: where these S splits stand among the splits of all levels.
    """

    value: Tensor
    splits: Tensor
    rows: slice


@dataclass(frozen=True)
class SoftTrees:
    """A differentiable stand-in for :class:`Trees`.

    A split sends a share sigmoid(sigma * (threshold - x)) of a person to the left and the rest to the
    right; a tree's vote is the mean of its leaves' votes, weighted with the share that arrives.

    Attributes:
        levels: from the roots down.
        selects: (S, d) one-hot, the feature of each split.
        thresholds: (S, 1) float32.
    """

    levels: tuple[Level, ...]
    selects: Tensor
    thresholds: Tensor

    @classmethod
    def of(cls, trees: Trees, d: int, depth: int) -> SoftTrees:
        """Soften the first ``depth`` levels of trees over ``d`` features.

        A node below them stands for all of its leaves, with the mean vote of its training rows.
        """
        leaf, nodes = trees.leaf, trees.roots
        levels, splitting, start = [], [], 0
        for level in range(depth + 1):
            inner = ~leaf[nodes]
            splits = inner.nonzero().squeeze(1) if level < depth else inner.new_zeros(0, dtype=torch.int64)
            levels.append(Level(trees.value[nodes], splits, slice(start, start + len(splits))))
            start += len(splits)
            parents = nodes[splits]
            splitting.append(parents)
            if len(splits) == 0:
                break
            nodes = torch.cat([trees.left[parents], trees.right[parents]])
        parents = torch.cat(splitting)
        # Choosing columns by a product is exact, and its gradient is a product as well: far quicker than
        # adding up a gradient per split.
        selects = torch.nn.functional.one_hot(trees.feature[parents], d).to(torch.float32)
        return cls(tuple(levels), selects, trees.threshold[parents][:, None])

    def votes(self, x: Tensor, sigma: float) -> Tensor:
        """Return (n, T) votes for encoded rows (n, d), differentiable in ``x``."""
        left_share = torch.sigmoid(sigma * (self.thresholds - self.selects @ x.T))
        below = self.levels[-1].value[:, None].expand(-1, len(x))
        for level in reversed(self.levels[:-1]):
            count = len(level.splits)
            mixed = torch.lerp(below[count:], below[:count], left_share[level.rows])
            below = level.value[:, None].repeat(1, len(x)).index_copy(0, level.splits, mixed)
        return below.T
