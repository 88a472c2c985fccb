"""Every number has a step: how large it is, what one column makes of it, and what is refused."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings, strategies as st

from recbench.data.schema import Feature, Schema
from recbench.errors import UsageError

from .one_column import TARGET, encoder_of, feasible


def step_of(values: object, **declared: object) -> float:
    return float(encoder_of(values, **declared).lattice.step[0])


class TestThePrecisionOfAColumn:
    @pytest.mark.parametrize(
        ("values", "step"),
        [
            ([1, 2, 3], 1),
            ([1000.0, 2000.0, 5000.0], 1),
            ([0.5, 2, 3], 0.1),
            ([1.25, 2.5, 3], 0.01),
            ([4852133.7, 5624749.96], 0.01),
            ([-3.125, 1e6], 0.001),
            ([1e-6, 2e-6, 7e-6], 1e-6),
            ([1.5e-7, 1e-6], 1e-8),
            ([0.1, 0.2, 0.1 + 0.2], 0.1),
            ([3 * 1.1, 1.1, 7 * 1.1], 0.1),
            ([1e12, 1e12 + 0.001, 1e12 + 0.002], 0.001),
            ([0, 0, 0], 1),
            ([1.7e15, 2.6e15], 10),
        ],
    )
    def test_is_the_largest_power_of_ten_that_divides_it(self, values: list[float], step: float) -> None:
        assert step_of(values) == step

    def test_is_about_15_digits_where_values_have_all_of_float64s(self) -> None:
        values = np.random.default_rng(0).uniform(0, 500, 100)
        assert step_of(values) == 1e-12

    @settings(max_examples=200, deadline=None)
    @given(
        st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=12),
        st.integers(0, 6),
    )
    def test_is_never_finer_than_what_was_written(self, whole: list[int], decimals: int) -> None:
        written = [float(Decimal(value).scaleb(-decimals)) for value in whole]
        step = step_of(written)
        assert 10.0**-decimals <= step * (1 + 1e-9)
        assert all(Decimal(str(value)) % Decimal(str(step)) == 0 for value in written)

    def test_is_1_for_integers_and_the_declared_one_for_all_numbers(self) -> None:
        assert step_of([10, 20], kind="integer") == 1
        assert step_of([10, 20], kind="integer", step=5) == 5
        assert step_of([1.23, 4.56], step=0.25) == 0.25


class TestOneColumn:
    def test_a_bound_between_two_steps_is_not_exceeded(self) -> None:
        values = np.random.default_rng(0).uniform(0, 2000, 300).round(2)
        encoder = encoder_of(values, upper=1333.337, lower=12.341)
        ends = encoder.decode(torch.stack([encoder.lower, encoder.upper]))["x"].tolist()
        assert ends == [12.35, 1333.33]
        far = feasible(encoder, torch.tensor([[0.5]])).project(torch.tensor([[9.0]]))
        assert encoder.decode(far)["x"].tolist() == [1333.33]

    @pytest.mark.parametrize("decimals", [0, 2, 5, None])
    @pytest.mark.parametrize("scale", [1e-3, 1.0, 1e4, 8e6, 1e11])
    def test_training_rows_come_back_as_they_are(self, decimals: int | None, scale: float) -> None:
        values = np.random.default_rng(0).uniform(-scale, scale, 400)
        values = values if decimals is None else values.round(decimals)
        encoder = encoder_of(values)
        x = encoder.encode(pd.DataFrame({"x": values}))
        distinct = len(np.unique(x)) == len(np.unique(values))
        assert distinct
        assert encoder.decode(x)["x"].tolist() == values.tolist()
        assert torch.equal(encoder.lattice.snap(x), x)

    def test_steps_are_counted_from_0_not_from_the_training_range(self) -> None:
        encoder = encoder_of([1.3, 2.1, 9.9], step=0.25)
        x = encoder.lattice.snap(torch.linspace(0, 1, 50)[:, None])
        shown = encoder.decode(x)["x"]
        assert set(shown.mod(0.25)) == {0.0}
        assert encoder.decode(torch.stack([encoder.lower, encoder.upper]))["x"].tolist() == [1.5, 9.75]

    def test_a_number_between_known_ones_is_shown_with_no_more_digits_than_were_judged(self) -> None:
        encoder = encoder_of(np.random.default_rng(0).uniform(0, 500, 100))
        shown = encoder.decode(torch.tensor([[0.3]]))["x"].item()
        assert len(str(shown)) <= 10
        assert float(encoder.encode(pd.DataFrame({"x": [shown]}))) == torch.tensor(0.3)

    def test_integers_beyond_64_bits_are_not_negative(self) -> None:
        encoder = encoder_of([0, 10], kind="integer")
        assert encoder.decode(torch.tensor([[1e30], [0.5]]))["x"].tolist() == pytest.approx([1e31, 5])


class TestRefused:
    @pytest.mark.parametrize(
        ("values", "declared", "message"),
        [
            ([-1e308, 1.7e308], {}, "row 2: -1e\\+308 is too large to compute with"),
            ([0, 2**63], {"kind": "integer"}, "row 3: 9223372036854775808 is too large to be exact"),
            ([0, -(2**53) - 1], {"kind": "integer"}, "row 3: -9007199254740993 is too large to be exact"),
            ([0, 2**53 + 1], {}, "row 3: 9007199254740993 is too large to be exact"),
            ([0, 10**30], {"kind": "integer"}, "row 3: 10{30} is too large to be exact"),
            ([0, 10], {"upper": 1e308}, "upper 1e\\+308 is too far away"),
            ([0, 10], {"kind": "integer", "upper": 1e20}, "upper 1e\\+20 is too far away"),
            ([10, 50], {"step": 100}, "no multiple of its step 100 lies between 10 and 50"),
            ([0, 50], {"lower": 0.2, "upper": 0.8}, "no multiple of its step 1 lies"),
            ([0, 1e12], {"step": 1e-9}, "step 1e-09 is too fine"),
        ],
    )
    def test_what_cannot_be_computed_with(
        self, values: list[float], declared: dict[str, object], message: str
    ) -> None:
        with pytest.raises(UsageError, match=message):
            encoder_of(values, **declared)

    def test_a_test_value_that_float32_does_not_reach(self) -> None:
        with pytest.raises(UsageError, match=r"row 3: 1e\+300 is too far from the training values"):
            encoder_of([0, 1]).encode(pd.DataFrame({"x": [0.5, 1e300]}))

    @pytest.mark.parametrize(
        ("declared", "message"),
        [
            ({"kind": "continuous", "step": 0}, "not a positive number"),
            ({"kind": "continuous", "step": -1}, "not a positive number"),
            ({"kind": "continuous", "step": float("nan")}, "not a positive number|finite"),
            ({"kind": "continuous", "step": float("inf")}, "not a positive number|finite"),
            ({"kind": "integer", "step": 0.5}, "not whole"),
            ({"kind": "categorical", "categories": ("a", "b"), "step": 1}, "not a step"),
        ],
    )
    def test_steps_that_are_none(self, declared: dict[str, object], message: str) -> None:
        with pytest.raises(ValueError, match=message):
            Feature(name="x", **declared)


def test_only_a_declared_step_is_written_into_the_schema(tmp_path: Path) -> None:
    features = (Feature(name="x", kind="continuous", step=0.25), Feature(name="z", kind="continuous"))
    schema = Schema(features=features, target=TARGET)
    (tmp_path / "schema.yaml").write_text(schema.to_yaml())
    assert Schema.from_yaml(tmp_path / "schema.yaml") == schema
    # What is hashed is as it was before there were steps.
    assert schema.model_dump_json().count("step") == 1


def test_between_a_person_outside_the_domain_and_its_end_nothing_is_allowed() -> None:
    encoder = encoder_of([0.0, 0.1, 10.0], upper=5.0)
    own = encoder.encode(pd.DataFrame({"x": [8.0]}))
    may = feasible(encoder, own)
    tried = encoder.encode(pd.DataFrame({"x": [7.9, 6.6, 6.4, 5.1, 4.9, 9.0]}))
    ended = may.project(tried[None])
    assert encoder.decode(ended[0])["x"].tolist() == [8.0, 8.0, 5.0, 5.0, 4.9, 8.0]
    assert may.admits(tried).tolist() == [[False, False, False, False, True, False]]
    assert [bool(may.violations(x[None])) for x in tried] == [True, True, True, True, False, True]


def test_neighbouring_steps_have_codes_of_their_own_where_float32_can_tell_them_apart() -> None:
    encoder = encoder_of([0.0, 10_000.01])
    cents = pd.DataFrame({"x": np.arange(1_000_001) / 100})
    assert len(torch.unique(encoder.encode(cents))) == len(cents)
