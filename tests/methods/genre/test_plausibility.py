from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.neighbors import LocalOutlierFactor

from recbench.rng import Rng
from recbench_methods.genre import plausibility
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
    assert np.allclose(LocalDensity(rows, k).factor(new).numpy(), expected, rtol=1e-3)
    monkeypatch.setattr(plausibility, "_CELLS", 1000)
    assert np.allclose(LocalDensity(rows, k).factor(new).numpy(), expected, rtol=1e-3)


def test_duplicates_are_told_from_near_rows() -> None:
    rows = points(60, 0).repeat(8, 1)
    density = LocalDensity(rows, 5)
    assert torch.allclose(density.factor(rows[:60]), torch.ones(60))
    assert bool((density.factor(rows[:60] + 1e-3) > 100).all())
    reference = LocalOutlierFactor(5, novelty=True, algorithm="brute").fit(rows.double().numpy())
    inside = reference.predict((rows[:60] + 1e-3).double().numpy())
    assert bool((inside == -1).all())


def test_any_leading_shape() -> None:
    density = LocalDensity(points(50, 0), 5)
    new = points(24, 1)
    assert torch.equal(density.factor(new.reshape(2, 3, 4, 4)), density.factor(new).reshape(2, 3, 4))
    assert density.factor(new[:0]).shape == (0,)
