"""FACE for all people at once (Poyiadzi et al. 2020, Algorithm 1)."""

from __future__ import annotations

import numpy as np
import torch
from scipy.sparse.csgraph import dijkstra
from torch import Tensor

from recbench.method import Reason, Recourse, RecourseMethod
from recbench.rng import PeopleRng, Rng
from recbench.task import RecourseTask
from recbench_methods.common.targets import Targets
from recbench_methods.face import card
from recbench_methods.face.graph import Neighbours, Weights, join, leads_to
from recbench_methods.face.params import FaceParams

NO_PATH = "no path to a training row that can serve as a target"


class Face(RecourseMethod[FaceParams]):
    """The end point, clearly accepted and in a dense region, that is nearest along a feasible path.

    One search by Dijkstra's algorithm from all end points at once, against the direction of the steps,
    gives every training row its nearest end point. A person is a further node: their recourse is the
    cheapest first step to a neighbour plus that neighbour's way to its end point. Who can reach an end
    point step by step can become it, so what is immutable holds for the path as for its end.
    """

    card = card

    def fit(self, task: RecourseTask, rng: Rng) -> None:
        """Build the graph of the distinct training rows and search it from every end point."""
        super().fit(task, rng)
        p = self.params
        self.progress(0.0, "looking up neighbours")
        self.rows, place = torch.unique(task.x, dim=0, return_inverse=True)
        self.neighbours = Neighbours(task, self.rows, p.distance)
        length, index = self.neighbours.of(self.rows, p.neighbours + 1)
        self.progress(0.5, "weighing edges")
        epsilon = float(np.quantile(length[:, -1], 0.9)) if p.epsilon is None else p.epsilon
        self.weights = Weights.fit(task, p.mode, p.neighbours, epsilon, p.kernels, rng.stream("kernels"))
        self.graph = join(task, self.rows, length, index, self.weights)
        self.progress(0.9, "shortest paths")
        self.targets = np.flatnonzero(self._clear(place) & self._dense(length[:, -1]))
        n = len(self.rows)
        self.remaining, self.nearest = np.full(n, np.inf), np.zeros(n, dtype=np.int32)
        if len(self.targets):
            self.remaining, _, self.nearest = dijkstra(
                self.graph.T.tocsr(), indices=self.targets, min_only=True, return_predecessors=True
            )

    def generate(self, factuals: Tensor, rng: PeopleRng) -> Recourse:
        """Return the nearest end point of each of (n, d) people, NaN for those whom no path leads to one."""
        task = self.task
        total, target = self.distances(factuals)
        found = torch.from_numpy(np.isfinite(total)).to(factuals.device)
        ends = self.rows[torch.from_numpy(target).to(self.rows.device)]
        ends = task.project(ends, factuals).masked_fill(~found[:, None], torch.nan)
        lost = NO_PATH if len(self.targets) else Reason.NO_TARGET
        recourse = Recourse.of(ends, task)
        reasons = [
            reason if ok else lost for reason, ok in zip(recourse.reasons, found.tolist(), strict=True)
        ]
        return Recourse(ends, reasons)

    def distances(self, factuals: Tensor) -> tuple[np.ndarray, np.ndarray]:
        """Return (n,) length of the shortest path to an end point, infinite if there is none, and its row."""
        n = len(factuals)
        if n == 0:
            return np.zeros(0), np.zeros(0, dtype=np.int32)
        length, index = self.neighbours.of(factuals, self.params.neighbours)
        person, row = np.repeat(np.arange(n), index.shape[1]), index.ravel()
        step = np.full(len(row), np.inf)
        useful = np.isfinite(self.remaining[row]) & (length.ravel() <= self.weights.epsilon)
        useful &= leads_to(self.task, factuals, self.rows, person, row)
        step[useful] = self.weights(factuals[person[useful]], self.rows[row[useful]], length.ravel()[useful])
        total = (step + self.remaining[row]).reshape(index.shape)
        first = total.argmin(axis=1)
        people = np.arange(n)
        return total[people, first], np.maximum(self.nearest[index[people, first]], 0)

    def _clear(self, place: Tensor) -> np.ndarray:
        """Return which rows are end points by their h, given the ``place`` (N,) of each training row."""
        task, least = self.task, self.params.prediction
        clear = torch.zeros(len(self.rows), dtype=torch.bool, device=task.device)
        if least is None:
            clear[place[Targets(task, None).training]] = True
        else:
            with torch.no_grad():
                h = task.probability(self.rows)
            clear = (h >= least) & (h > task.threshold)
        which: np.ndarray = clear.cpu().numpy()
        return which

    def _dense(self, farthest: np.ndarray) -> np.ndarray:
        """Return which rows are dense enough, by the distance of the k-th neighbour."""
        dense: np.ndarray = farthest <= np.quantile(farthest, 1 - self.params.density)
        return dense
