"""Losses of what the classifier says, in nats."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

_SMALLEST = 1e-6
"""Below it a probability is taken for 0."""


def target_loss(logit: Tensor) -> Tensor:
    """Return the cross-entropy to the target class, given its log-odds; it is flat only where they are."""
    return functional.softplus(-logit)


def entropy(h: Tensor) -> Tensor:
    """Return the entropy of an answer that is the target class with probability ``h``."""
    h = h.clamp(_SMALLEST, 1 - _SMALLEST)
    return -(torch.xlogy(h, h) + torch.xlogy(1 - h, 1 - h))
