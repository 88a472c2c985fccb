"""Lattice: the values that features move on, counted in steps.

A category moves from code to code, a number on the multiples of its step (0.01 for cents). Own values are
counted in steps before anything else is computed with them, because a count is whole and exact where its
value in own units, or as float32 code, is rounded. So the way from a value to its code and back is one
rounding each, and what a person is shown is the value whose code was judged.

Where float32 cannot tell neighbouring steps apart (cents of incomes in the millions), several values share
a code. Such a feature is called *fine*; :class:`recbench.data.encoding.Encoder` says which value is shown.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

EXACT = 2.0**53
"""Up to here float64 holds every whole number."""

_DIGITS = 2.0**50
"""Largest count for which value and count lead to each other exactly: 15 digits."""

_NOISE = 2.0**-50
"""Relative to a column's largest value: what arithmetic leaves behind (0.1 + 0.2)."""

_SLACK = 2.0**-47.5
"""Relative to a feature's largest count: what is no fraction. With as many digits as are ever looked for it
is half a step, so that every value of a column with all of float64's digits counts as whole."""

_FINEST = 300
"""No step is finer than ten to minus this: float64 ends at about 1e-308."""

_RESOLVED = 2.0**22
"""Largest code in steps up to which float32 tells neighbours apart with room to spare."""


@dataclass(frozen=True)
class Lattice:
    """The multiples of d features' steps, in own units and encoded.

    A step is ``times / per`` own units, both whole (0.25 is 25 / 100), so that a multiple of it is rounded
    once: ``57 * 1 / 100`` is the float64 that is written 0.57.

    Attributes:
        times: (d,) float64.
        per: (d,) float64.
        base: (d,) float64, the last whole step not above the value that encodes to 0.
        rest: (d,) float64, minus the part of a step by which that value lies above ``base``.
        grid: (d,) float64, steps per encoded unit; 0 where nothing moves.
        fine: (d,) bool, whether float32 codes cannot tell all neighbouring steps apart.
    """

    times: Tensor
    per: Tensor
    base: Tensor
    rest: Tensor
    grid: Tensor
    fine: Tensor

    @classmethod
    def between(cls, times: Tensor, per: Tensor, low: Tensor, high: Tensor) -> Lattice:
        """Return the lattice on which ``low`` encodes to 0 and ``high`` to 1, each (d,) float64 own units."""
        nothing = torch.zeros_like(low)
        blank = cls(times, per, nothing, nothing, nothing, nothing.bool())
        ends = blank.count(torch.stack([low, high]))
        # Arithmetic noise is relative to the larger end, which is known only now.
        first, last = _whole(ends, ends.abs().amax(dim=0))
        moves, base = last > first, first.floor()
        rest = torch.where(moves, base - first, 0.0)
        return cls(times, per, base, rest, torch.where(moves, last - first, 0.0), nothing.bool())

    def spanning(self, codes: Tensor) -> Lattice:
        """Return the same with ``fine`` for codes as large as ``codes`` (d,)."""
        return replace(self, fine=codes.abs().clamp(min=1.0) * self.grid > _RESOLVED)

    @cached_property
    def step(self) -> Tensor:
        """(d,) float64, the steps in own units."""
        return self.times / self.per

    @cached_property
    def _reach(self) -> Tensor:
        return torch.maximum(self.base.abs(), (self.base + self.grid).abs())

    @cached_property
    def _unit(self) -> Tensor:
        return torch.where(self.grid > 0, self.grid, 1.0)

    def count(self, values: Tensor) -> Tensor:
        """Return (..., d) float64, own values (..., d) in steps: whole where they lie on the lattice."""
        return _whole(values * self.per / self.times, self._reach)

    def value(self, count: Tensor) -> Tensor:
        """Return (..., d) float64 own values of whole counts, each the float64 nearest to the decimal."""
        return count * self.times / self.per

    def code(self, count: Tensor) -> Tensor:
        """Return (..., d) float32 codes of counts; 0 where nothing moves."""
        scaled = ((count - self.base) + self.rest) / self._unit
        return torch.where(self.grid > 0, scaled, 0.0).to(torch.float32)

    def nearest(self, x: Tensor) -> Tensor:
        """Return (..., d) float64, the whole counts nearest to codes (..., d)."""
        return self.base + torch.round(x.to(torch.float64) * self.grid - self.rest)

    def snap(self, x: Tensor) -> Tensor:
        """Return (..., d) float32, the codes of the lattice values nearest to ``x`` (..., d); NaN stays NaN.

        A code that this returns is a fixed point of it.
        """
        # The spacing of float32 halves below a power of two. Where a step is about as wide, the value nearest
        # to a power may belong to the code below it, whose nearest value is the same one.
        return self._snap(self._snap(x)) if self._any_fine else self._snap(x)

    def _snap(self, x: Tensor) -> Tensor:
        # The operations of `nearest` and `code`, in their order and so with their bits, but in place.
        grid, rest, unit = (part.to(x.device) for part in (self.grid, self.rest, self._unit))
        wide = x.to(torch.float64).mul(grid).sub_(rest).round_().add_(rest)
        return wide.div_(unit).to(torch.float32)

    @cached_property
    def _any_fine(self) -> bool:
        return bool(self.fine.any())


def _whole(counts: Tensor, reach: Tensor) -> Tensor:
    """Return counts with those that are whole but for arithmetic noise made whole."""
    nearest = torch.round(counts)
    slack = _SLACK * torch.maximum(counts.abs(), reach)
    return torch.where((counts - nearest).abs() <= slack, nearest, counts)


def declared_step(step: float) -> tuple[float, float]:
    """Return a declared step as (times, per), both whole and exact as far as float64 holds them."""
    _, digits, exponent = Decimal(repr(step)).normalize().as_tuple()
    number = int("".join(map(str, digits)))
    assert isinstance(exponent, int)
    return float(number * 10 ** max(0, exponent)), float(10 ** max(0, -exponent))


def seen_step(values: np.ndarray) -> tuple[float, float]:
    """Return as (times, per) the precision of a column: the largest power of ten, 1 at most, that divides it.

    Where there is none because values have all the digits of float64, or are too large to have decimals, it
    is the power of ten that leaves about 15 digits.

    Args:
        values: (n,) float64, finite.
    """
    largest = float(np.abs(values).max())
    if largest == 0:
        return 1.0, 1.0
    # As a difference of logarithms: the quotient could be 0 or infinite.
    finest = min(int(np.floor(np.log10(_DIGITS) - np.log10(largest))), _FINEST)
    for power in range(finest):
        per = float(10**power)
        counts = values * per
        if (np.abs(counts - np.round(counts)) <= _NOISE * largest * per).all():
            return 1.0, per
    return (float(10**-finest), 1.0) if finest < 0 else (1.0, float(10**finest))
