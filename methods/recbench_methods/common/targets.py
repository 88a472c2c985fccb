"""Targets: which training rows may serve as an example for a person. One rule for every method that has any.

A target is a training row of the target class whose h exceeds a bar (GenRe, Section 4.1: gamma = 0.7). But h
need not be calibrated, and may be lower for some groups than for others. So the bar is the paper's where
enough rows of a group reach it, else as high as leaves enough, down to what the classifier accepts. People of
equal immutable categories are a group.

A person becomes what a target shows as far as they can: it is projected onto what is feasible for them, and
must exceed the bar there. Rows of the person's group come first, and of these the ones from which projection
takes least: an immutable number is matched by nearness, as far as there are rows. Nobody knows the label of a
row that was projected; the label is that of the training row.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from recbench.method import Recourse
from recbench.task import TOLERANCE, Feasible, RecourseTask
from recbench_methods.common.blocks import blocks
from recbench_methods.common.smallest import smallest

GAMMA = 0.7
"""The paper's bar."""

SHARE = 0.25
"""Share of a group's accepted rows of the target class that is enough."""

FEWEST = 10
"""As many of them are wanted at least, where there are as many."""

MATCHED = 100
"""Rows that are wanted near enough to a person, where there are as many."""

NO_EXAMPLE = "no accepted training row of the target class shares what this person cannot change"

_APART = 1e3
"""What an immutable category that differs adds to how far a row is from a person; more than all numbers."""


