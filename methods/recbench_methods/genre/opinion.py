"""A second opinion on a recourse, from training rows alone: will it hold, and is it like real people?

h was trained on few noisy labels, and a search for the cheapest recourse that h accepts finds h's
mistakes. So a forest that never saw h is fitted on the same rows, and a local density on the rows
to which the forest gives the target class. The judge is another one: methods never see it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from recbench.errors import RecbenchError
from recbench.rng import Rng
from recbench.task import RecourseTask
from recbench_methods.genre.calibration import calibrate
from recbench_methods.genre.neighbours import distinct
from recbench_methods.genre.plausibility import LocalDensity

if TYPE_CHECKING:
    from sklearn.ensemble import RandomForestClassifier

HOLDS = (2.35, 0.4)
"""Slope and offset of the logistic curve that leads from the forest's log-odds to P(holds)."""


class SecondOpinion:
    """P(the recourse holds) and P(it is an inlier).

    Args:
        task: rows and labels to learn from.
        trees: of the forest.
        leaf: fewest rows in one of its leaves.
        neighbours: k of the local density.
        worlds: in how many the local density is asked.
        rng: of the forest and the worlds.

    Raises:
        RecbenchError: too few training rows are positive.
    """

    def __init__(
        self, task: RecourseTask, trees: int, leaf: int, neighbours: int, worlds: int, rng: Rng
    ) -> None:
        # Importing it for the first time draws from Python's global generator.
        with rng.globally():
            from sklearn.ensemble import RandomForestClassifier

            forest = RandomForestClassifier(trees, min_samples_leaf=leaf, random_state=rng.integer())
            self._forest = forest.fit(task.x.cpu().numpy(), task.y.cpu().numpy())
        positive = task.x[self.probability(task.x) > 0.5]
        if len(positive) <= neighbours:
            raise RecbenchError(
                f"only {len(positive)} training rows look favourable: too few to judge plausibility with "
                f"{neighbours} neighbours.",
                "Lower genre-plus.neighbours, or use genre.",
            )
        self._density = LocalDensity(positive, neighbours, worlds, rng.stream("worlds"))
        self._curve = calibrate(task, positive, self._density, rng.stream("calibration"))

    def probability(self, x: Tensor) -> Tensor:
        """Return (n,) float32, the forest's P(target class | x) for (n, d) rows."""
        if not len(x):
            return x.new_empty(0)
        rows, where = distinct(x)
        shares = _shares(self._forest, rows.cpu().numpy())
        return torch.from_numpy(shares.astype(np.float32)).to(x.device)[where]

    def holds(self, x: Tensor) -> Tensor:
        """Return (n,) P(the true P(target class | row) is above one half) for (n, d) rows."""
        slope, offset = HOLDS
        return torch.sigmoid(slope * torch.logit(self.probability(x), eps=1e-3) + offset)

    def inlier(self, x: Tensor) -> Tensor:
        """Return (n,) P(row is an inlier among people of the target class) for (n, d) rows."""
        rows, where = distinct(x)
        return self._curve.inlier(self._density.factor(rows))[where]


def _shares(forest: RandomForestClassifier, rows: np.ndarray) -> np.ndarray:
    """Return (n,) what ``predict_proba`` says of class 1, without its cost per tree (validation, threads)."""
    column = list(forest.classes_).index(1)
    total = np.zeros(len(rows))
    for tree in forest.estimators_:
        total += tree.tree_.predict(rows)[:, column]
    return total / len(forest.estimators_)
