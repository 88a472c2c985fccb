"""Whatever the column: what is judged is what a person is shown, inside the bounds in own units."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pandas as pd
import torch
from hypothesis import assume, given, settings, strategies as st

from recbench.data.encoding import Encoder
from recbench.data.schema import Feature, Schema
from recbench.errors import UsageError

from .one_column import TARGET, feasible


@dataclass
class Column:
    """A feature, training values and people, all drawn."""

    feature: Feature
    train: list[float]
    people: list[float]


@st.composite
def columns(draw: st.DrawFn) -> Column:
    integer = draw(st.booleans())
    decimals = 0 if integer else draw(st.integers(0, 8))
    power = draw(st.integers(0, 15 if integer else 12))
    largest = min(2**53, 10 ** min(power + decimals, 15 if integer else 13))
    near = draw(st.integers(-largest, largest))
    width = draw(st.sampled_from([2 * largest, 1000, 10]))
    whole = st.integers(max(-largest, near - width), min(largest, near + width))
    value = whole.map(lambda count: float(Decimal(count).scaleb(-decimals)))
    if not integer and draw(st.booleans()):
        # All of float64's digits.
        value = st.builds(lambda a, b: a + b / 7, value, value)
    train = draw(st.lists(value, min_size=2, max_size=12))
    low, high = min(train), max(train)
    between = st.floats(0, 1).map(lambda share: low + share * (high - low))
    ends = sorted([draw(between), draw(between)])
    declared: dict[str, Any] = {}
    if draw(st.booleans()):
        declared["lower"] = ends[0]
    if draw(st.booleans()):
        declared["upper"] = ends[1] if draw(st.booleans()) else high + draw(st.integers(0, 3)) * (high - low)
    if draw(st.booleans()):
        declared["step"] = float(
            Decimal(draw(st.sampled_from([1, 2, 5, 25]))).scaleb(0 if integer else -decimals)
        )
    declared["monotone"] = draw(st.sampled_from([None, "increase", "decrease"]))
    declared["immutable"] = draw(st.sampled_from([False, False, False, True]))
    kind = "integer" if integer else "continuous"
    if integer and "lower" in declared and "upper" in declared:
        assume(math.ceil(declared["lower"]) <= math.floor(declared["upper"]))
    feature = Feature(name="x", kind=kind, **declared)
    return Column(
        feature,
        train,
        draw(st.lists(st.one_of(value, between if not integer else value), min_size=1, max_size=6)),
    )


@settings(max_examples=500, deadline=None)
@given(columns(), st.data())
def test_what_is_judged_is_what_is_shown_and_inside_the_bounds(column: Column, data: st.DataObject) -> None:
    feature = column.feature
    train, before = pd.DataFrame({"x": column.train}), pd.DataFrame({"x": column.people})
    try:
        encoder = Encoder.fit(Schema(features=(feature,), target=TARGET), train)
    except UsageError as error:
        assert "no multiple of its step" in error.message
        assume(False)
    factuals = encoder.encode(before)
    may = feasible(encoder, factuals)
    share = st.one_of(st.floats(-2, 3, width=32), st.sampled_from([0.0, 0.5, 1.0, 0.25, 2.0**-20]))
    moved = data.draw(st.lists(share, min_size=len(before), max_size=len(before)))
    x = may.project(torch.tensor(moved)[:, None])
    shown = encoder.decode(x, before)
    # The same bits, whether seen from the person or as a row of its own, and it stays where it is.
    assert torch.equal(encoder.encode(shown), x)
    bare = encoder.decode(x)
    changed = (x != factuals).squeeze(1).numpy()
    assert torch.equal(encoder.encode(bare)[changed], x[changed])
    assert shown["x"].tolist() == [
        own if not moves else seen for own, seen, moves in zip(before["x"], bare["x"], changed, strict=True)
    ]
    assert torch.equal(may.project(x), x)
    assert not may.violations(x).any()
    # Inside the bounds in own units, without a tolerance, unless it is the person's own value.
    lower = min(column.train) if feature.lower is None else feature.lower
    upper = max(column.train) if feature.upper is None else feature.upper
    step = Decimal(repr(float(encoder.lattice.step[0])))
    for own, now, moves in zip(before["x"], shown["x"], changed, strict=True):
        if not moves:
            continue
        assert lower <= now <= upper
        assert not feature.immutable
        assert feature.monotone != "increase" or now > own
        assert feature.monotone != "decrease" or now < own
        on_step = abs(now / float(step) - round(now / float(step))) <= 1e-6 * abs(now / float(step)) + 1e-6
        assert on_step or (feature.step is None and now in column.train)
        if feature.step is not None:
            # The very float64 that the decimal multiple is written as.
            assert now == float(round(Decimal(repr(now)) / step) * step)


@settings(max_examples=300, deadline=None)
@given(columns())
def test_a_persons_own_value_is_always_allowed_and_comes_back(column: Column) -> None:
    try:
        encoder = Encoder.fit(
            Schema(features=(column.feature,), target=TARGET), pd.DataFrame({"x": column.train})
        )
    except UsageError:
        assume(False)
    people = pd.DataFrame({"x": column.people})
    x = encoder.encode(people)
    may = feasible(encoder, x)
    assert torch.equal(may.project(x), x)
    assert not may.violations(x).any()
    assert may.admits(x).diagonal().all()
    assert encoder.decode(x, people)["x"].tolist() == column.people
