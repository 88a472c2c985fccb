"""The classifier in float64, for searches of many steps.

A matrix product rounds a row differently when other rows stand beside it, and hundreds of steps would
blow that up until it shows in what people get. So what is multiplied computes in float64, and every step
is rounded to float32: the difference is gone before it can grow.
"""

from __future__ import annotations

import copy
from collections.abc import Callable

import torch
from torch import Tensor

from recbench.classifiers.base import TorchClassifier
from recbench.task import RecourseTask


def precise(task: RecourseTask) -> Callable[[Tensor], Tensor]:
    """Return the classifier's P(target class | x) for rows (..., d) in float64, differentiable."""
    classifier = task.classifier
    if isinstance(classifier, TorchClassifier):
        classifier = TorchClassifier(copy.deepcopy(classifier.module).double(), classifier.kind)
        own = torch.float64
    else:
        own = torch.float32

    def probability(x: Tensor) -> Tensor:
        return classifier.probability(x.flatten(0, -2).to(own)).double().reshape(x.shape[:-1])

    return probability
