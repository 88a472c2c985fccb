"""Where a probability or a logit stands, seen from the task's threshold."""

from __future__ import annotations

import torch
from torch import Tensor

from recbench.task import RecourseTask


def lead(task: RecourseTask, x: Tensor) -> Tensor:
    """Return (...,) the log-odds of rows (..., d) less those of the threshold, differentiable."""
    threshold = torch.tensor(task.threshold, device=x.device)
    above: Tensor = task.logit(x) - torch.logit(threshold, eps=1e-6)
    return above


def centred(probability: Tensor, threshold: float) -> Tensor:
    """Return (n,) probabilities that are above one half exactly where ``probability`` is above ``threshold``.

    For libraries that know no threshold but one half. The odds are divided by the odds at the threshold.
    Differentiable; with a threshold of one half nothing changes.
    """
    if threshold == 0.5:
        return probability
    accepted, rejected = probability * (1 - threshold), (1 - probability) * threshold
    return accepted / (accepted + rejected).clamp(min=1e-12)
