"""The bridge: what CARLA sees of a task."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from recbench.conformance import tasks
from recbench.rng import Rng
from recbench.task import RecourseTask
from recbench_methods.carla.bridge import LABEL, Data, Model
from recbench_methods.common.threshold import centred


@pytest.fixture(scope="module")
def task() -> RecourseTask:
    return tasks.mixed("mlp", 5).task


def test_columns_are_sorted_into_carlas_kinds(task: RecourseTask) -> None:
    data = Data(task, Rng(0))
    assert data.categorical == [1, 2, 3]
    assert data.continuous == [0, 4, 5, 6, 7]
    assert data.immutables == [1]
    assert data.encoder.get_feature_names(data.categorical) == data.categorical


def test_rows_are_the_training_rows_split_for_validation(task: RecourseTask) -> None:
    data = Data(task, Rng(0))
    assert torch.equal(torch.tensor(data.df[data.columns].to_numpy(dtype=np.float32)), task.x)
    assert data.df[LABEL].tolist() == task.y.tolist()
    parts = sorted([*data.df_train.index, *data.df_test.index])
    assert parts == list(range(len(task.x)))
    assert len(data.df_test) == round(0.25 * len(task.x))


def test_people_share_no_index_label_with_training_rows(task: RecourseTask) -> None:
    data = Data(task, Rng(0))
    people = list(data.people(task.x[:3], task.y[:3]))
    assert [len(person) for person in people] == [1, 1, 1]
    assert not {label for person in people for label in person.index} & set(data.df.index)
    assert people[2][data.columns].to_numpy()[0] == pytest.approx(task.x[2].numpy())


def test_an_anchor_is_one_constant_immutable_column_more(task: RecourseTask) -> None:
    data = Data(task, Rng(0), anchored=True)
    anchor = data.columns[-1]
    assert anchor == task.dimensions
    assert anchor in data.immutables
    assert set(data.df[anchor]) == {1.0}
    model = Model(task, data)
    plain = Model(task, Data(task, Rng(0)))
    rows = task.x[:7]
    wide = torch.cat([rows, torch.ones(7, 1)], dim=1)
    one, other = model.predict_proba(wide), plain.predict_proba(rows)
    assert isinstance(one, torch.Tensor) and isinstance(other, torch.Tensor)
    assert torch.allclose(one, other, atol=1e-6)


def test_probabilities_have_two_columns_and_gradients(task: RecourseTask) -> None:
    model = Model(task, Data(task, Rng(0)))
    x = task.x[:4].clone().requires_grad_()
    both = model.predict_proba(x)
    assert isinstance(both, torch.Tensor)
    assert both.shape == (4, 2)
    assert torch.allclose(both.sum(dim=1), torch.ones(4))
    both[:, 1].sum().backward()
    assert x.grad is not None
    assert bool((x.grad != 0).any())
    array = model.predict_proba(task.x[:4].numpy())
    assert isinstance(array, np.ndarray)
    assert array == pytest.approx(both.detach().numpy())
    assert model.predict(task.x[:4].numpy()) == pytest.approx(array[:, 1])


def test_raw_model_takes_the_number_one_as_a_column(task: RecourseTask) -> None:
    model = Model(task, Data(task, Rng(0)))
    columns = model.raw_model(task.x[:1])
    assert torch.equal(columns[:, torch.tensor(1.0)], task.probability(task.x[:1]))
    assert columns.squeeze(axis=0).shape == (2,)


@pytest.mark.parametrize("threshold", [0.2, 0.5, 0.8])
def test_one_half_is_where_the_threshold_was(task: RecourseTask, threshold: float) -> None:
    task = replace(task, threshold=threshold)
    model = Model(task, Data(task, Rng(0)))
    asked = model.predict_proba(task.x.numpy())
    assert isinstance(asked, np.ndarray)
    assert asked.argmax(axis=1).tolist() == task.accepts(task.x).long().tolist()


def test_centred_is_monotone_and_stays_a_probability() -> None:
    probability = torch.linspace(0, 1, 1001)
    for threshold in (0.1, 0.7, 1.0):
        moved = centred(probability, threshold)
        assert bool((moved.diff() >= 0).all())
        assert float(moved.min()) >= 0
        assert float(moved.max()) <= 1
        assert bool(torch.isfinite(moved).all())
