from __future__ import annotations

import pytest
import torch

from recbench.rng import Rng
from recbench_methods.common import blocks
from recbench_methods.genre.neighbours import Neighbours, distinct


@pytest.mark.parametrize("features", [5, 30], ids=["tree", "product"])
def test_the_nearest_are_those_of_all_distances(features: int, monkeypatch: pytest.MonkeyPatch) -> None:
    generator = Rng(0).torch()
    rows = torch.randn(300, features, generator=generator)
    x = torch.randn(80, features, generator=generator)
    expected = torch.cdist(x.double(), rows.double()).topk(6, largest=False)
    distance, index = Neighbours(rows, 6).nearest(x)
    assert torch.equal(index, expected.indices)
    assert torch.allclose(distance.double(), expected.values, atol=1e-5)
    monkeypatch.setattr(blocks, "CELLS", 64 * 300 * 7)
    again = Neighbours(rows, 6).nearest(x)
    assert torch.equal(again[0], distance) and torch.equal(again[1], index)


@pytest.mark.parametrize("features", [5, 30])
def test_fewer_rows_than_neighbours(features: int) -> None:
    rows = torch.eye(3, features)
    distance, index = Neighbours(rows, 6).nearest(rows)
    assert distance.shape == index.shape == (3, 3)
    assert torch.equal(index[:, 0], torch.arange(3)) and torch.equal(distance[:, 0], torch.zeros(3))


def test_distinct_rows_lead_back_to_all() -> None:
    x = torch.randint(0, 3, (500, 3), generator=Rng(0).torch()).float()
    rows, where = distinct(x)
    assert len(rows) == len(torch.unique(x, dim=0)) == 27
    assert torch.equal(rows[where], x)
    nobody, nowhere = distinct(x[:0])
    assert nobody.shape == (0, 3) and nowhere.shape == (0,)


def test_rows_that_fall_together_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, "rand", lambda *shape, **how: torch.ones(*shape, dtype=torch.float64))
    x = torch.tensor([[1.0, 2.0], [2.0, 1.0], [1.0, 2.0], [0.0, 3.0]])
    rows, where = distinct(x)
    assert len(rows) == 3
    assert torch.equal(rows[where], x)
