"""Robustness and neighbourhood on rows whose values are known by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.stats import norm

from recbench.classifiers.base import Classifier
from recbench.data.dataset import Dataset
from recbench.judge import Judge
from recbench.method.method import Recourse, Timings
from recbench.metrics import metric_class
from recbench.metrics.base import MetricContext
from recbench.rng import Rng
from recbench.store.folder import Store
from recbench.task import RecourseTask

AGE, SCHOOL, INCOME = 0, 3, 4


class RicherThan(Classifier):
    kind = "rule"

    def __init__(self, least: float) -> None:
        super().__init__()
        self.least = least

    def probability(self, x: torch.Tensor) -> torch.Tensor:
        return (x[:, INCOME] > self.least).float()


def retrain(repetition: int) -> Classifier:
    """The i-th classifier wants 0.1 i more; as a real one it is trained, so it needs gradients."""
    assert torch.is_grad_enabled()
    return RicherThan(0.1 * repetition)


def context(people: Dataset, after: torch.Tensor, samples: torch.Tensor | None = None) -> MetricContext:
    x = people.encoder.encode(people.train)
    task = RecourseTask(people.encoder, x, torch.from_numpy(people.favourable(people.train)), RicherThan(0.5))
    factuals = torch.tensor([0.25, 1.0, 0.0, 0.5, 0.1, 4 / 9]).repeat(len(after), 1)
    recourse = Recourse.of(after, task, samples)
    judge = Judge(None, None, None)  # type: ignore[arg-type]
    return MetricContext(task, judge, factuals, recourse, Timings(1, 1), retrain, Rng(0))


def rows(*incomes: float) -> torch.Tensor:
    made = torch.tensor([0.25, 1.0, 0.0, 0.5, 0.1, 4 / 9]).repeat(len(incomes), 1)
    made[:, INCOME] = torch.tensor(incomes)
    made[torch.isnan(made[:, INCOME])] = torch.nan
    return made


def compute(name: str, at: MetricContext) -> np.ndarray:
    return np.asarray(metric_class(name)().compute(at), dtype=float)


def test_validity_under_retrained_classifiers_is_the_share_that_accepts(people: Dataset) -> None:
    found = compute("validity_retrained", context(people, rows(0.55, 0.95, np.nan, -1.0)))
    np.testing.assert_allclose(found, [0.6, 1.0, 0.0, 0.0])


def test_invalidation_is_the_normal_tail_and_only_for_the_accepted(people: Dataset) -> None:
    at = context(people, rows(*[0.6] * 400, 0.4, np.nan))
    found = compute("invalidation", at)
    # h refuses when the noise takes 0.1 from income: one standard deviation.
    assert found[:400].mean() == pytest.approx(norm.cdf(-1), abs=0.01)
    assert np.isnan(found[400:]).all()
    np.testing.assert_array_equal(found, compute("invalidation", at))


def test_ynn_is_the_share_of_accepted_neighbours(people: Dataset) -> None:
    x = people.encoder.encode(people.train)
    found = compute("ynn", context(people, torch.cat([x[:20], rows(np.nan)])))
    for at in range(20):
        nearest = np.argsort(np.linalg.norm((x - x[at]).numpy(), axis=1), kind="stable")[:5]
        assert found[at] == pytest.approx((x[nearest, INCOME] > 0.5).double().mean().item())
    assert found[20] == 0.0


def test_nearest_positive_is_the_smallest_cost(people: Dataset) -> None:
    at = context(people, torch.cat([people.encoder.encode(people.test.head(10)), rows(np.nan)]))
    found = compute("nearest_positive", at)
    positive = at.task.x[at.task.y == 1]
    expected = (at.counterfactuals[:10, None] - positive).abs().sum(dim=2).amin(dim=1)
    np.testing.assert_allclose(found[:10], expected.numpy(), rtol=1e-5)
    assert np.isnan(found[10])


def test_directions(people: Dataset) -> None:
    after = rows(0.6, 0.6, 0.6, np.nan)
    after[0, AGE] -= 0.1
    after[1, SCHOOL] = 1.0
    np.testing.assert_array_equal(compute("directions_violated", context(people, after)), [1, 0, 0, np.nan])


def test_diversity_is_the_mean_cost_between_draws(people: Dataset) -> None:
    samples = torch.stack([rows(0.1, 0.2, 0.4), rows(0.7, 0.7, 0.7)])
    found = compute("sample_diversity", context(people, rows(0.6, 0.6), samples))
    np.testing.assert_allclose(found, [(0.1 + 0.3 + 0.2) / 3, 0.0], atol=1e-6)
    assert np.isnan(compute("sample_diversity", context(people, rows(0.6, 0.6)))).all()


def test_coverage_of_everybody_and_of_nobody(people: Dataset) -> None:
    at = context(people, rows(0.6))
    real = at.task.x[(at.task.y == 1) & at.task.accepts(at.task.x)]
    assert compute("sample_coverage", context(people, rows(0.6), real[None])) == 1.0
    assert compute("sample_coverage", context(people, rows(0.6), real[None] + 100)) == 0.0
    assert np.isnan(compute("sample_coverage", at))


@pytest.mark.slow
def test_the_suite_computes_every_metric_and_draws_are_not_made_up_later(recbench, tmp_path) -> None:  # type: ignore[no-untyped-def]
    names = "validity_retrained,invalidation,ynn,nearest_positive,directions_violated"
    words = ["--datasets", "loan", "--factuals", "30", "--no-tracking", "--results", tmp_path]
    done = recbench("run", "--methods", "genre,nnr", "--metrics", names, *words)
    assert done.returncode == 0, done.stderr
    records = list(Store(tmp_path, create=False).records())
    assert len(records) == 2
    for record in records:
        assert not record.unscored
        assert all(record.mean(name) is not None for name in names.split(","))

    recbench("score", "--metrics", "sample_diversity", "--results", tmp_path)
    for record in Store(tmp_path, create=False).records():
        if record.cell.method == "genre":
            assert "not stored" in record.unscored["sample_diversity"]
        else:
            assert record.scores["sample_diversity"].mean is None
