"""Plausibility by local density: what a method may know of it, from training rows alone.

LOF with novelty detection (Breunig et al. 2000, "LOF: identifying density-based local outliers"),
exact and batched. The judge's LOF is another one, fitted on other rows, which no method sees.
"""

from __future__ import annotations

import torch
from torch import Tensor

OUTLIER = 1.5
"""Factor above which a row counts as an outlier (the customary threshold, also scikit-learn's)."""

_CELLS = 4_000_000
"""Distances held at once (16 MB)."""


class LocalDensity:
    """LOF of new rows against ``rows``.

    Args:
        rows: (N, d) encoded rows that count as plausible, N > k.
        k: neighbours.
    """

    def __init__(self, rows: Tensor, k: int) -> None:
        self.rows = rows
        self.k = k
        self._norms = rows.square().sum(dim=1)
        distance, index = self._neighbours(rows, own=True)
        self._reach = distance[:, -1]
        self._density = self._local_density(distance, index)

    def factor(self, x: Tensor) -> Tensor:
        """Return (...,) the local outlier factor of ``x`` (..., d): about 1 inside, larger outside."""
        flat = x.reshape(-1, x.shape[-1])
        distance, index = self._neighbours(flat)
        factor = self._density[index].mean(dim=1) / self._local_density(distance, index)
        return factor.reshape(x.shape[:-1])

    def _local_density(self, distance: Tensor, index: Tensor) -> Tensor:
        reach = torch.maximum(distance, self._reach[index])
        return 1.0 / (reach.mean(dim=1) + 1e-10)

    def _neighbours(self, x: Tensor, own: bool = False) -> tuple[Tensor, Tensor]:
        """Return (n, k) distance ascending and (n, k) row of the nearest rows, without itself if ``own``."""
        parts = [self._nearest(part, first if own else None) for first, part in self._chunks(x)]
        if not parts:
            return x.new_empty((0, self.k)), torch.empty((0, self.k), dtype=torch.int64, device=x.device)
        distances, indices = zip(*parts, strict=True)
        return torch.cat(distances), torch.cat(indices)

    def _chunks(self, x: Tensor) -> list[tuple[int, Tensor]]:
        size = max(1, _CELLS // len(self.rows))
        return [(first, x[first : first + size]) for first in range(0, len(x), size)]

    def _nearest(self, x: Tensor, first: int | None) -> tuple[Tensor, Tensor]:
        # A matrix product finds more candidates than needed; only their distances are taken exactly,
        # because the product cannot tell a duplicate from a near one.
        near = torch.addmm(self._norms, x, self.rows.T, alpha=-2)
        if first is not None:
            near[torch.arange(len(x)), torch.arange(first, first + len(x))] = torch.inf
        index = near.topk(
            min(3 * self.k, len(self.rows) - (first is not None)), largest=False, sorted=False
        ).indices
        exact = (x[:, None, :] - self.rows[index]).square().sum(dim=2).sqrt()
        distance, place = exact.topk(self.k, largest=False, sorted=True)
        return distance, index.gather(1, place)
