from __future__ import annotations

import pytest
import torch

from recbench.rng import Rng
from recbench_methods.common.smallest import smallest


@pytest.mark.parametrize("count", [1, 64, 65, 200, 300])
def test_the_smallest_are_those_that_sorting_finds(count: int) -> None:
    values = torch.rand(20, 300, generator=Rng(0).torch())
    values[:, 150:] = torch.inf
    found, columns = smallest(values, count)
    assert torch.equal(values.gather(1, columns), found)
    assert bool((columns.sort(dim=1).values.diff(dim=1) > 0).all())
    expected = values.sort(dim=1).values[:, :count]
    assert torch.equal(found, expected)
