import re

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import assume, given, settings, strategies as st

from recbench.data.encoding import Encoder, category_key, own_numbers
from recbench.data.schema import Feature, Schema, Target
from recbench.errors import UsageError

SCHEMA = Schema(
    features=(
        Feature(name="job", kind="categorical", categories=("clerk", "nurse", "cook")),
        Feature(name="level", kind="ordinal", categories=(1, 2, 3, 4)),
        Feature(name="age", kind="integer"),
        Feature(name="income", kind="continuous", lower=0, upper=1e5),
        Feature(name="flat", kind="continuous"),
    ),
    target=Target(name="y", favourable=(1,)),
)


def table(**changes):
    columns = {
        "job": ["clerk", "nurse", "cook", "nurse"],
        "level": [1, 4, 2, 3],
        "age": [20, 30, 40, 60],
        "income": [1000.0, 2000.5, 5000.0, 3000.0],
        "flat": [3.5, 3.5, 3.5, 3.5],
    }
    return pd.DataFrame(columns | changes)


whole = st.integers(-(10**12), 10**12)
real = st.floats(-1e12, 1e12).filter(lambda value: value == 0 or abs(value) > 1e-6)
person = st.tuples(
    st.sampled_from(["clerk", "nurse", "cook"]), st.sampled_from([1, 2, 3, 4]), whole, real, real
)
people = st.lists(person, min_size=1, max_size=8)


def framed(rows):
    return pd.DataFrame(rows, columns=SCHEMA.names)


@settings(max_examples=200, deadline=None)
@given(train=people, others=people)
def test_own_values_come_back_exactly_also_beyond_the_training_range(train, others):
    encoder = Encoder.fit(SCHEMA, framed(train))
    origin = framed(others).set_axis([f"row {k}" for k in range(len(others))])
    back = encoder.decode(encoder.encode(origin), origin)
    pd.testing.assert_frame_equal(back, origin.astype({"job": object, "level": object}))


@settings(max_examples=200, deadline=None)
@given(train=people, others=people)
def test_categories_come_back_without_their_origin_and_numbers_to_rounding(train, others):
    encoder = Encoder.fit(SCHEMA, framed(train))
    frame = framed(train)
    back = encoder.decode(encoder.encode(frame))
    assert back["job"].tolist() == frame["job"].tolist()
    assert back["level"].tolist() == frame["level"].tolist()
    for name in ("age", "income", "flat"):
        span = float(frame[name].max() - frame[name].min())
        largest = float(frame[name].abs().max())
        tolerance = span * 2.0**-23 + largest * 1e-12 + (name == "age")
        assert (back[name] - frame[name]).abs().max() <= tolerance


@settings(max_examples=200, deadline=None)
@given(values=st.lists(st.integers(-(10**6), 10**6), min_size=2, max_size=20))
def test_integers_come_back_exactly_without_their_origin(values):
    schema = Schema(features=(Feature(name="n", kind="integer"),), target=SCHEMA.target)
    frame = pd.DataFrame({"n": values})
    encoder = Encoder.fit(schema, frame)
    back = encoder.decode(encoder.encode(frame))
    assert back["n"].dtype == np.int64
    assume(len(set(values)) > 1)
    assert back["n"].tolist() == values


@settings(max_examples=100, deadline=None)
@given(train=people)
def test_the_training_rows_fill_the_unit_cube(train):
    encoder = Encoder.fit(SCHEMA, framed(train))
    x = encoder.encode(framed(train))
    assert x.dtype == torch.float32
    assert ((x >= 0) & (x <= 1)).all()
    for j in range(2, 5):
        column = framed(train).iloc[:, j]
        assert x[:, j].max() == (1 if column.max() > column.min() else 0)
        assert x[:, j].min() == 0


def test_codes_scales_and_domain():
    encoder = Encoder.fit(SCHEMA, table())
    x = encoder.encode(table())
    assert x[:, 0].tolist() == [0, 0.5, 1, 0.5]
    assert torch.allclose(x[:, 1], torch.tensor([0, 1, 1 / 3, 2 / 3]))
    assert x[:, 2].tolist() == [0, 0.25, 0.5, 1]
    assert len(encoder) == 5
    assert encoder.levels == [3, 4, 0, 0, 0]
    assert encoder.grid.tolist() == [2, 3, 40, 40_000, 0]
    assert torch.allclose(encoder.lower, torch.tensor([0, 0, 0, -0.25, 0]))
    assert torch.allclose(encoder.upper, torch.tensor([1, 1, 1, (1e5 - 1000) / 4000, 0]))


def test_bounds_of_integers_are_whole():
    feature = Feature(name="n", kind="integer", lower=-0.5, upper=10.5)
    encoder = Encoder.fit(Schema(features=(feature,), target=SCHEMA.target), pd.DataFrame({"n": [0, 5]}))
    assert encoder.lower.tolist() == [0]
    assert encoder.upper.tolist() == [2]


