"""Training pairs (x, x+): whom the model learns to turn into whom (GenRe, Section 4).

x is a training row to which h gives no more than gamma; x+ is a target, projected to what x can become
(:mod:`recbench_methods.common.targets`), drawn among the K nearest with weight exp(-lambda * cost(x, x+)).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from recbench.errors import RecbenchError
from recbench.rng import Rng
from recbench.task import RecourseTask
from recbench_methods.common.blocks import blocks
from recbench_methods.common.targets import Targets


@dataclass(frozen=True)
class Pairs:
    """Sources, and for each source m targets drawn with replacement.

    Attributes:
        sources: (S, d) float32, rows x that have at least one target.
        drawn: (S, m) int64, rows of the targets. x+ is the row projected to what x can become.
    """

    sources: Tensor
    drawn: Tensor


def find_sources(task: RecourseTask, targets: Targets) -> Tensor:
    """Return the sources (S, d): training rows whose h does not exceed the bar of their group.

    Raises:
        RecbenchError: no training row can serve as a target, or none as a source.
    """
    h = task.probability(task.x).detach()
    bars = targets.bar(task.x)
    if not len(targets.rows):
        best = float(h[task.y == 1].max()) if bool((task.y == 1).any()) else float("nan")
        lowest = max(task.threshold, targets.gamma or 0.0)
        raise RecbenchError(
            f"no training row can serve as a target: none has the target class and h > {lowest:g} "
            f"(highest: {best:.2f}).",
            "Lower gamma, or train the classifier on more favourable rows.",
        )
    sources = task.x[h <= bars]
    if not len(sources):
        raise RecbenchError(
            "there is nobody to learn from: the classifier gives every training row more than "
            f"{float(bars.max()):g}.",
            "Raise gamma.",
        )
    return sources


def hold_out(task: RecourseTask, sources: Tensor, most: int, rng: Rng) -> tuple[Tensor, Tensor]:
    """Return (p, d) people whom h turns down, a tenth of them and at most ``most``, and the other sources."""
    refused = (~task.accepts(sources)).nonzero().squeeze(1)
    count = min(most, max(1, len(refused) // 10))
    order = torch.randperm(len(refused), generator=rng.torch(task.device), device=task.device)
    kept = torch.ones(len(sources), dtype=torch.bool, device=task.device)
    kept[refused[order[:count]]] = False
    return sources[~kept], sources[kept]


def make_pairs(targets: Targets, sources: Tensor, rate: float, nearest: int, count: int, rng: Rng) -> Pairs:
    """Draw ``count`` targets for every source that has one.

    Args:
        targets: whom sources can become.
        sources: (S, d).
        rate: lambda, how fast the weight falls with cost.
        nearest: K.
        count: m, targets drawn per source.
        rng: of the draws.

    Raises:
        RecbenchError: no source has a target.
    """
    device = sources.device
    generator = rng.torch(device)
    kept, drawn = [], []
    for rows in blocks(torch.arange(len(sources), device=device), int(targets.clear.sum())):
        cost, index = targets.nearest(sources[rows], nearest)
        some = torch.isfinite(cost[:, 0])
        # Relative to the nearest, so that far sources do not underflow.
        weight = torch.exp(-rate * (cost[some] - cost[some, :1]))
        if len(weight):
            chosen = torch.multinomial(weight, count, replacement=True, generator=generator)
            kept.append(rows[some])
            drawn.append(index[some].gather(1, chosen))
    if not kept:
        raise RecbenchError(
            "no training row can serve as a target for another: none is accepted with what cannot change.",
            "Lower gamma, or declare fewer features immutable.",
        )
    return Pairs(sources[torch.cat(kept)], torch.cat(drawn))
