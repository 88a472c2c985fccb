"""The graph FACE walks on: training rows, joined to their nearest neighbours by what a step costs.

An edge leads from a to b only if a person like a can become b, so a path respects what cannot change
and what can change in one direction only. Every row keeps at most k edges of its own, so memory is
linear in the number of rows, whatever the density.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from scipy.sparse import coo_array, csr_array
from scipy.special import gammaln
from sklearn.neighbors import KDTree
from torch import Tensor

from recbench.rng import Rng
from recbench.task import TOLERANCE, RecourseTask

_STRETCH = 1e4
"""Distance of one encoded unit of what nobody can change: those who agree in it come first."""

_FREE = 1e-12
"""The least weight of an edge: a sparse matrix would forget one of 0."""

_CELLS = 1_000_000
"""Numbers held at once when edges are looked at (4 MB, which a cache holds)."""

Mode = Literal["knn", "kde", "epsilon"]


class Neighbours:
    """Nearest rows in the distance of the graph, by a k-d tree.

    A k-d tree answers every query on its own, so a person's neighbours do not depend on the batch.
    """

    def __init__(self, task: RecourseTask, rows: Tensor, distance: Literal["l2", "task"]) -> None:
        """Index ``rows`` (N, d)."""
        self._task, self._distance, self._count = task, distance, len(rows)
        metric = "euclidean" if distance == "l2" else "manhattan"
        self._tree = KDTree(self._positions(rows), metric=metric)

    def of(self, rows: Tensor, count: int) -> tuple[np.ndarray, np.ndarray]:
        """Return distance (n, k) and position (n, k) of the ``count`` nearest rows, or of all if fewer."""
        length, index = self._tree.query(self._positions(rows), min(count, self._count))
        return length, index

    def _positions(self, rows: Tensor) -> np.ndarray:
        task = self._task
        fixed = ~task.feasible(task.x).movable.any(dim=0)
        stretched = torch.where(fixed, rows * _STRETCH, rows)
        placed = stretched if self._distance == "l2" else task.cost_space(stretched)
        return placed.cpu().numpy().astype(np.float64)


@dataclass(frozen=True)
class Weights:
    """What an edge costs: its length times -log of the density on the way (the paper's f).

    Densities are the paper's three: a Gaussian kernel estimate at the middle of the edge (``kde``),
    k-nearest-neighbour (``knn``), and that of an epsilon graph. Dijkstra's algorithm needs weights that
    are not negative: a density above 1 counts as 1, and the kernels' constant factor is left out.

    Attributes:
        mode: which density.
        log_scale: log r = log(k / (N * volume of the unit ball)) for ``knn``, log(epsilon ** D) for
            ``epsilon``, in the D features that can change.
        epsilon: longest edge, infinite for ``knn``.
        kernels: (m, d) rows at which kernels sit.
        bandwidth: standard deviation of the kernels.
    """

    mode: Mode
    log_scale: float
    epsilon: float
    kernels: Tensor
    bandwidth: float

    @classmethod
    def fit(cls, task: RecourseTask, mode: Mode, k: int, epsilon: float, kernels: int, rng: Rng) -> Weights:
        """Learn densities from the training rows; ``kernels`` of them, drawn by ``rng``, carry kernels."""
        n = len(task.x)
        d = max(1, int(task.feasible(task.x).movable.any(dim=0).sum()))
        ball = d / 2 * np.log(np.pi) - gammaln(d / 2 + 1)
        scale = np.log(k / n) - ball if mode == "knn" else d * np.log(epsilon)
        drawn = torch.randperm(n, generator=rng.torch())[:kernels].to(task.device)
        # Scott's rule, with the mean spread of the features that vary.
        spread = task.x.std(dim=0)
        varying = spread[spread > 0]
        bandwidth = float(varying.mean()) * n ** (-1 / (d + 4)) if len(varying) else 1.0
        limit = np.inf if mode == "knn" else epsilon
        return cls(mode, float(scale), float(limit), task.x[drawn], bandwidth)

    def __call__(self, start: Tensor, end: Tensor, length: np.ndarray) -> np.ndarray:
        """Return (m,) weights of edges between (m, d) rows, none of them longer than epsilon."""
        if self.mode == "kde":
            log_density = self._log_kernel_density((start + end) / 2)
        else:
            log_density = self.log_scale - np.log(np.maximum(length, _FREE))
        weight: np.ndarray = np.maximum(np.maximum(-log_density, 0.0) * length, _FREE)
        return weight

    def _log_kernel_density(self, points: Tensor) -> np.ndarray:
        log_density = torch.empty(len(points), device=points.device)
        size = max(1, _CELLS // len(self.kernels))
        for block, out in zip(points.split(size), log_density.split(size), strict=True):
            exponent = torch.cdist(block, self.kernels).square_().div_(-2 * self.bandwidth**2)
            out.copy_(exponent.logsumexp(dim=1))
        relative: np.ndarray = log_density.cpu().numpy().astype(np.float64) - np.log(len(self.kernels))
        return relative


def join(
    task: RecourseTask, rows: Tensor, length: np.ndarray, index: np.ndarray, weights: Weights
) -> csr_array:
    """Return the (N, N) weights of the steps between ``rows``: column b of row a is the step from a to b.

    Two rows are joined if either is among the other's neighbours.

    Args:
        task: says who can become whom.
        rows: (N, d).
        length: (N, k) distance of the neighbours.
        index: (N, k) their positions.
        weights: of the edges.
    """
    n, k = index.shape
    start, end, length = np.repeat(np.arange(n), k), index.ravel(), length.ravel()
    other = (start != end) & (length <= weights.epsilon)
    start, end, length = start[other], end[other], length[other]
    there, back = leads_to(task, rows, rows, start, end), leads_to(task, rows, rows, end, start)
    useful = there | back
    start, end, there, back = start[useful], end[useful], there[useful], back[useful]
    weight = weights(rows[start], rows[end], length[useful])
    forth = coo_array((weight[there], (start[there], end[there])), shape=(n, n)).tocsr()
    home = coo_array((weight[back], (end[back], start[back])), shape=(n, n)).tocsr()
    both: csr_array = forth.maximum(home)
    return both


def leads_to(
    task: RecourseTask, people: Tensor, rows: Tensor, start: np.ndarray, end: np.ndarray
) -> np.ndarray:
    """Return (m,) whether the person ``people[start]`` can become ``rows[end]``."""
    feasible = task.feasible(people)
    parts = []
    size = max(1, _CELLS // rows.shape[1])
    for first in range(0, len(start), size):
        a, b = start[first : first + size], rows[end[first : first + size]]
        inside = (b >= feasible.lower[a] - TOLERANCE) & (b <= feasible.upper[a] + TOLERANCE)
        parts.append(inside.all(dim=1).cpu().numpy())
    return np.concatenate(parts) if parts else np.zeros(0, dtype=bool)
