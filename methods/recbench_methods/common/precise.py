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

from recbench.classifiers.base import Classifier, TorchClassifier
from recbench.task import RecourseTask


def precise(task: RecourseTask) -> Callable[[Tensor], Tensor]:
    """Return the classifier's P(target class | x) for rows (..., d) in float64, differentiable."""
    classifier, own = _wide(task)
    return _wrapped(classifier.probability, own)


def precise_logit(task: RecourseTask) -> Callable[[Tensor], Tensor]:
    """Return the classifier's log-odds for rows (..., d) in float64, differentiable."""
    classifier, own = _wide(task)
    return _wrapped(classifier.logit, own)


def _wide(task: RecourseTask) -> tuple[Classifier, torch.dtype]:
    classifier = task.classifier
    if isinstance(classifier, TorchClassifier):
        module = copy.deepcopy(classifier.module).double()
        return TorchClassifier(module, classifier.kind), torch.float64
    return classifier, torch.float32


def _wrapped(asked: Callable[[Tensor], Tensor], own: torch.dtype) -> Callable[[Tensor], Tensor]:
    return lambda x: asked(x.flatten(0, -2).to(own)).double().reshape(x.shape[:-1])
