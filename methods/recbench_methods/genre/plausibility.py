"""Plausibility by local density: what a method may know of it, from training rows alone.

LOF with novelty detection (Breunig et al. 2000, "LOF: identifying density-based local outliers"),
exact and batched. The judge's LOF is another one, fitted on other rows, which no method sees.

Copies of a row make local density jump: with more than k of them it is infinite, and whoever stands
beside them is an outlier. Other rows of the same people have other numbers of copies, so plausibility
is asked in several worlds: the rows as they are, and the rows with further copies as they would come.
"""

from __future__ import annotations

import torch
from torch import Tensor

from recbench.rng import Rng
from recbench_methods.genre.neighbours import Neighbours

OUTLIER = 1.5
"""Factor above which a row counts as an outlier (the customary threshold, also scikit-learn's)."""

FURTHER = 1 / 3
"""Rows that others may have beside the training rows, per training row."""


class LocalDensity:
    """LOF of new rows against ``rows``.

    Args:
        rows: (N, d) encoded rows that count as plausible, N > k.
        k: neighbours.
        worlds: how many; the first has the rows as they are. Without copies there is one.
        rng: of the further copies.
    """

    def __init__(self, rows: Tensor, k: int, worlds: int, rng: Rng) -> None:
        self.k, self.worlds = k, worlds
        # Each distinct row stands for all its copies.
        self.rows, counts = torch.unique(rows, dim=0, return_counts=True)
        self._neighbours = Neighbours(self.rows, k + 1)
        self._copies = _copies(counts, worlds, rng)
        distance, index = self._neighbours.nearest(self.rows)
        itself = index == torch.arange(len(index), device=rows.device)[:, None]
        taken = self._taken(self._copies[:, index] - itself.to(counts.dtype))
        self._reach = (distance * (taken > 0)).amax(dim=2)
        self._density = self._local_density(distance, index, taken)
        self._varies = _varies(self._copies) | _varies(self._reach) | _varies(self._density)

    def factor(self, x: Tensor) -> Tensor:
        """Return (W, ...) the local outlier factor of ``x`` (..., d) in each world: about 1 inside."""
        flat = x.reshape(-1, x.shape[-1])
        distance, index = self._neighbours.nearest(flat)
        factor = self._factor(distance, index, 1).repeat(len(self._copies), 1)
        # Most rows of most data sets have neighbours that are alike in every world.
        differs = self._varies[index].any(dim=1)
        factor[:, differs] = self._factor(distance[differs], index[differs], len(factor))
        return factor.reshape(len(factor), *x.shape[:-1])

    def _factor(self, distance: Tensor, index: Tensor, worlds: int) -> Tensor:
        """Return (w, n) factors in the first ``worlds``, given the neighbours' distance and index (n, m)."""
        taken = self._taken(self._copies[:worlds, index])
        around = (taken * self._density[:worlds, index]).sum(dim=2) / taken.sum(dim=2)
        return around / self._local_density(distance, index, taken)

    def _taken(self, copies: Tensor) -> Tensor:
        """Return how many of the ``copies`` (W, n, m) of ascending neighbours are among the nearest k."""
        nearer = copies.cumsum(dim=2) - copies
        return torch.minimum((self.k - nearer).clamp(min=0), copies)

    def _local_density(self, distance: Tensor, index: Tensor, taken: Tensor) -> Tensor:
        reach = torch.maximum(distance, self._reach[: len(taken), index])
        return 1.0 / ((taken * reach).sum(dim=2) / taken.sum(dim=2) + 1e-10)


def _varies(of_worlds: Tensor) -> Tensor:
    """Return (D,) whether the (W, D) values differ between worlds."""
    return (of_worlds != of_worlds[:1]).any(dim=0)


def _copies(counts: Tensor, worlds: int, rng: Rng) -> Tensor:
    """Return (W, D) copies of each distinct row in each world.

    A row seen c times is expected (c - 1) times as often again: what was seen once is seldom seen twice
    (absolute discounting, as in language models).
    """
    if int(counts.max()) == 1:
        return counts[None]
    rate = (FURTHER * (counts - 1)).to(torch.float32).expand(worlds - 1, -1).contiguous()
    further = torch.poisson(rate, generator=rng.torch(counts.device))
    return torch.cat([counts[None], counts + further.to(counts.dtype)])
