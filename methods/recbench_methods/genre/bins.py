"""Bins: the finite alphabet in which the model writes a recourse, feature by feature.

A discrete feature has its categories. A number has every distinct training value if there are few
of them, else bins that merge neighbouring values and cover the whole domain. The bin in which a
person's own value lies stands for exactly that value: staying as one is costs nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from recbench.task import TOLERANCE, Feasible, RecourseTask


@dataclass(frozen=True)
class People:
    """n people as the model sees them.

    Attributes:
        x: (n, d) float32, encoded values.
        own: (n, d) int64, the bin in which each value lies.
        apart: (n, d, B) float32, the cost of moving to each bin's centre; 0 for the own bin.
        allowed: (n, d, B) bool, the bins that are feasible; the own bin always is.
    """

    x: Tensor
    own: Tensor
    apart: Tensor
    allowed: Tensor

    def of(self, rows: Tensor | slice) -> People:
        """Return the same for some of the people."""
        return People(self.x[rows], self.own[rows], self.apart[rows], self.allowed[rows])


@dataclass(frozen=True)
class Bins:
    """The bins of d features, padded to B, the largest number of bins.

    Attributes:
        edges: (d, B) float32, upper edge of each bin; the last bin of a feature and the padding have +inf.
        centres: (d, B) float32, median of the training values in each bin.
        counts: (d,) int64, bins of each feature.
        values: (d, V) float32, the training values (or categories) of each feature, sorted, padded with +inf.
        starts: (d, B + 1) int64, where in ``values`` each bin begins.
    """

    edges: Tensor
    centres: Tensor
    counts: Tensor
    values: Tensor
    starts: Tensor

    @classmethod
    def fit(cls, task: RecourseTask, most: int) -> Bins:
        """Make at most ``most`` bins per number from the training rows, one bin per category else."""
        columns, cuts = [], []
        for j, level in enumerate(task.encoder.levels):
            if level:
                column = torch.arange(level, device=task.device) / max(1, level - 1)
                first = torch.arange(level, device=task.device)
            else:
                column = task.x[:, j].sort().values
                first = _bin_starts(column, most)
            columns.append(column.to(torch.float32))
            cuts.append(first)
        d, size = len(columns), max(len(first) for first in cuts)
        rows = max(len(column) for column in columns)
        values = torch.full((d, rows), torch.inf, device=task.device)
        starts = torch.empty((d, size + 1), dtype=torch.int64, device=task.device)
        edges = torch.full((d, size), torch.inf, device=task.device)
        centres = torch.zeros((d, size), device=task.device)
        for j, (column, first) in enumerate(zip(columns, cuts, strict=True)):
            values[j, : len(column)] = column
            starts[j] = len(column)
            starts[j, : len(first)] = first
            edges[j, : len(first) - 1] = (column[first[1:] - 1] + column[first[1:]]) / 2
            ends = torch.cat([first[1:], first.new_tensor([len(column)])])
            centres[j, : len(first)] = column[(first + ends - 1) // 2]
        counts = torch.tensor([len(first) for first in cuts], device=task.device)
        return cls(edges, centres, counts, values, starts)

    @property
    def size(self) -> int:
        """B, the largest number of bins of a feature."""
        return self.edges.shape[1]

    def index(self, x: Tensor) -> Tensor:
        """Return (..., d) int64, the bin of each encoded value; the end bins have no outer edge."""
        flat = x.reshape(-1, x.shape[-1]).T.contiguous()
        found = torch.searchsorted(self.edges, flat)
        inside: Tensor = torch.minimum(found, self.counts[:, None] - 1)
        return inside.T.reshape(x.shape)

    def people(self, x: Tensor, task: RecourseTask, feasible: Feasible | None = None) -> People:
        """Return what the model sees of the people ``x`` (n, d)."""
        feasible = task.feasible(x) if feasible is None else feasible
        own = self.index(x)
        apart = task.distances(x[:, None, :], self.centres.T[None]).transpose(1, 2)
        apart = apart.scatter(2, own[..., None], 0.0)
        return People(x, own, apart, self.allowed(feasible, own))

    def allowed(self, feasible: Feasible, own: Tensor) -> Tensor:
        """Return (n, d, B) bool: bins with a feasible training value, and the own bin."""
        low, high = self._window(feasible)
        mask = (torch.maximum(self.starts[:, :-1], low[..., None])) < torch.minimum(
            self.starts[:, 1:], high[..., None]
        )
        for j, categories in feasible.allowed.items():
            mask[:, j, : categories.shape[1]] &= categories
        return mask.scatter(2, own[..., None], True)

    def towards(self, x: Tensor, people: People) -> Tensor:
        """Return (n, d) int64, the bins of rows ``x`` (n, d), the own bin where a person cannot go there."""
        bins = self.index(x)
        there = people.allowed.gather(2, bins[..., None]).squeeze(2)
        return torch.where(there, bins, people.own)

    def draw(self, bins: Tensor, people: People, feasible: Feasible, uniform: Tensor) -> Tensor:
        """Return (n, k, d) values inside the drawn ``bins`` (n, k, d): a feasible training value, or the own.

        Args:
            bins: (n, k, d) int64, allowed for the person.
            people: the n people, whose own bins stand for their own values.
            feasible: what they can become.
            uniform: (n, k, d) in [0, 1), which of the bin's training values is taken.
        """
        low, high = self._window(feasible)
        place = bins.permute(2, 0, 1).reshape(len(self.counts), -1)
        shape = (len(self.counts), *bins.shape[:2])
        first = self.starts.gather(1, place).reshape(shape).permute(1, 2, 0)
        last = self.starts.gather(1, place + 1).reshape(shape).permute(1, 2, 0)
        first = torch.maximum(first, low[:, None, :])
        last = torch.minimum(last, high[:, None, :])
        inside = (first + (uniform * (last - first)).long()).clamp(0, self.values.shape[1] - 1)
        flat = inside.permute(2, 0, 1).reshape(len(self.counts), -1)
        value = self.values.gather(1, flat).reshape(shape).permute(1, 2, 0)
        return torch.where(bins == people.own[:, None, :], people.x[:, None, :], value)

    def _window(self, feasible: Feasible) -> tuple[Tensor, Tensor]:
        """Return (n, d) each: the range of ``values`` inside a person's bounds."""
        lower = (feasible.lower - TOLERANCE).T.contiguous()
        upper = (feasible.upper + TOLERANCE).T.contiguous()
        low = torch.searchsorted(self.values, lower)
        high = torch.searchsorted(self.values, upper, right=True)
        return low.T, high.T


def _bin_starts(column: Tensor, most: int) -> Tensor:
    """Return where bins begin in the sorted ``column``, at most ``most`` of them.

    Equal values share a bin. Bins have equal shares of the rows, but a value that fills more than
    such a share has a bin of its own and takes none from the others (most people have no capital gain).
    """
    new = torch.ones_like(column, dtype=torch.bool)
    new[1:] = column[1:] - column[:-1] > TOLERANCE
    first = new.nonzero().squeeze(1)
    if len(first) <= most:
        return first
    # Each run of equal values, as where it begins and where it ends.
    ends = torch.cat([first[1:], first.new_tensor([len(column)])])
    starts, begin = [0], 0
    for left in range(most, 1, -1):
        share = max(1, (len(column) - begin) // left)
        run = int(torch.searchsorted(ends, begin + share))
        alone = int(ends[run] - first[run]) > share and int(first[run]) > begin
        begin = int(first[run]) if alone else int(ends[run])
        if begin == len(column):
            break
        starts.append(begin)
    return torch.tensor(starts, device=column.device)
