"""Choosing one of a person's candidates: the paper's rule, and the most useful one."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from recbench.task import RecourseTask
from recbench_methods.genre.opinion import SecondOpinion

_AT_ONCE = 8
"""Candidates per person that are examined before the bound is looked at again."""

_BETTER = 1e-5
"""Gain below which two utilities count as equal (rounding)."""


@torch.no_grad()
def best_by_classifier(task: RecourseTask, drawn: Tensor) -> Tensor:
    """Return (n, d): of the draws (n, k, d) the one with the highest h (GenRe, Section 4.3)."""
    return _pick(drawn, task.probability(drawn).argmax(dim=1))


@dataclass(frozen=True)
class Utility:
    """What a candidate is worth: P(holds) + P(plausible) - cost / d, if h accepts it.

    One that h rejects is worth less than any that h accepts, and the more the higher its h.

    Attributes:
        task: for h and cost.
        opinion: for the two probabilities.
        margin: h must exceed the threshold by more than this.
    """

    task: RecourseTask
    opinion: SecondOpinion
    margin: float = 0.0

    def bound(self, factuals: Tensor, candidates: Tensor) -> tuple[Tensor, Tensor]:
        """Return (n, m) an upper bound of the utility, and (n, m) whether it is below the utility at all.

        Plausibility is the dear part: the bound takes it for certain.
        """
        h = self.task.probability(candidates)
        price = self.task.cost(factuals[:, None, :], candidates) / factuals.shape[1]
        accepted = h > self.task.threshold + self.margin
        value = h - price - 1000.0
        value[accepted] = self.opinion.holds(candidates[accepted]) + 1.0 - price[accepted]
        return value, accepted


@torch.no_grad()
def mean_utility(task: RecourseTask, opinion: SecondOpinion, factuals: Tensor, chosen: Tensor) -> float:
    """Return the mean over people of P(holds) + P(plausible) - cost / d of what was ``chosen`` (n, d).

    A recourse that h rejects does not hold; a person without one counts 0.
    """
    found = ~torch.isnan(chosen).any(dim=1)
    rows = chosen[found]
    holds = opinion.holds(rows) * task.accepts(rows)
    value = holds + opinion.inlier(rows) - task.cost(factuals[found], rows) / factuals.shape[1]
    return float(value.sum()) / max(1, len(factuals))


def most_useful(
    utility: Utility, factuals: Tensor, candidates: Tensor, floor: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Return (n, d) the candidate of highest utility and (n,) that utility.

    Exact: candidates are examined in the order of their bounds until no bound exceeds what was found.

    Args:
        utility: of a candidate.
        factuals: (n, d) people.
        candidates: (n, m, d), m at least 1.
        floor: (n,) a utility known already: what cannot exceed it is not examined.

    Returns:
        Where nothing exceeds the floor, any candidate and a utility no higher than the floor.
    """
    bound, accepted = utility.bound(factuals, candidates)
    bound, order = bound.sort(dim=1, descending=True, stable=True)
    accepted = accepted.gather(1, order)
    best, place = bound[:, 0].clone(), order[:, 0].clone()
    best[accepted[:, 0]] = -torch.inf
    if floor is not None:
        best = torch.maximum(best, floor)
    for first in range(0, bound.shape[1], _AT_ONCE):
        columns = slice(first, first + _AT_ONCE)
        open_ = accepted[:, columns] & (bound[:, columns] > best[:, None])
        if not bool(open_.any()):
            break
        who, which = open_.nonzero(as_tuple=True)
        rows = candidates[who, order[who, first + which]]
        value = bound[:, columns].clone().fill_(-torch.inf)
        value[open_] = bound[:, columns][open_] - 1.0 + utility.opinion.inlier(rows)
        found, column = value.max(dim=1)
        better = found > best
        best = torch.where(better, found, best)
        place = torch.where(better, order.gather(1, first + column[:, None]).squeeze(1), place)
    return _pick(candidates, place), best


def take_back(utility: Utility, factuals: Tensor, chosen: Tensor, value: Tensor, rounds: int) -> Tensor:
    """Return (n, d): ``chosen`` with changes taken back, one feature a round, while utility rises.

    People for whom nothing rises any more leave the batch.

    Args:
        utility: of a recourse.
        factuals: (n, d) people.
        chosen: (n, d) their recourses so far.
        value: (n,) their utilities.
        rounds: most features taken back.
    """
    chosen, value = chosen.clone(), value.clone()
    active = torch.arange(len(factuals), device=factuals.device)
    one = torch.eye(factuals.shape[1], dtype=torch.bool, device=factuals.device)
    for _ in range(rounds):
        if not len(active):
            break
        x, now = factuals[active], chosen[active]
        variants = torch.where(one, x[:, None, :], now[:, None, :])
        found, worth = most_useful(utility, x, variants, value[active] + _BETTER)
        better = worth > value[active] + _BETTER
        active = active[better]
        chosen[active], value[active] = found[better], worth[better]
    return chosen


def _pick(candidates: Tensor, place: Tensor) -> Tensor:
    return candidates[torch.arange(len(candidates), device=candidates.device), place]
