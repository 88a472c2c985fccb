"""Least cost by linear pieces (recbench's own; docs/exact-piece.md), for all people in one batch."""

from __future__ import annotations

import torch
from torch import Tensor

from recbench.method import Recourse, RecourseMethod
from recbench.rng import PeopleRng
from recbench.task import TOLERANCE
from recbench_methods.exact_piece import card
from recbench_methods.exact_piece.params import ExactPieceParams
from recbench_methods.exact_piece.pieces import Walk

_BLOCK = 8192
"""People at a time: what they need stays in the cache, and memory does not grow with their number."""

_FIRST = (None, 0.2, 0.2, 0.2)
"""Reaches of the first start: as far as the person's own piece leads, then from there to nearby ones."""

_SHARES = (0.5, 0.25, 0.125, 0.0625)
"""Of the way to the end of what is feasible: how far single features are tried."""

_SLOW = ((0.1,) * 8, (0.05,) * 12)
"""Reaches of starts in small steps, which end in other places: for whoever is hard to bring there."""

_HARD = 3
"""Features changed from which a person counts as hard, as do those who are not accepted yet."""

_FURTHER = (0.3, 0.3)
"""Reaches of a start without a feature."""

_FEWEST = 2
"""Such starts in the fast form, for whoever is not accepted."""

_AGAIN = 6
"""Pieces looked at around the best point of such a start."""

_LAST = 10
"""Pieces looked at around the best point of all starts."""

_LAST_REACH = 0.1
"""Farthest a value moves in one of them at first."""


class ExactPiece(RecourseMethod[ExactPieceParams]):
    """Minimise the task's cost subject to acceptance and the rules.

    Where the logit is linear the answer is a fractional knapsack: features are moved in the order of
    log-odds gained per cost, each to its end, the last as far as needed. For a linear classifier that is
    the optimum but for steps. A ReLU network is linear in pieces, so the answer for the piece a person
    stands on leads to another piece, whose answer is taken next; then the best point is improved in a box
    around it that narrows where nothing better is found. Every point is snapped away from the person and
    judged as it would be shown. Further starts leave out one of the features changed, the costliest first.
    """

    card = card

    @torch.no_grad()
    def generate(self, factuals: Tensor, rng: PeopleRng) -> Recourse:
        """Return the cheapest accepted point found for each of (n, d) people, else the one h likes best."""
        parts = [factuals[:0]]
        for start in range(0, len(factuals), _BLOCK):
            parts.append(self._found(factuals[start : start + _BLOCK]))
            self.progress(min(1.0, (start + _BLOCK) / len(factuals)), "searching")
        return Recourse.of(torch.cat(parts), self.task)

    def _found(self, people: Tensor) -> Tensor:
        p, walk = self.params, Walk.of(self.task, people)
        walk.stride(*_FIRST)
        walk.refine(p.steps, p.reach)
        for reaches in _SLOW:
            self._start_slowly(walk, reaches)
        for number in range(p.starts or _FEWEST):
            self._start_without(walk, number)
        if p.starts:
            walk.scan(_SHARES)
            walk.refine(_LAST, _LAST_REACH)
        return walk.points

    def _start_slowly(self, walk: Walk, reaches: tuple[float, ...]) -> None:
        """Start again from the people themselves, where they are hard."""
        hard = walk.cost.isinf() | ((self._changes(walk) > TOLERANCE).sum(dim=1) >= _HARD)
        rows = (hard & self._asks(walk)).nonzero().squeeze(1)
        other = Walk.of(self.task, walk.feasible.origin[rows])
        other.stride(*reaches)
        other.refine(self.params.steps, self.params.reach)
        walk.take(rows, other)

    def _start_without(self, walk: Walk, number: int) -> None:
        """Start again without the feature whose change is the ``number``-th in cost, where there is one."""
        change = self._changes(walk)
        there = (change > TOLERANCE).sum(dim=1) > number
        rows = (there & self._asks(walk)).nonzero().squeeze(1)
        feature = change[rows].argsort(dim=1, descending=True, stable=True)[:, number : number + 1]
        other = walk.some(rows).without(feature)
        other.stride(*_FURTHER)
        other.refine(_AGAIN, self.params.reach)
        walk.take(rows, other)

    def _asks(self, walk: Walk) -> Tensor:
        """(n,) who starts again at all: in the fast form those who are not accepted."""
        accepted = ~walk.cost.isinf()
        return torch.ones_like(accepted) if self.params.starts else ~accepted

    def _changes(self, walk: Walk) -> Tensor:
        """(n, d) what each change costs."""
        return self.task.distances(walk.feasible.origin, walk.points)
