"""What fit and generate leave as they found it."""

from __future__ import annotations

import torch

from recbench.classifiers.base import TorchClassifier
from recbench.conformance.checks.base import check
from recbench.conformance.trial import Trial, require


@check
def factuals_untouched(trial: Trial) -> None:
    """The factuals given to generate are not changed."""
    same = torch.equal(trial.ran().factuals, trial.case.factuals)
    require(same, "factuals were changed in place")


@check
def task_untouched(trial: Trial) -> None:
    """Fit and generate leave the task's tensors as they were."""
    was, now = trial.case.task, trial.ran().case.task
    encoders = [
        (name, getattr(was.encoder, name), getattr(now.encoder, name))
        for name in ("low", "span", "lower", "upper")
    ]
    for name, old, new in [("x", was.x, now.x), ("y", was.y, now.y), *encoders]:
        require(torch.equal(old, new), f"task tensor {name} was changed")


@check
def classifier_untouched(trial: Trial) -> None:
    """Fit and generate leave the classifier as it was."""
    was, now = trial.case.task, trial.ran().case.task
    with torch.no_grad():
        same = torch.equal(was.probability(was.x), now.probability(was.x))
    require(same, "the classifier's probabilities changed")
    if not isinstance(now.classifier, TorchClassifier) or not isinstance(was.classifier, TorchClassifier):
        return
    module, original = now.classifier.module, was.classifier.module
    require(module.training == original.training, "the classifier was left in training mode")
    for parameter, old in zip(module.parameters(), original.parameters(), strict=True):
        require(torch.equal(parameter, old), "the classifier's weights changed")
        require(
            parameter.requires_grad == old.requires_grad, "requires_grad of the classifier's weights changed"
        )
        require(parameter.grad is None, "gradients were left in the classifier's weights")


@check
def globals_untouched(trial: Trial) -> None:
    """Global random states, logging, warnings and torch settings are left as they were."""
    seen = trial.observed
    changed = [name for name, was in seen.globals_before.items() if seen.globals_after[name] != was]
    require(not changed, f"changed: {', '.join(changed)}")
