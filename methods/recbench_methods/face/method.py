"""FACE for all people at once (Poyiadzi et al. 2020, Algorithm 1)."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
import torch
from pydantic import Field
from scipy.sparse.csgraph import dijkstra
from torch import Tensor

from recbench.method import Params, Reason, Recourse, RecourseMethod
from recbench.rng import PeopleRng, Rng
from recbench.task import RecourseTask
from recbench_methods.common.targets import Targets
from recbench_methods.face import card
from recbench_methods.face.graph import Neighbours, Weights, join, leads_to

NO_PATH = "no path to a training row that can serve as a target"


class FaceParams(Params):
    """k is CARLA's, t_d that of the paper's synthetic examples; the paper leaves d open.

    In those examples t_p is 0.75. Here end points are by default what may serve as a target for any method
    (:mod:`recbench_methods.common.targets`): h need not be calibrated, and may never reach a fixed t_p.
    """

    mode: Literal["knn", "kde", "epsilon"] = Field("knn", description="how edges are weighed")
    neighbours: int = Field(50, ge=1, description="k, most edges of a row of its own; bounds the memory")
    epsilon: float | None = Field(
        None,
        gt=0,
        description="longest edge (modes kde, epsilon); none: within it, 9 of 10 rows have all k neighbours",
    )
    distance: Literal["l2", "task"] = Field(
        "l2", description="d, length of an edge: Euclidean in encoded units, or the benchmark's cost"
    )
    prediction: float | None = Field(
        None,
        ge=0,
        lt=1,
        description="t_p, an end point's h must reach it and be above the threshold; none: end points are "
        "rows of the target class with h above 0.7, or less for a group that h seldom gives as much",
    )
    density: float = Field(
        0.001,
        ge=0,
        lt=1,
        description="t_d, share of rows, the ones farthest from their neighbours, that are no end points",
    )
    kernels: int = Field(1000, ge=1, description="training rows that carry a kernel (mode kde)")


class Face(RecourseMethod):
    """The end point, clearly accepted and in a dense region, that is nearest along a feasible path.

    One search by Dijkstra's algorithm from all end points at once, against the direction of the steps,
    gives every training row its nearest end point. A person is a further node: their recourse is the
    cheapest first step to a neighbour plus that neighbour's way to its end point. Who can reach an end
    point step by step can become it, so what is immutable holds for the path as for its end.
    """

    card = card
    Params: ClassVar[type[Params]] = FaceParams

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
