"""The integer programme of actionable recourse, for many people (Ustun et al. 2019, Section 3).

Every feature takes one of its actions, or none. Among the combinations whose gains add up to what is
needed the cheapest is sought: a multiple-choice knapsack. The Lagrangian bound of everybody's programme
is computed in one batch. It rules most actions out (a combination with such an action would cost more
than one that is already known), so what is left for the solver is small, and often nothing.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor

_HALVINGS = 60
"""Steps of the bisection for the multiplier: to the precision of float64."""

_EXCHANGES = 10
"""Most improvements of a known combination before the bound is used."""

_SLACK = 1e-9
"""Rounding of float64 sums."""

_STEPS = 1e5
"""Gains are counted in whole steps, so many to what is needed, and rounded down."""


def cheapest(cost: Tensor, gain: Tensor, need: Tensor) -> Tensor:
    """Return (n, d) the action of each feature in the combination of least total cost that gains enough.

    Where no combination does, the one that gains most is returned.

    Args:
        cost: (n, d, K) float64, at least 0; infinite for an action that is not allowed. In each feature
            some action costs and gains nothing: leaving it alone.
        gain: (n, d, K) float64, what an action adds to the score.
        need: (n,) float64, least sum of gains.
    """
    most = torch.where(cost.isfinite(), gain, -torch.inf).max(dim=2)
    chosen = most.indices.clone()
    rows = (most.values.sum(dim=1) >= need).nonzero().squeeze(1)
    if len(rows) == 0:
        return chosen
    cost, gain, need = cost[rows], gain[rows], need[rows]
    # What gains nothing and is not free is never part of the cheapest combination.
    useful = cost.isfinite() & ((gain > 0) | ((gain == 0) & (cost == 0)))
    cost, gain = torch.where(useful, cost, torch.inf), torch.where(useful, gain, 0.0)
    known, keep = _bounds(cost, gain, need)
    chosen[rows] = known
    undecided = (keep.sum(dim=2) > 1).any(dim=1).nonzero().squeeze(1)
    # Solvers take one programme at a time, and many in one would be searched as a single large tree:
    # the one loop over people that cannot be avoided.
    with _stdout_to_stderr():
        for i in undecided.tolist():
            answer = torch.from_numpy(
                _solve(cost[i].cpu().numpy(), gain[i].cpu().numpy(), float(need[i]), keep[i].cpu().numpy())
            ).to(chosen.device)
            if _total(cost[i], answer) < _total(cost[i], known[i]):
                chosen[rows[i]] = answer
    return chosen


def lowest_limit(cost: Tensor, gain: Tensor, need: Tensor) -> Tensor:
    """Return (n,) the least L so that actions of cost at most L, one per feature, gain enough, or inf."""
    n = len(cost)
    limits = cost.flatten(start_dim=1).sort(dim=1).values
    low = torch.full((n,), -1, device=cost.device)
    high = torch.full((n,), limits.shape[1] - 1, device=cost.device)
    for _ in range(int(np.ceil(np.log2(limits.shape[1] + 1)))):
        middle = (low + high + 1) // 2
        limit = limits.gather(1, middle.clamp(min=0)[:, None])
        within = torch.where(cost <= limit[..., None], gain, -torch.inf).max(dim=2).values
        enough = within.sum(dim=1) >= need
        high = torch.where(enough, torch.minimum(high, middle), high)
        low = torch.where(enough, low, torch.maximum(low, middle))
    return limits.gather(1, high[:, None]).squeeze(1)


def _bounds(cost: Tensor, gain: Tensor, need: Tensor) -> tuple[Tensor, Tensor]:
    """Return (n, d) a combination that gains enough, and (n, d, K) the actions a cheaper one may contain.

    For a multiplier m each feature chooses the action of least cost - m * gain on its own; the larger m,
    the more is gained. The choice at the least m that gains enough is known to be possible, and m * need
    plus the sum of the minima is a bound that nothing undercuts.
    """
    low, high = torch.zeros_like(need), torch.ones_like(need)
    for _ in range(_HALVINGS):
        short = _choice(cost, gain, high)[1] < need
        if not bool(short.any()):
            break
        low, high = torch.where(short, high, low), torch.where(short, high * 4, high)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        short = _choice(cost, gain, middle)[1] < need
        low, high = torch.where(short, middle, low), torch.where(short, high, middle)
    known = _improved(cost, gain, need, _choice(cost, gain, high)[0])
    reduced = cost - high[:, None, None] * gain
    least = reduced.min(dim=2, keepdim=True).values
    bound = high * need + least.sum(dim=(1, 2))
    known_cost = cost.gather(2, known[..., None]).sum(dim=(1, 2))
    gap = known_cost - bound
    decided = gap <= _SLACK * (1 + known_cost)
    keep = (reduced - least <= gap[:, None, None] + _SLACK) & ~decided[:, None, None]
    return known, keep.scatter(2, known[..., None], True)


def _improved(cost: Tensor, gain: Tensor, need: Tensor, known: Tensor) -> Tensor:
    """Return (n, d) the ``known`` choice after the best exchange of one action, again and again."""
    for _ in range(_EXCHANGES):
        taken = known[..., None]
        saved = cost.gather(2, taken) - cost
        gained = gain.gather(2, taken).sum(dim=(1, 2))[:, None, None] - gain.gather(2, taken) + gain
        saved = torch.where(gained >= need[:, None, None], saved, -torch.inf)
        best, place = saved.flatten(start_dim=1).max(dim=1)
        if not bool((best > 0).any()):
            break
        feature, action = place // cost.shape[2], place % cost.shape[2]
        exchanged = known.scatter(1, feature[:, None], action[:, None])
        known = torch.where((best > 0)[:, None], exchanged, known)
    return known


def _choice(cost: Tensor, gain: Tensor, multiplier: Tensor) -> tuple[Tensor, Tensor]:
    """Return (n, d) the choice for a multiplier (n,), and (n,) what it gains; of equals the most gaining."""
    reduced = cost - multiplier[:, None, None] * gain
    least = reduced.min(dim=2, keepdim=True).values
    ties = reduced <= least + _SLACK * (1 + least.abs())
    chosen = torch.where(ties, gain, -torch.inf).argmax(dim=2)
    return chosen, gain.gather(2, chosen[..., None]).sum(dim=(1, 2))


def _total(cost: Tensor, choice: Tensor) -> float:
    return float(cost.gather(1, choice[:, None]).sum()) if len(choice) else float("inf")


def _solve(cost: np.ndarray, gain: np.ndarray, need: float, keep: np.ndarray) -> np.ndarray:
    """Return (d,) the cheapest choice of actions to ``keep`` (d, K), by HiGHS; empty if it finds none."""
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array

    # Leaving a feature alone is what remains if none of its actions is taken.
    feature, action = (keep & (gain > 0)).nonzero()
    places = np.arange(len(feature))
    one_each = csr_array((np.ones(len(places)), (feature, places)), shape=(len(cost), len(places)))
    # HiGHS lets constraints be violated by 1e-6. In whole steps that are larger, none is met by a hair.
    share = np.floor(np.minimum(gain[feature, action] / need, 1.0) * _STEPS) / _STEPS
    result = milp(
        cost[feature, action],
        integrality=np.ones(len(places), dtype=np.int64),
        bounds=Bounds(0, 1),
        constraints=[
            LinearConstraint(one_each, -np.inf, 1),
            LinearConstraint(csr_array(share[None, :]), 1, np.inf),
        ],
        options={"mip_rel_gap": 0.0},
    )
    if result.x is None:
        return np.zeros(0, dtype=np.int64)
    chosen: np.ndarray = ((cost == 0) & (gain == 0)).argmax(axis=1)
    taken = result.x > 0.5
    chosen[feature[taken]] = action[taken]
    return chosen


@contextmanager
def _stdout_to_stderr() -> Iterator[None]:
    """Send what C code prints to standard error: HiGHS at times prints a debugging line where JSON may go."""
    sys.stdout.flush()
    try:
        saved = os.dup(1)
    except OSError:
        # Standard output is closed, so there is nothing to keep clean.
        yield
        return
    try:
        os.dup2(2, 1)
        yield
    finally:
        os.dup2(saved, 1)
        os.close(saved)
