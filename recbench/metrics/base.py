"""Metric and the context it is computed in."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
from torch import Tensor

from recbench.classifiers.base import Classifier
from recbench.judge import Judge
from recbench.method.method import Recourse, Timings
from recbench.plugins.cards import MetricCard
from recbench.rng import Rng
from recbench.task import Feasible, RecourseTask


@dataclass(frozen=True)
class MetricContext:
    """All a metric may look at. Derived values are computed once, whoever asks first.

    Attributes:
        task: what the method saw.
        judge: what it did not see.
        factuals: (n, d) float32 encoded people.
        recourse: what the method returned for them.
        timings: of the method's fit and generate.
        retrain: returns the i-th classifier of the same recipe trained with another seed and bootstrap.
        rng: a stream for metrics that draw.
    """

    task: RecourseTask
    judge: Judge
    factuals: Tensor
    recourse: Recourse
    timings: Timings
    retrain: Callable[[int], Classifier]
    rng: Rng

    @property
    def counterfactuals(self) -> Tensor:
        """(n, d) float32; NaN rows where there is no recourse."""
        return self.recourse.counterfactuals

    @cached_property
    def found(self) -> np.ndarray:
        """(n,) bool: the person has a counterfactual."""
        found: np.ndarray = self.recourse.found.cpu().numpy()
        return found

    @cached_property
    def h(self) -> np.ndarray:
        """(n,) the classifier's probability after recourse; NaN without one."""
        return self.task.probability(self.counterfactuals).detach().cpu().numpy().astype(np.float64)

    @cached_property
    def gold(self) -> np.ndarray:
        """(n,) the gold labeller's probability after recourse; NaN without one."""
        return self.judge.probability(self.counterfactuals)

    @cached_property
    def lof_score(self) -> np.ndarray:
        """(n,) local outlier factor after recourse; NaN without one."""
        return self.judge.lof_score(self.counterfactuals)

    @cached_property
    def lof_score_distinct(self) -> np.ndarray:
        """(n,) the same under LOF fitted on distinct rows."""
        return self.judge.lof_score(self.counterfactuals, distinct=True)

    @cached_property
    def cost(self) -> np.ndarray:
        """(n,) cost of the change; NaN without one."""
        cost = self.task.cost(self.factuals, self.counterfactuals)
        return cost.detach().cpu().numpy().astype(np.float64)

    @cached_property
    def domain(self) -> Feasible:
        """What the domain allows each person, immutables and directions aside."""
        return self.task.domain(self.factuals)


class Metric(ABC):
    """A measure of recourse; a plug-in of the group ``recbench.metrics``."""

    card: ClassVar[MetricCard]

    @abstractmethod
    def compute(self, context: MetricContext) -> np.ndarray | float:
        """Return (n,) float64 values, NaN where a person has none; or one number for the whole cell."""
