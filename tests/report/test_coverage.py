"""The intervals hold the truth as often as they say, in simulation; docs/statistics.md tabulates more."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from recbench.statistics import ENOUGH_SEEDS, t_interval


@pytest.fixture(scope="module")
def coverage() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "coverage_simulation", Path(__file__).with_name("coverage.py")
    )
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_wilson_covers_at_least_93_per_cent_of_200_people(coverage: ModuleType) -> None:
    shares = np.arange(0.5, 0.9901, 0.001)
    assert min(coverage.of_wilson(float(share), 200) for share in shares) >= 0.93


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        "normal",
        "gamma, shape 2 (costs)",
        "two values and a cost (Score)",
        "difference of two Scores of the same people",
    ],
)
def test_bootstrap_over_200_people(coverage: ModuleType, name: str) -> None:
    draw, truth = coverage.PEOPLE[name]
    assert 0.93 <= coverage.of_bootstrap(draw, truth, 200, 2000) <= 0.97


@pytest.mark.slow
@pytest.mark.parametrize("seeds", [2, 3, 5])
def test_t_interval_of_the_seeds_means(coverage: ModuleType, seeds: int) -> None:
    for between in (0.0, 0.05):
        assert 0.93 <= coverage.of_seeds(seeds, 200, between, 4000) <= 0.97


@pytest.mark.parametrize("seeds", [2, ENOUGH_SEEDS])
def test_half_width_of_the_t_interval(coverage: ModuleType, seeds: int) -> None:
    drawn = np.random.default_rng(0).normal(size=(2000, seeds))
    halves = np.array([(high - low) / 2 for low, high in map(t_interval, drawn)])
    mean, spread = coverage.half_width(seeds)
    assert halves.mean() == pytest.approx(mean, rel=0.06)
    assert halves.std() / halves.mean() == pytest.approx(spread, rel=0.06)


@pytest.mark.slow
def test_one_seed_is_no_substitute_for_several(coverage: ModuleType) -> None:
    assert coverage.of_one_seed(200, 0.05, 400) < 0.8
