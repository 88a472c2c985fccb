from __future__ import annotations

import pandas as pd
import pytest
import torch
from hypothesis import given, settings, strategies as st

from recbench.classifiers.base import TorchClassifier
from recbench.conformance.tasks import Case, mixed
from recbench.data.encoding import Encoder
from recbench.data.schema import Feature, Schema, Target
from recbench.rng import Rng
from recbench.task import RecourseTask
from recbench_methods.genre.bins import Bins


def one_number(values: list[float], **rules: object) -> RecourseTask:
    schema = Schema(
        features=(Feature.model_validate({"name": "a", "kind": "continuous", **rules}),),
        target=Target(name="y", favourable=(1,)),
    )
    frame = pd.DataFrame({"a": values})
    encoder = Encoder.fit(schema, frame)
    classifier = TorchClassifier(torch.nn.Flatten(0), "identity")
    return RecourseTask(encoder, encoder.encode(frame), torch.ones(len(values)).long(), classifier)


def draw_all(bins: Bins, task: RecourseTask, x: torch.Tensor, uniform: torch.Tensor) -> torch.Tensor:
    """Every bin of a single feature for each person: (n, B, 1)."""
    feasible = task.feasible(x)
    people = bins.people(x, task, feasible)
    every = torch.arange(bins.size).expand(len(x), -1)[..., None]
    return bins.draw(every, people, feasible, uniform)


def test_few_values_are_a_bin_each() -> None:
    task = one_number([0, 1, 1, 3, 10])
    bins = Bins.fit(task, 64)
    assert bins.counts.tolist() == [4]
    assert torch.allclose(bins.centres[0], torch.tensor([0.0, 0.1, 0.3, 1.0]))


@given(st.lists(st.integers(0, 10_000), min_size=3, max_size=300), st.integers(2, 12))
@settings(max_examples=60, deadline=None)
def test_bins_cover_the_training_range_in_order(values: list[int], most: int) -> None:
    task = one_number([0, *map(float, values), 10_000])
    bins = Bins.fit(task, most)
    count = int(bins.counts[0])
    assert 2 <= count <= most
    place = bins.index(task.x)[:, 0]
    assert int(place.min()) == 0 and int(place.max()) == count - 1
    assert bool((place[task.x[:, 0].argsort()].diff() >= 0).all())
    # Training values are in the bin that holds them: equal values share one, none is left out.
    sizes = bins.starts[0, 1 : count + 1] - bins.starts[0, :count]
    assert torch.equal(torch.bincount(place, minlength=count), sizes)


def test_a_value_that_most_people_have_takes_one_bin_only() -> None:
    rare = torch.linspace(1, 1000, 500).tolist()
    task = one_number([0.0] * 9500 + rare)
    bins = Bins.fit(task, 50)
    assert bins.counts.tolist() == [50]
    sizes = bins.starts[0].diff()
    assert int(sizes[0]) == 9500
    assert int(sizes[1:].min()) >= 10 and int(sizes[1:].max()) <= 11


def test_a_common_value_in_the_middle_shares_its_bin_with_nobody() -> None:
    task = one_number([*range(100), *([100.5] * 1000), *range(101, 201)])
    bins = Bins.fit(task, 20)
    place = int(bins.index(torch.tensor([[0.5025]]))[0, 0])
    assert int(bins.starts[0, place + 1] - bins.starts[0, place]) == 1000


def test_both_ends_of_the_domain_can_be_drawn() -> None:
    task = one_number(list(range(1000)))
    bins = Bins.fit(task, 10)
    x = torch.tensor([[0.5]])
    low = draw_all(bins, task, x, torch.zeros(1, bins.size, 1))
    high = draw_all(bins, task, x, torch.full((1, bins.size, 1), 0.99999))
    assert float(low.min()) == 0.0
    assert float(high.max()) == 1.0


def test_a_drawn_value_lies_in_its_bin() -> None:
    task = one_number(list(range(500)))
    bins = Bins.fit(task, 20)
    x = torch.tensor([[0.1234]])
    for u in (0.0, 0.3, 0.999):
        value = draw_all(bins, task, x, torch.full((1, bins.size, 1), u))
        assert bins.index(value)[0, :, 0].tolist() == list(range(20))


def test_the_own_bin_is_the_own_value_exactly() -> None:
    task = one_number(list(range(1000)))
    bins = Bins.fit(task, 10)
    x = torch.rand(50, 1, generator=Rng(0).torch())
    value = draw_all(bins, task, x, torch.rand(50, bins.size, 1, generator=Rng(1).torch()))
    own = bins.index(x)[:, 0]
    assert torch.equal(value[torch.arange(50), own], x)
    assert bool((value.squeeze(2) == x).sum(dim=1).eq(1).all())


def test_people_beyond_the_training_range_are_in_the_end_bins() -> None:
    task = one_number(list(range(100)))
    bins = Bins.fit(task, 10)
    x = torch.tensor([[-0.5], [1.5]])
    assert bins.index(x).squeeze(1).tolist() == [0, 9]
    people = bins.people(x, task)
    assert bool(people.allowed.all())
    assert people.apart[0, 0, 0] == 0 and people.apart[1, 0, 9] == 0


def test_declared_bounds_close_bins_and_narrow_the_others() -> None:
    task = one_number(list(range(1000)), lower=200, upper=650)
    bins = Bins.fit(task, 10)
    x = torch.tensor([[0.3]])
    people = bins.people(x, task)
    assert people.allowed[0, 0].nonzero().squeeze(1).tolist() == [2, 3, 4, 5, 6]
    value = draw_all(bins, task, x, torch.full((1, bins.size, 1), 0.9999))[0, 6]
    assert float(value) == pytest.approx(650 / 999)


def test_a_direction_keeps_the_half_line() -> None:
    task = one_number(list(range(1000)), monotone="increase")
    bins = Bins.fit(task, 10)
    x = torch.tensor([[0.555]])
    people = bins.people(x, task)
    assert people.allowed[0, 0].nonzero().squeeze(1).tolist() == [5, 6, 7, 8, 9]


def test_categories_have_a_bin_each_even_if_no_row_has_them() -> None:
    case: Case = mixed("mlp", 5)
    task = case.task
    region = task.encoder.schema.index("region")
    lost = task.x[task.x[:, region] != 1.0]
    bins = Bins.fit(RecourseTask(task.encoder, lost, task.y[: len(lost)], task.classifier), 64)
    assert int(bins.counts[region]) == 4
    codes = torch.tensor([0, 1 / 3, 2 / 3, 1])
    assert torch.allclose(bins.centres[region, :4], codes)
    assert bins.index(case.factuals)[:, region].tolist() == (case.factuals[:, region] * 3).round().tolist()


def test_constant_columns_have_one_bin() -> None:
    task = one_number([4.0] * 10)
    bins = Bins.fit(task, 10)
    assert bins.counts.tolist() == [1]
    assert bins.people(torch.zeros(3, 1), task).allowed.all()