class Targets:
    """The targets among the training rows, and whose they are.

    Attributes:
        rows: (T, d) float32, accepted training rows of the target class.
        clear: (T,) bool, which of them exceed the bar of their group.
        training: (N,) bool, which training rows these are.
    """

    def __init__(self, task: RecourseTask, gamma: float | None, distinct: bool = False) -> None:
        """Find the targets; there may be none.

        Args:
            task: rows, labels and h.
            gamma: the bar, for every group; it is never lowered, but what is not accepted is no target.
                None for the paper's where enough rows reach it, else as high as leaves enough.
            distinct: keep one of equal rows, in lexicographic order.
        """
        self.task, self.gamma = task, gamma
        self._floor = max(task.threshold, 0.0 if gamma is None else gamma)
        self._grouped = [
            j
            for j, feature in enumerate(task.encoder.schema.features)
            if feature.immutable and feature.discrete
        ]
        # Nobody can become what lies between steps.
        x = task.encoder.lattice.snap(task.x)
        h = task.probability(x).detach()
        usable = (h > self._floor) & (task.y == 1)
        self.rows = x[usable]
        self._keys, self._group = torch.unique(self._key(self.rows), dim=0, return_inverse=True)
        self._bars = self._bars_of(h[usable])
        self.training = usable & (h > self.bar(task.x))
        self.clear = self.training[usable]
        if distinct:
            self.rows, place = torch.unique(self.rows, dim=0, return_inverse=True)
            first = torch.empty(len(self.rows), dtype=torch.int64, device=task.device)
            first[place] = torch.arange(len(place), device=task.device)
            self.clear, self._group = self.clear[first], self._group[first]

    def bar(self, people: Tensor) -> Tensor:
        """Return (n,) what h is asked of a target of each person's group."""
        group = self._group_of(people)
        bare = self._bars.new_full((1,), max(GAMMA if self.gamma is None else self.gamma, self._floor))
        return torch.cat([self._bars, bare])[group]

    def lonely(self, people: Tensor) -> Tensor:
        """Return (n,) bool: whether no target at all shares a person's immutable categories."""
        return self._group_of(people) == len(self._keys)

    def nearest(self, people: Tensor, count: int) -> tuple[Tensor, Tensor]:
        """Return the targets that are cheapest for each person to become, as far as they can.

        Args:
            people: (n, d).
            count: K, of each person.

        Returns:
            (n, k) ascending cost and (n, k) position in ``rows``, k = min(K, T); the cost is infinite where a
            person has fewer. What a person becomes is ``task.project(rows[position], people)``.
        """
        most = min(count, len(self.rows))
        parts = [self._nearest(part, most) for part in blocks(people, len(self.rows))]
        costs, indices = zip(*parts, strict=True)
        return torch.cat(costs), torch.cat(indices)

    def told(self, people: Tensor, recourse: Recourse) -> Recourse:
        """Return the recourse; beside that of people whose group has no target, that is said."""
        reasons = [
            "; ".join(filter(None, (reason, NO_EXAMPLE))) if lonely and found else reason
            for reason, lonely, found in zip(
                recourse.reasons, self.lonely(people).tolist(), recourse.found.tolist(), strict=True
            )
        ]
        return Recourse(recourse.counterfactuals, reasons, recourse.samples)

    @torch.no_grad()
    def _nearest(self, people: Tensor, count: int) -> tuple[Tensor, Tensor]:
        if not count:
            none = people.new_empty((len(people), 0))
            return none, none.long()
        feasible = self.task.feasible(people)
        group = self._group_of(people)
        gap, own = self._gap(feasible), group[:, None] == self._group
        exact = own & (gap == 0)
        cost, index = self._as_they_are(people, exact, count)
        known = exact.sum(dim=1, dtype=torch.int32)
        size = torch.bincount(self._group, minlength=len(self._keys) + 1)[group]
        more = (known < MATCHED) & (known < size) | cost[:, 0].isinf()
        few = more.nonzero().squeeze(1)
        for rows in blocks(few, self.rows.numel()) if len(few) else ():
            cost[rows], index[rows] = self._matched(feasible.of(rows), gap[rows], own[rows], count)
        return cost, index

    def _as_they_are(self, people: Tensor, exact: Tensor, count: int) -> tuple[Tensor, Tensor]:
        """Return what :meth:`nearest` does, of the rows alone that people can become ``exact`` (n, T)ly."""
        clear = self.clear.nonzero().squeeze(1)
        cost = self.task.pairwise_cost(people, self.rows[clear])
        cost.masked_fill_(~exact[:, clear], torch.inf)
        cost, place = smallest(cost, min(count, len(clear)))
        fewer = (0, count - cost.shape[1])
        return functional.pad(cost, fewer, value=torch.inf), functional.pad(clear[place], fewer)

    def _matched(self, feasible: Feasible, gap: Tensor, own: Tensor, count: int) -> tuple[Tensor, Tensor]:
        """Return what :meth:`nearest` does for people who cannot become enough rows as they are."""
        cost, index = self._cheapest(feasible, _closest(gap, own), count)
        alone = cost[:, 0].isinf().nonzero().squeeze(1)
        if len(alone):
            feasible, gap, own = feasible.of(alone), gap[alone], own[alone]
            points = feasible.project(self.rows.expand(len(alone), -1, -1))
            accepted = self.task.probability(points) > self._floor
            theirs, mine = self._key(self.rows), self._key(feasible.origin)
            differing = ((theirs - mine[:, None]).abs() > TOLERANCE).sum(dim=2)
            closest = _closest(gap + _APART * differing, accepted)
            cost[alone], index[alone] = self._cheapest(feasible, closest, count)
        return cost, index

    def _cheapest(self, feasible: Feasible, admitted: Tensor, count: int) -> tuple[Tensor, Tensor]:
        """Return (m, count) cost ascending and position of the ``admitted`` (m, T) rows, once projected."""
        person, row = admitted.nonzero(as_tuple=True)
        people = feasible.of(person)
        points = people.project(self.rows[row])
        h, price = self.task.probability(points), self.task.cost(people.origin, points)
        size = admitted.sum(dim=1)
        column = torch.arange(len(row), device=row.device) - (size.cumsum(0) - size)[person]
        table = h.new_full((len(admitted), max(count, int(size.max()))), -torch.inf)
        table[person, column] = torch.where(h > self._floor, h, -torch.inf)
        cost, index = torch.full_like(table, torch.inf), torch.zeros_like(table, dtype=torch.int64)
        cost[person, column], index[person, column] = price, row
        if self.gamma is None:
            ordered = table.sort(dim=1, descending=True).values
            enough = _enough(table.isfinite().sum(dim=1))
            bar = _just_below(ordered.gather(1, (enough - 1).clamp(min=0)[:, None]))
            table = torch.where(table > bar, table, -torch.inf)
        cost, order = cost.masked_fill(table.isinf(), torch.inf).sort(dim=1, stable=True)
        return cost[:, :count], index.gather(1, order[:, :count])

    def _gap(self, feasible: Feasible) -> Tensor:
        """Return (n, T) how far each target is, in encoded units, from what a person can become.

        Immutable categories are not counted.
        """
        rows, low, high = self.rows, self.rows.amin(dim=0), self.rows.amax(dim=0)
        tight = ((feasible.lower > low + TOLERANCE) | (feasible.upper < high - TOLERANCE)).any(dim=0)
        tight[self._grouped] = False
        gap = rows.new_zeros((len(feasible.lower), len(rows)))
        for j in tight.nonzero().squeeze(1).tolist():
            value = rows[:, j]
            over = (value - feasible.upper[:, j : j + 1]).clamp_(min=0)
            gap += over.add_((feasible.lower[:, j : j + 1] - value).clamp_(min=0))
        return gap.masked_fill_(gap <= TOLERANCE, 0.0)

    def _key(self, x: Tensor) -> Tensor:
        """Return (n, g) what says to which group rows belong; a column of 0 where all are of one."""
        return x[:, self._grouped] if self._grouped else x.new_zeros((len(x), 1))

    def _group_of(self, people: Tensor) -> Tensor:
        """Return (n,) int64 the group of each person, the number of groups where it has no target."""
        groups = []
        for part in blocks(self._key(people), self._keys.numel()):
            same = ((part[:, None] - self._keys).abs() <= TOLERANCE).all(dim=2)
            none = same.new_ones((len(part), 1))
            groups.append(torch.cat([same, none], dim=1).to(torch.uint8).argmax(dim=1))
        return torch.cat(groups)

    def _bars_of(self, h: Tensor) -> Tensor:
        """Return (G,) the bar of each group, given h (T,) of the rows that h accepts."""
        if self.gamma is not None:
            return h.new_full((len(self._keys),), self._floor)
        order = h.argsort(descending=True)
        order = order[self._group[order].argsort(stable=True)]
        size = torch.bincount(self._group, minlength=len(self._keys))
        return _just_below(h[order[size.cumsum(0) - size + _enough(size) - 1]])


def _enough(size: Tensor) -> Tensor:
    """Return how many of ``size`` accepted rows remain targets whatever the range of h."""
    return torch.minimum((SHARE * size).ceil().long().clamp(min=FEWEST), size)


def _just_below(lowest: Tensor) -> Tensor:
    """Return the bar that lets the ``lowest`` h pass, at most the paper's; many rows may have this very h."""
    return lowest.nextafter(torch.zeros_like(lowest)).clamp(max=GAMMA)


def _closest(gap: Tensor, among: Tensor) -> Tensor:
    """Return (m, T) bool: of the rows ``among`` (m, T) those of least ``gap`` (m, T), and all as near."""
    gap = gap.masked_fill(~among, torch.inf)
    farthest = gap.kthvalue(min(MATCHED, gap.shape[1]), dim=1, keepdim=True).values
    return among & (gap <= farthest)
