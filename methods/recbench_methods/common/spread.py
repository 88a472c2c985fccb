"""How far the values of a column usually lie from their median."""

from __future__ import annotations

import torch
from torch import Tensor


def absolute_deviation(x: Tensor) -> Tensor:
    """Return (d,) the median absolute deviation of each column of (N, d) rows.

    Where half of the rows or more are equal the median is 0, and the mean takes its place. A constant
    column has 1.
    """
    apart = (x - x.median(dim=0).values).abs()
    median, mean = apart.median(dim=0).values, apart.mean(dim=0)
    spread = torch.where(median > 0, median, mean)
    return torch.where(spread > 0, spread, 1.0)
