"""Nearest rows: exact, by a k-d tree where there are few features, else by a matrix product."""

from __future__ import annotations

import torch
from scipy.spatial import cKDTree
from torch import Tensor

from recbench_methods.common.blocks import blocks

_TREE = 16
"""Most features for which a k-d tree is the faster of the two."""

_LEAF = 32
"""Rows in a leaf of the tree."""

_CACHED = 32
"""A block of products that stays in the processor's cache is this much smaller than one that fits memory."""


class Neighbours:
    """The nearest of ``rows`` to other rows, by Euclidean distance.

    Args:
        rows: (N, d), where neighbours are sought.
        count: m, neighbours of each row; fewer if there are fewer rows.
    """

    def __init__(self, rows: Tensor, count: int) -> None:
        self.rows, self._count = rows, min(count, len(rows))
        self._norms = rows.square().sum(dim=1)
        few = rows.shape[1] <= _TREE and rows.device.type == "cpu"
        self._tree = cKDTree(rows.double().numpy(), leafsize=_LEAF) if few else None

    def nearest(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return (n, m) distance ascending and (n, m) int64 position of the nearest rows to ``x`` (n, d)."""
        if self._tree is not None:
            distance, index = self._tree.query(x.double().numpy(), k=range(1, self._count + 1))
            return torch.from_numpy(distance).to(x.dtype), torch.from_numpy(index)
        # A matrix product rounds a row by the size of its block, and topk needs as much memory again.
        parts = [self._by_product(part) for part in blocks(x, 2 * _CACHED * len(self.rows))]
        distances, indices = zip(*parts, strict=True)
        return torch.cat(distances), torch.cat(indices)

    def _by_product(self, x: Tensor) -> tuple[Tensor, Tensor]:
        # The product finds more candidates than needed; only their distances are taken exactly.
        near = torch.addmm(self._norms, x, self.rows.T, alpha=-2)
        index = near.topk(min(3 * self._count, len(self.rows)), largest=False, sorted=False).indices
        exact = (x[:, None, :] - self.rows[index]).square().sum(dim=2).sqrt()
        distance, place = exact.topk(self._count, largest=False, sorted=True)
        return distance, index.gather(1, place)


def distinct(x: Tensor) -> tuple[Tensor, Tensor]:
    """Return the distinct rows (m, d) of ``x`` (n, d), and where each row of ``x`` is among them (n,).

    Rows are told apart by a random projection, which takes a tenth of the time of sorting them; where
    two different ones should have the same, they are sorted.
    """
    generator = torch.Generator(device=x.device).manual_seed(0)
    along = torch.rand(x.shape[1], dtype=torch.float64, device=x.device, generator=generator)
    inverse: Tensor
    values, inverse = torch.unique(x.double() @ along, return_inverse=True)
    first = torch.empty(len(values), dtype=torch.int64, device=x.device)
    first[inverse] = torch.arange(len(x), device=x.device)
    rows = x[first]
    if bool((rows[inverse] != x).any()):
        rows, inverse = torch.unique(x, dim=0, return_inverse=True)
    return rows, inverse
