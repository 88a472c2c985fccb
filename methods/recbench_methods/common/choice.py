"""Choosing one of a person's candidates: the cheapest accepted, else the one the classifier likes best."""

from __future__ import annotations

import torch
from torch import Tensor

from recbench.task import RecourseTask


@torch.no_grad()
def best_place(task: RecourseTask, factuals: Tensor, candidates: Tensor) -> tuple[Tensor, Tensor]:
    """Return which of each person's k candidates is best, (n,) int64, and its worth, (n,).

    Worth compares candidates across calls: above 1 exactly when accepted, and then larger the cheaper;
    else P(target class).

    Args:
        task: for cost and classifier.
        factuals: (n, d).
        candidates: (n, k, d); the first of equally good ones is chosen.
    """
    h = task.probability(candidates)
    cost = task.cost(factuals[:, None], candidates)
    worth, place = torch.where(h > task.threshold, 1 + 1 / (1 + cost), h).max(dim=1)
    return place, worth


def taken(candidates: Tensor, place: Tensor) -> Tensor:
    """Return (n, ...) of each person's k ``candidates`` (n, k, ...) the one at ``place`` (n,)."""
    return candidates[torch.arange(len(place), device=place.device), place]
