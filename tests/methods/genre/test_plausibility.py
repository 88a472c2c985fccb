from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.neighbors import LocalOutlierFactor

from recbench.rng import Rng
from recbench_methods.common import blocks
from recbench_methods.genre.plausibility import LocalDensity


def points(count: int, seed: int) -> torch.Tensor:
    generator = Rng(seed).torch()
    centres = torch.randint(0, 3, (count, 1), generator=generator)
    return centres + 0.2 * torch.randn(count, 4, generator=generator)


@pytest.mark.parametrize("k", [3, 10])
def test_agrees_with_scikit_learn(k: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rows, new = points(400, 0), torch.cat([points(200, 1), 4 * points(50, 2)])
    reference = LocalOutlierFactor(k, novelty=True, algorithm="brute").fit(rows.double().numpy())
    expected = -reference.score_samples(new.double().numpy())
    assert np.allclose(LocalDensity(rows, k, 1, Rng(0)).factor(new)[0].numpy(), expected, rtol=1e-3)
    monkeypatch.setattr(blocks, "CELLS", 2000)
    assert np.allclose(LocalDensity(rows, k, 1, Rng(0)).factor(new)[0].numpy(), expected, rtol=1e-3)


def test_duplicates_are_told_from_near_rows() -> None:
    rows = points(60, 0).repeat(8, 1)
    density = LocalDensity(rows, 5, 3, Rng(0))
    assert torch.allclose(density.factor(rows[:60]), torch.ones(3, 60))
    assert bool((density.factor(rows[:60] + 1e-3) > 100).all())
    reference = LocalOutlierFactor(5, novelty=True, algorithm="brute").fit(rows.double().numpy())
    inside = reference.predict((rows[:60] + 1e-3).double().numpy())
    assert bool((inside == -1).all())


def test_any_leading_shape() -> None:
    density = LocalDensity(points(50, 0), 5, 4, Rng(0))
    new = points(24, 1)
    assert torch.equal(density.factor(new.reshape(2, 3, 4, 4)), density.factor(new).reshape(1, 2, 3, 4))
    assert density.factor(new[:0]).shape == (1, 0)


def test_with_copies_it_is_still_scikit_learns() -> None:
    rows = torch.cat([points(200, 0).repeat(2, 1), points(60, 3).repeat(4, 1), points(100, 4)])
    new = torch.cat([points(200, 1), rows[:50], 4 * points(20, 2)])
    reference = LocalOutlierFactor(5, novelty=True, algorithm="brute").fit(rows.double().numpy())
    expected = -reference.score_samples(new.double().numpy())
    assert np.allclose(LocalDensity(rows, 5, 3, Rng(0)).factor(new)[0].numpy(), expected, rtol=1e-3)


def test_where_copies_are_many_others_may_see_more() -> None:
    # With five copies a row's density is finite (itself is no neighbour), with six it is not.
    rows = torch.cat([points(60, 0).repeat(5, 1), points(60, 3)])
    beside = rows[:60] + 1e-3
    first, *others = LocalDensity(rows, 5, 6, Rng(0)).factor(beside)
    seen = torch.stack(others)
    assert bool((seen > 100 * first).any(dim=0).float().mean() > 0.9)
    # Single rows gain no copies, so far from the others nothing changes.
    assert torch.equal(
        LocalDensity(points(60, 3), 5, 6, Rng(0)).factor(beside),
        LocalDensity(points(60, 3), 5, 1, Rng(0)).factor(beside),
    )


def test_each_world_is_a_density_of_its_own() -> None:
    rows = torch.cat([points(60, 0).repeat(4, 1), points(60, 3), 50 + points(60, 4)])
    new = torch.cat([rows[:60] + 1e-3, points(60, 5), 50 + points(60, 6)])
    density = LocalDensity(rows, 5, 4, Rng(0))
    factor = density.factor(new)
    for world, copies in enumerate(density._copies):
        alone = LocalDensity(density.rows.repeat_interleave(copies, dim=0), 5, 1, Rng(0))
        assert torch.allclose(factor[world], alone.factor(new)[0], rtol=1e-3)
    # Far from copies the worlds are alike, beside them they are not.
    assert torch.equal(factor[:, 120:], factor[:1, 120:].expand(4, -1))
    assert not torch.equal(factor[1], factor[0])
