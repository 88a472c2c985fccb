"""Training pairs (x, x+): whom the model learns to turn into whom (GenRe, Section 4).

x is a training row with h(x) <= gamma; x+ is a training row with h(x+) > gamma and a favourable
label, drawn among the K nearest that are feasible for x with weight exp(-lambda * cost(x, x+)).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from recbench.errors import RecbenchError
from recbench.rng import Rng
from recbench.task import TOLERANCE, Feasible, RecourseTask
from recbench_methods.genre.bins import Bins

GAMMA = 0.7
"""The paper's."""

_SHARE = 0.25
"""Share of the favourable rows that h accepts which remain targets, whatever h's range."""

_CELLS = 8_000_000
"""Source-target distances held at once (32 MB)."""


@dataclass(frozen=True)
class Pairs:
    """Sources, targets, and for each source m targets drawn with replacement.

    Attributes:
        sources: (S, d) float32, rows x that have at least one feasible target.
        targets: (T, d) float32, rows x+ that may be reached.
        drawn: (S, m) int64, rows of ``targets``.
    """

    sources: Tensor
    targets: Tensor
    drawn: Tensor


def find_targets(task: RecourseTask, gamma: float | None) -> tuple[Tensor, Tensor]:
    """Return the sources (S, d) and targets (T, d) among the training rows.

    Args:
        task: rows, labels and h.
        gamma: what a target's h must exceed; None for the paper's, or less where h seldom gets there.

    Raises:
        RecbenchError: no training row can serve as a target, or none as a source.
    """
    h = task.probability(task.x).detach()
    # A target that the classifier would turn down is no recourse, however low gamma is.
    bar = max(_within_reach(task, h) if gamma is None else gamma, task.threshold)
    targets = task.x[(h > bar) & (task.y == 1)]
    if not len(targets):
        best = float(h[task.y == 1].max()) if bool((task.y == 1).any()) else float("nan")
        raise RecbenchError(
            f"no training row can serve as a target: none has the target class and h > {bar:g} "
            f"(highest: {best:.2f}).",
            "Lower gamma, or train the classifier on more favourable rows.",
        )
    sources = task.x[h <= bar]
    if not len(sources):
        raise RecbenchError(
            f"there is nobody to learn from: the classifier gives every training row more than {bar:g}.",
            "Raise gamma.",
        )
    return sources, targets


def _within_reach(task: RecourseTask, h: Tensor) -> float:
    """Return the paper's gamma, or the highest that leaves enough targets: h need not be calibrated."""
    accepted = h[(h > task.threshold) & (task.y == 1)].sort(descending=True).values
    if not len(accepted):
        return GAMMA
    lowest = accepted[math.ceil(_SHARE * len(accepted)) - 1]
    # Just below, because many rows may have this very h.
    return min(GAMMA, float(lowest.nextafter(lowest.new_zeros(()))))


def hold_out(task: RecourseTask, sources: Tensor, most: int, rng: Rng) -> tuple[Tensor, Tensor]:
    """Return (p, d) people whom h turns down, a tenth of them and at most ``most``, and the other sources."""
    refused = (~task.accepts(sources)).nonzero().squeeze(1)
    count = min(most, max(1, len(refused) // 10))
    order = torch.randperm(len(refused), generator=rng.torch(task.device), device=task.device)
    kept = torch.ones(len(sources), dtype=torch.bool, device=task.device)
    kept[refused[order[:count]]] = False
    return sources[~kept], sources[kept]


def make_pairs(
    task: RecourseTask,
    bins: Bins,
    sources: Tensor,
    targets: Tensor,
    rate: float,
    nearest: int,
    count: int,
    rng: Rng,
) -> Pairs:
    """Draw ``count`` targets for every source that has a feasible one.

    Args:
        task: for cost and feasibility.
        bins: a target in the same bin as x counts as equal there (immutables, directions).
        sources: (S, d).
        targets: (T, d).
        rate: lambda, how fast the weight falls with cost.
        nearest: K.
        count: m, targets drawn per source.
        rng: of the draws.

    Raises:
        RecbenchError: no source has a feasible target.
    """
    generator = rng.torch(task.device)
    kept, drawn = [], []
    for rows in torch.arange(len(sources), device=task.device).split(max(1, _CELLS // len(targets))):
        cost, index = nearest_targets(task, bins, sources[rows], targets, nearest)
        some = torch.isfinite(cost[:, 0])
        # Relative to the nearest, so that far sources do not underflow.
        weight = torch.exp(-rate * (cost[some] - cost[some, :1]))
        if len(weight):
            chosen = torch.multinomial(weight, count, replacement=True, generator=generator)
            kept.append(rows[some])
            drawn.append(index[some].gather(1, chosen))
    if not kept:
        raise RecbenchError(
            "no training row can serve as a target for any other: immutable features always differ.",
            "Declare fewer features immutable.",
        )
    return Pairs(sources[torch.cat(kept)], targets, torch.cat(drawn))


def nearest_targets(
    task: RecourseTask, bins: Bins, x: Tensor, targets: Tensor, nearest: int
) -> tuple[Tensor, Tensor]:
    """Return (n, K) ascending cost and (n, K) row of the nearest ``targets``; infeasible ones cost inf."""
    cost = task.pairwise_cost(x, targets)
    cost.masked_fill_(~reachable(bins, task.feasible(x), targets), torch.inf)
    found = cost.topk(min(nearest, len(targets)), dim=1, largest=False, sorted=True)
    return found.values, found.indices


def immutable(task: RecourseTask) -> Tensor:
    """Return a (d,) mask of the features that nobody among the training rows can change."""
    return ~task.feasible(task.x).movable.any(dim=0)


def reachable(bins: Bins, feasible: Feasible, targets: Tensor, features: Tensor | None = None) -> Tensor:
    """Return (n, T) bool: whether each target is feasible for each person, up to the person's own bins.

    Args:
        bins: a target in the person's own bin counts as equal there.
        feasible: of the n people.
        targets: (T, d).
        features: (d,) mask of those to look at; all if not given.
    """
    own, theirs = bins.index(feasible.origin), bins.index(targets)
    mask = torch.ones((len(own), len(targets)), dtype=torch.bool, device=targets.device)
    low, high = targets.amin(dim=0), targets.amax(dim=0)
    tight = ((feasible.lower > low + TOLERANCE) | (feasible.upper < high - TOLERANCE)).any(dim=0)
    if features is not None:
        tight &= features
    for j in tight.nonzero().squeeze(1).tolist():
        value = targets[None, :, j]
        inside = (value >= feasible.lower[:, j : j + 1] - TOLERANCE) & (
            value <= feasible.upper[:, j : j + 1] + TOLERANCE
        )
        mask &= inside | (theirs[None, :, j] == own[:, j : j + 1])
    return mask
