"""Losses of the classifier's probability, in nats."""

from __future__ import annotations

import torch
from torch import Tensor

_SMALLEST = 1e-6
"""Below it a probability is taken for 0, whose logarithm would leave nothing of the other terms."""


def target_loss(h: Tensor) -> Tensor:
    """Return the cross-entropy between P(target class) ``h`` and the target class."""
    return -h.clamp(min=_SMALLEST).log()


def entropy(h: Tensor) -> Tensor:
    """Return the entropy of an answer that is the target class with probability ``h``."""
    h = h.clamp(_SMALLEST, 1 - _SMALLEST)
    return -(torch.xlogy(h, h) + torch.xlogy(1 - h, 1 - h))
