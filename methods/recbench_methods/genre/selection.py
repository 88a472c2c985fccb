"""Choosing one of a person's draws."""

from __future__ import annotations

import torch
from torch import Tensor

from recbench.task import RecourseTask


@torch.no_grad()
def best_by_classifier(task: RecourseTask, drawn: Tensor) -> Tensor:
    """Return (n, d): of the draws (n, k, d) the one with the highest h (GenRe, Section 4.3)."""
    best = task.probability(drawn).argmax(dim=1)
    return drawn[torch.arange(len(drawn), device=drawn.device), best]
