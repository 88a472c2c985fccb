from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from recbench.conformance.tasks import Case, mixed
from recbench.rng import Rng
from recbench_methods.genre import calibration
from recbench_methods.genre.calibration import MODESTY, PRIOR, Curve, calibrate, halfway
from recbench_methods.genre.plausibility import LocalDensity

CASE: Case = mixed("mlp", 30)


def fitted(positive: Tensor, worlds: int = 3, seed: int = 0) -> Curve:
    density = LocalDensity(positive, 5, worlds, Rng(seed).stream("worlds"))
    return calibrate(CASE.task, positive, density, Rng(seed))


def test_a_curve_falls_and_is_the_mean_of_its_worlds() -> None:
    curve = Curve(slope=8.0, offset=1.0)
    factor = torch.linspace(0.8, 3.0, 30)
    share = curve.inlier(factor[None])
    assert bool((share[1:] <= share[:-1]).all()) and float(share[0]) > 0.9 and float(share[-1]) < 0.1
    both = curve.inlier(torch.stack([factor, factor.flip(0)]))
    assert torch.allclose(both, (share + share.flip(0)) / 2)
    assert bool(torch.isfinite(curve.inlier(torch.tensor([[1e-9, 1e12]]))).all())


def test_rows_halfway_are_accepted_feasible_and_between() -> None:
    task = CASE.task
    rows = halfway(task, Rng(0))
    people = task.x[~task.accepts(task.x)]
    assert len(rows) > 20 and bool(task.accepts(rows).all())
    values = [set(column.tolist()) for column in task.x.T]
    assert all(set(column.tolist()) <= known for column, known in zip(rows.T, values, strict=True))
    someone = [(~task.feasible(people).violations(row.expand_as(people)).any(dim=1)).any() for row in rows]
    assert all(someone)


def test_the_curve_tells_inliers_of_more_rows() -> None:
    task = CASE.task
    positive = task.x[task.y == 1]
    curve = fitted(positive)
    known = LocalDensity(positive[::2], 5, 3, Rng(1))
    asked = halfway(task, Rng(5))
    truth = (LocalDensity(positive, 5, 1, Rng(1)).factor(asked)[0] <= 1.5).float()
    assert 0 < float(truth.mean()) < 1
    raised = Curve(curve.slope, curve.offset + MODESTY).inlier(known.factor(asked))
    constant = truth.mean().expand_as(truth)
    loss = torch.nn.functional.binary_cross_entropy
    assert float(loss(raised, truth)) < float(loss(constant, truth))


def test_where_nothing_can_be_asked_the_prior_stands() -> None:
    task = replace(CASE.task, x=CASE.task.x[CASE.task.accepts(CASE.task.x)])
    task = replace(task, y=torch.ones(len(task.x), dtype=CASE.task.y.dtype))
    assert halfway(task, Rng(0)).shape == (0, task.dimensions)
    density = LocalDensity(task.x, 5, 3, Rng(0))
    curve = calibrate(task, task.x, density, Rng(0))
    assert abs(curve.slope - PRIOR[0][0]) < 0.01
    assert abs(curve.offset + MODESTY - PRIOR[1][0]) < 0.01


def test_the_same_seed_gives_the_same_curve() -> None:
    positive = CASE.task.x[CASE.task.y == 1]
    assert fitted(positive) == fitted(positive)
    assert fitted(positive) != fitted(positive, seed=1)


def test_parts_are_smaller_than_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = []

    class Counting(LocalDensity):
        def __init__(self, rows: Tensor, k: int, worlds: int, rng: Rng) -> None:
            sizes.append(len(rows))
            super().__init__(rows, k, worlds, rng)

    monkeypatch.setattr(calibration, "LocalDensity", Counting)
    positive = CASE.task.x[CASE.task.y == 1]
    fitted(positive)
    assert sizes == [round(0.75 * len(positive))] * 3
