import numpy as np
import pytest
import torch

from recbench.data.catalogue.loading import load
from recbench.data.dataset import Dataset
from recbench.errors import RecbenchError, UsageError
from recbench.protocol.judging import prepare_judge, retrained
from recbench.protocol.prepare import prepare
from recbench.task.cache import Cache
from recbench.task.recipes import ClassifierSpec, GoldRecipe, LofRecipe, TaskRecipe

QUICK = TaskRecipe(
    gold=GoldRecipe(trees=20, folds=2),
    classifier=ClassifierSpec(params={"epochs": 10}),
    factuals=20,
)
MEMORY = Cache(None, keep=50)


def test_factuals_are_the_people_the_classifier_turns_down(people: Dataset) -> None:
    prepared = prepare(people, QUICK, 0, MEMORY)
    assert len(prepared.factuals) == 20
    assert not prepared.task.accepts(prepared.factuals).any()
    expected = people.encoder.encode(people.test.iloc[prepared.rows])
    assert torch.equal(prepared.factuals, expected)
    assert list(prepared.people) == people.test["name"].iloc[prepared.rows].tolist()
    assert 0.5 < prepared.accuracy <= 1


def test_fewer_factuals_are_a_prefix_of_all(people: Dataset) -> None:
    some = prepare(people, QUICK, 0, MEMORY)
    everyone = prepare(people, QUICK.model_copy(update={"factuals": None}), 0, MEMORY)
    assert len(everyone.rows) == everyone.turned_down > 20
    assert (everyone.rows[:20] == some.rows).all()


def test_same_seed_same_task_and_other_seed_another(people: Dataset) -> None:
    one, same, other = (prepare(people, QUICK, seed, Cache(None)) for seed in (0, 0, 1))
    assert torch.equal(one.task.y, same.task.y)
    assert torch.equal(one.task.probability(one.task.x), same.task.probability(one.task.x))
    assert (one.rows == same.rows).all()
    assert not torch.equal(one.task.y, other.task.y)


def test_the_judge_says_nothing_of_nan_rows_and_inliers_sit_among_positives(people: Dataset) -> None:
    prepared = prepare(people, QUICK, 0, MEMORY)
    judge = prepare_judge(prepared, QUICK, LofRecipe(), 0, MEMORY)
    rows = torch.cat([prepared.task.x[:50], torch.full((1, 6), torch.nan), torch.full((1, 6), 40.0)])
    probability, factor = judge.probability(rows), judge.lof_score(rows)
    assert np.isnan(probability[50])
    assert np.isnan(factor[50])
    assert not judge.inlier(factor)[50]
    assert not judge.inlier(factor)[51]
    assert judge.inlier(factor)[:50].mean() > 0.5
    assert (judge.lof_score(rows, distinct=True)[:50] > 0).all()


def test_the_disk_cache_gives_the_same_task_and_survives_damage(
    people: Dataset, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("cache")
    first = prepare(people, QUICK, 0, Cache(folder))
    files = sorted(folder.iterdir())
    assert [file.name.rpartition("-")[0] for file in files] == ["classifier", "gold", "known"]
    times = [file.stat().st_mtime_ns for file in files]
    again = prepare(people, QUICK, 0, Cache(folder))
    assert [file.stat().st_mtime_ns for file in files] == times
    assert torch.equal(first.factuals, again.factuals)
    for file in files:
        file.write_bytes(file.read_bytes()[:100])
    mended = prepare(people, QUICK, 0, Cache(folder))
    assert torch.equal(first.factuals, mended.factuals)
    assert all(file.stat().st_size > 100 for file in files)


def test_known_labels_judge_only_data_sets_that_have_them(people: Dataset) -> None:
    recipe = QUICK.model_copy(update={"gold": GoldRecipe(kind="known")})
    with pytest.raises(UsageError, match="no known label equation"):
        prepare(people, recipe, 0, Cache(None))
    loan = load("loan")
    prepared = prepare(loan, recipe, 0, Cache(None))
    known = np.asarray(loan.known(loan.test))  # type: ignore[misc]
    judged = prepared.gold.probability(loan.encoder.encode(loan.test).numpy())
    np.testing.assert_allclose(judged, known, atol=1e-4)


def test_a_classifier_that_turns_nobody_down_is_a_clear_error(people: Dataset) -> None:
    recipe = QUICK.model_copy(update={"threshold": 1e-9})
    with pytest.raises(RecbenchError, match=r"turns down nobody .* Raise the threshold"):
        prepare(people, recipe, 0, MEMORY)


@pytest.mark.parametrize("name", ["mlp", "linear", "forest", "boosting"])
def test_every_classifier_learns(people: Dataset, name: str) -> None:
    recipe = QUICK.model_copy(update={"classifier": ClassifierSpec(name=name)})
    prepared = prepare(people, recipe, 0, MEMORY)
    assert prepared.accuracy > 0.55
    assert prepared.task.classifier.differentiable == (name in ("mlp", "linear"))
    probability = prepared.task.probability(prepared.task.x)
    assert probability.dtype == torch.float32
    assert ((probability >= 0) & (probability <= 1)).all()


def test_retrained_classifiers_differ_and_repeat(people: Dataset) -> None:
    prepared = prepare(people, QUICK, 0, MEMORY)
    x = prepared.task.x
    one, again, two = (retrained(prepared, QUICK, 0, k).probability(x) for k in (0, 0, 1))
    assert torch.equal(one, again)
    assert not torch.equal(one, two)