def test_a_constant_column_encodes_to_0_and_keeps_a_persons_own_value():
    encoder = Encoder.fit(SCHEMA, table())
    other = table(flat=[3.5, 9.0, -1.0, 3.5])
    x = encoder.encode(other)
    assert x[:, 4].tolist() == [0, 0, 0, 0]
    assert encoder.decode(x, other)["flat"].tolist() == [3.5, 9.0, -1.0, 3.5]
    assert encoder.decode(x)["flat"].tolist() == [3.5] * 4
    assert encoder.lower[4] == encoder.upper[4] == 0


def test_only_what_was_changed_changes():
    frame = table(age=[20, 30, 41, 99], income=[0.1, 0.2, 0.3, 99999.9])
    encoder = Encoder.fit(SCHEMA, table())
    x = encoder.encode(frame)
    x[3, 0], x[3, 2] = 0.0, 0.5
    back = encoder.decode(x, frame)
    assert list(back.loc[3]) == ["clerk", 3, 40, 99999.9, 3.5]
    assert back.loc[:2, "income"].tolist() == [0.1, 0.2, 0.3]
    assert back["age"].tolist() == [20, 30, 41, 40]


def test_rows_without_recourse_come_back_empty():
    encoder = Encoder.fit(SCHEMA, table())
    x = encoder.encode(table())
    x[1] = torch.nan
    for origin in (None, table()):
        back = encoder.decode(x, origin)
        assert back.iloc[1].isna().all()
        assert back.iloc[[0, 2, 3]].notna().all(axis=None)
        assert back["age"].dtype == "Int64"
    assert encoder.decode(torch.full((2, 5), torch.nan)).isna().all(axis=None)
    assert len(encoder.decode(torch.empty(0, 5))) == 0


def test_one_spelling_for_a_category_however_it_was_typed():
    schema = Schema(
        features=(Feature(name="flag", kind="categorical", categories=(0, 1)),), target=SCHEMA.target
    )
    for column in ([0, 1], [0.0, 1.0], ["0", "1"], np.array([0, 1], dtype=np.int8)):
        assert own_numbers(schema, pd.DataFrame({"flag": column})).tolist() == [[0], [1]]
    assert own_numbers(schema, pd.DataFrame({"flag": pd.Categorical([1, 0])})).tolist() == [[1], [0]]
    assert category_key(np.True_) == category_key(True) == "True"
    assert category_key(2.5) == "2.5"


def test_numbers_may_arrive_as_text():
    frame = table(age=["20", "30", "40", "60"], income=["1e3", "2000.5", "5000", "3000"])
    encoder = Encoder.fit(SCHEMA, frame)
    assert torch.equal(encoder.encode(frame), Encoder.fit(SCHEMA, table()).encode(table()))
    assert encoder.decode(encoder.encode(frame), frame)["income"].tolist() == [1000, 2000.5, 5000, 3000]


@settings(max_examples=100, deadline=None)
@given(rows=people)
def test_one_hot_round_trip(rows):
    encoder = Encoder.fit(SCHEMA, framed(rows))
    x = encoder.encode(framed(rows))
    z = encoder.one_hot(x)
    assert z.shape == (len(rows), 3 + 4 + 3)
    assert [place.stop for place in encoder.one_hot_slices()] == [3, 7, 8, 9, 10]
    assert (z[:, :3].sum(dim=1) == 1).all()
    assert torch.equal(encoder.from_one_hot(z), x)
    assert encoder.one_hot(x[:, None]).shape == (len(rows), 1, 10)


@pytest.mark.parametrize(
    ("changes", "message", "hint"),
    [
        ({"job": ["cook", "pilot", "x", "cook"]}, r"row 3: 'pilot' is not one of .* .also in row 4", "clerk"),
        ({"level": [1, 2, 9, 4]}, r"'level', row 4: 9 is not one of its categories", "1, 2, 3, 4"),
        ({"age": [20, np.nan, 40, 60]}, r"'age', row 3: nan is empty \(NaN\)", "Fill it in"),
        ({"job": ["clerk", None, "cook", "cook"]}, r"'job', row 3: .* is empty \(NaN\)", "Fill it in"),
        ({"age": [20, 30, 40.5, 60]}, r"'age', row 4: 40\.5 is not a whole number", "continuous"),
        ({"income": [1, 2, "lots", 3]}, r"'income', row 4: 'lots' is not a number", "continuous"),
        ({"income": [1, 2, 3, np.inf]}, r"'income', row 5: inf is infinite", "finite"),
    ],
)  # fmt: skip
def test_a_value_that_does_not_fit_is_named_with_its_row(changes, message, hint):
    with pytest.raises(UsageError) as caught:
        Encoder.fit(SCHEMA, table(**changes))
    assert re.search(message, caught.value.message), caught.value.message
    assert hint in caught.value.hint
    with pytest.raises(UsageError):
        Encoder.fit(SCHEMA, table()).encode(table(**changes))


def test_missing_columns_and_empty_tables():
    with pytest.raises(UsageError, match="column 'age' is in the schema but not in the table"):
        own_numbers(SCHEMA, table().drop(columns="age"))
    with pytest.raises(UsageError, match="the table has no rows"):
        own_numbers(SCHEMA, table().iloc[:0])
