"""Bounds: whether declared bounds and people's values have to do with the training range."""

from __future__ import annotations

import numpy as np

from recbench.data.schema import Schema
from recbench.errors import UsageError

FARTHEST = 1e9
"""Training ranges that a value or bound may lie away; beyond, single precision tells nobody apart."""


def check_bounds(schema: Schema, low: np.ndarray, high: np.ndarray) -> None:
    """Check that declared bounds leave some of the training range, and can be told from it.

    Args:
        schema: d features.
        low: (d,) least value in training.
        high: (d,) greatest value in training.

    Raises:
        UsageError: every training value lies outside a bound, or the bound is too far away.
    """
    for feature, first, last in zip(schema.features, low, high, strict=True):
        if feature.discrete:
            continue
        said = f"the training values go from {first:g} to {last:g}"
        for side, bound in (("lower", feature.lower), ("upper", feature.upper)):
            if bound is None:
                continue
            if bound > last if side == "lower" else bound < first:
                problem, hint = f"but {said}", "Check its units."
            elif _far(np.array([bound]), first, last)[0]:
                problem, hint = f"far out of reach: {said}", "Leave it out, or check its units."
            else:
                continue
            raise UsageError(f"feature {feature.name!r}: {side} is {bound:g}, {problem}.", hint)


def check_nearness(schema: Schema, numbers: np.ndarray, low: np.ndarray, high: np.ndarray) -> None:
    """Check that people's (n, d) numbers can be told in the space that the training range sets.

    Raises:
        UsageError: one is too far away (column, row and value are named).
    """
    for j, feature in enumerate(schema.features):
        far = np.flatnonzero(_far(numbers[:, j], low[j], high[j]))
        if len(far) and not feature.discrete:
            place = f"column {feature.name!r}, row {far[0] + 2}: {numbers[far[0], j]:g}"
            training = f"the training values, {low[j]:g} to {high[j]:g}"
            raise UsageError(f"{place} is too far from {training}.", "Correct it, or drop the row.")


def _far(values: np.ndarray, first: float, last: float) -> np.ndarray:
    """Return (n,) whether values lie ``FARTHEST`` training ranges away; constants have no range."""
    with np.errstate(over="ignore"):
        away: np.ndarray = np.abs(values - first) / FARTHEST > last - first
    return away & (last > first)
