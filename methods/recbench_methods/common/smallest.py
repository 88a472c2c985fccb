"""The smallest of many numbers, row by row."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

_FEW = 64
"""Up to so many numbers, torch's partial sort is the faster one."""


def smallest(values: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Return the ``count`` smallest of each row in order, (n, count), and their columns: a faster ``topk``.

    Args:
        values: (n, m), m at least ``count``; without NaN.
        count: how many.
    """
    if count <= _FEW or count == values.shape[1] or values.device.type != "cpu":
        found = values.topk(count, dim=1, largest=False, sorted=True)
        return found.values, found.indices
    # NumPy selects with vector instructions, in a third of the time that torch takes.
    columns = torch.from_numpy(np.argpartition(values.numpy(), count - 1, axis=1)[:, :count])
    chosen = values.gather(1, columns)
    chosen, order = chosen.sort(dim=1)
    return chosen, columns.gather(1, order)
