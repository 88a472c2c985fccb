"""FOCUS for all people in one batch (Lucic et al. 2022)."""

from __future__ import annotations

import torch
from torch import Tensor

from recbench.method import Recourse, RecourseMethod
from recbench.rng import PeopleRng, Rng
from recbench.task import RecourseTask
from recbench_methods.common.gradient_search import Step, cost_from, search
from recbench_methods.common.trees import Trees
from recbench_methods.focus import card
from recbench_methods.focus.params import FocusParams
from recbench_methods.focus.soft_trees import SoftTrees

_CELLS = 2_000_000
"""Soft splits held at once (8 MB per tensor): people are taken in blocks of this size."""

_ROUNDING = 1e-6


class Focus(RecourseMethod[FocusParams]):
    """Minimise [still turned down] * f~(turned down | x') + beta * d(x, x') by Adam.

    f~ is the soft ensemble. The ensemble itself says whether a person is still turned down, so the
    first term vanishes as soon as it accepts, and the distance brings the point back to the boundary.
    The distance is the task's cost, in which the paper's L1 is a proximal step.
    """

    card = card

    def fit(self, task: RecourseTask, rng: Rng) -> None:
        """Read the trees and soften them.

        Raises:
            RecbenchError: the classifier is not an ensemble of trees that can be read.
        """
        super().fit(task, rng)
        self.trees = Trees.of(task.classifier, task.device)
        self.soft = SoftTrees.of(self.trees, task.dimensions, self.params.depth)

    def generate(self, factuals: Tensor, rng: PeopleRng) -> Recourse:
        """Return the cheapest accepted point seen for each of (n, d) people, else the likeliest."""
        task = self.task
        size = max(1, _CELLS // max(1, len(self.soft.thresholds)))
        parts = [factuals[:0]]
        for start in range(0, len(factuals), size):
            share = min(size, len(factuals) - start) / len(factuals)
            parts.append(self._search(factuals[start : start + size], start / len(factuals), share))
        return Recourse.of(torch.cat(parts), task)

    def _search(self, people: Tensor, before: float, share: float) -> Tensor:
        p, task = self.params, self.task
        turned_down = ~task.accepts(people)

        def loss(x: Tensor, rows: Tensor) -> Tensor:
            against: Tensor = turned_down[rows] * torch.sigmoid(-p.temperature * self._margin(x))
            return against

        def finished(step: Step) -> Tensor:
            turned_down[step.rows] = step.margin <= 0
            done: Tensor = step.answered & (step.stalled >= p.patience)
            return done

        found = search(
            task.feasible(people),
            people,
            loss,
            self._hard_margin,
            cost_from(task, people),
            finished,
            steps=p.steps,
            learning_rate=p.learning_rate,
            pull=p.distance_weight * task.weights,
            progress=lambda done: self.progress(before + share * done, "searching"),
        )
        return found.points

    def _hard_margin(self, points: Tensor, rows: Tensor) -> Tensor:
        """Return (n,) h - threshold of the ensemble itself, with room for what summing its votes rounds.

        Following all trees as tensors is ten times as quick as asking scikit-learn at every step.
        """
        return self.trees.combined(self.trees.votes(points)) - self.task.threshold - _ROUNDING

    def _margin(self, x: Tensor) -> Tensor:
        """Return (n,) how far the soft ensemble is beyond the threshold: in votes, or in log-odds."""
        votes, threshold = self.soft.votes(x, self.params.sigma), self.task.threshold
        if self.trees.additive:
            bar = float(torch.logit(torch.tensor(threshold), eps=1e-6))
            margin: Tensor = votes.sum(dim=1) + (self.trees.offset - bar)
        else:
            # The difference of both classes' mean votes, as in the paper's softmax over them.
            margin = 2 * (votes.mean(dim=1) - threshold)
        return margin
