"""Domain: between which values numbers move, exactly and in people's own units."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from recbench.data.lattice import EXACT, Lattice, declared_step, seen_step
from recbench.data.schema import Feature, Schema
from recbench.errors import UsageError


@dataclass(frozen=True)
class Domain:
    """The steps of d features and the ends of their domains.

    Attributes:
        lattice: the steps: declared, else 1 for integers and the precision of the training values.
        seen: (d,) bool, whether the step is the precision of the training values, which then are steps
            themselves.
        low: (d,) float64, smallest training value in own units; 0 for categories, whose values are codes.
        high: (d,) float64, the largest.
        bottom: (d,) float64, first step not below the declared lower bound, else the training range.
        top: (d,) float64, last step not above the declared upper bound, else the training range.
    """

    lattice: Lattice
    seen: Tensor
    low: Tensor
    high: Tensor
    bottom: Tensor
    top: Tensor

    @classmethod
    def fit(cls, schema: Schema, numbers: np.ndarray) -> Domain:
        """Return the domain for training ``numbers`` (n, d), codes for categories and own units for numbers.

        Raises:
            UsageError: a bound or a step is nothing that can be computed with, or no step lies between the
                bounds.
        """
        features = schema.features
        last = np.array([max(0, len(feature.categories) - 1) for feature in features], dtype=np.float64)
        discrete = np.array([feature.discrete for feature in features])
        low = torch.from_numpy(np.where(discrete, 0.0, numbers.min(axis=0)))
        high = torch.from_numpy(np.where(discrete, last, numbers.max(axis=0)))
        steps = [_step(feature, numbers[:, j]) for j, feature in enumerate(features)]
        times, per = torch.tensor(steps, dtype=torch.float64).T
        lattice = Lattice.between(times, per, low, high)
        # NaN stands for a bound that was not declared.
        bounds = [[np.nan if end is None else end for end in (f.lower, f.upper)] for f in features]
        lower, upper = torch.tensor(bounds, dtype=torch.float64).T
        seen = torch.tensor([f.kind == "continuous" and f.step is None for f in features])
        bottom = _first_step(lattice, lower, low, seen, 1)
        top = _first_step(lattice, upper, high, seen, -1)
        # A column that is constant in the training rows has no scale on which to move.
        moves = lattice.grid > 0
        bottom, top = torch.where(moves, bottom, low), torch.where(moves, top, high)
        codes = torch.stack([lattice.code(lattice.count(end)) for end in (bottom, top)])
        for j, feature in enumerate(features):
            _refuse_bounds(feature, codes[:, j].isfinite().tolist())
            if bottom[j] > top[j]:
                begin = float(low[j]) if feature.lower is None else feature.lower
                end = float(high[j]) if feature.upper is None else feature.upper
                raise UsageError(
                    f"feature {feature.name!r}: no multiple of its step {float(lattice.step[j]):g} lies"
                    f" between {begin:.15g} and {end:.15g}.",
                    "A bound that is left out is the end of the training range.",
                )
        return cls(lattice.spanning(codes.abs().amax(dim=0)), seen, low, high, bottom, top)


def _step(feature: Feature, column: np.ndarray) -> tuple[float, float]:
    """Return the step of a feature as (times, per): declared, else from its kind and training ``column``."""
    if feature.step is None:
        return seen_step(column) if feature.kind == "continuous" else (1.0, 1.0)
    largest = np.abs(column).max()
    if largest / feature.step > EXACT:
        raise UsageError(
            f"feature {feature.name!r}: step {feature.step:g} is too fine for values up to {largest:g}.",
            "A number has 15 digits at most.",
        )
    return declared_step(feature.step)


def _first_step(lattice: Lattice, bound: Tensor, seen: Tensor, own: Tensor, way: int) -> Tensor:
    """Return (d,) own values: the first step behind a declared ``bound``, else behind the value ``seen``.

    Args:
        lattice: the steps.
        bound: (d,) declared, NaN where none was.
        seen: (d,) end of the training range.
        own: (d,) bool, whether a training value counts as a step, noise and all.
        way: 1 for steps at or above the bound, -1 for steps at or below.
    """
    declared = ~bound.isnan()
    end = torch.where(declared, bound, seen)
    exactly = lattice.count(end)
    count = way * torch.ceil(way * exactly)
    itself = own & ~declared & (exactly == count)
    # Noise was taken off the count, and its value is rounded: it may lie just outside.
    beyond = torch.nextafter(count, torch.full_like(count, way * torch.inf))
    next_one = way * torch.maximum(way * count + 1, way * beyond)
    count = torch.where(way * lattice.value(count) < way * end, next_one, count)
    return torch.where(itself, end, lattice.value(count))


def _refuse_bounds(feature: Feature, encoded: list[bool]) -> None:
    ends = (("lower", feature.lower), ("upper", feature.upper))
    for (name, bound), reached in zip(ends, encoded, strict=True):
        if bound is None or (reached and (feature.kind != "integer" or abs(bound) <= EXACT)):
            continue
        raise UsageError(
            f"feature {feature.name!r}: {name} {bound:g} is too far away to compute with.",
            "Leave it out, or give one nearer to the values of the column.",
        )
