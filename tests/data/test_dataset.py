import pickle
import re

import numpy as np
import pandas as pd
import pytest

from recbench.data.dataset import Dataset
from recbench.data.schema import Feature, Schema, Target
from recbench.errors import UsageError

SCHEMA = Schema(
    features=(
        Feature(name="job", kind="categorical", categories=("clerk", "nurse")),
        Feature(name="level", kind="ordinal", categories=(1, 2, 3)),
        Feature(name="age", kind="integer"),
        Feature(name="income", kind="continuous"),
    ),
    target=Target(name="grade", favourable=("good", "fair")),
    id="person",
)


def table(**changes):
    columns = {
        "person": ["ann", "bob", "cid"],
        "job": ["clerk", "nurse", "nurse"],
        "level": [1, 2, 3],
        "age": [20, 30, 40],
        "income": [0.0, 1.5, 2.5],
        "grade": ["good", "bad", "fair"],
    }
    return pd.DataFrame(columns | changes)


def dataset(train=None, test=None, schema=SCHEMA, name="made"):
    return Dataset(name, schema, table() if train is None else train, table() if test is None else test)


def test_favourable_counts_every_favourable_label():
    labels = dataset().favourable(table())
    assert labels.tolist() == [1, 0, 1]
    assert labels.dtype == np.int64


@pytest.mark.parametrize("column", [[1, 0, 1], [1.0, 0.0, 1.0], ["1", "0", "1"], [1, 0, True + 0]])
def test_labels_match_however_they_are_typed(column):
    schema = SCHEMA.model_copy(update={"target": Target(name="grade", favourable=(1,))})
    made = dataset(table(grade=column), table(grade=column), schema)
    assert made.favourable(made.train).tolist() == [1, 0, 1]


def test_ids_are_the_id_column_else_the_index():
    assert dataset().ids(table()).tolist() == ["ann", "bob", "cid"]
    numbers = table(person=[7, 8, 9])
    assert dataset(numbers, numbers).ids(numbers).tolist() == [7, 8, 9]
    unnamed = dataset(schema=SCHEMA.model_copy(update={"id": None}))
    assert unnamed.ids(table().set_axis([4, 5, 6])).tolist() == [4, 5, 6]
    assert unnamed.ids(table()).dtype == object


@pytest.mark.parametrize(
    ("which", "changes", "message"),
    [
        ("train", {"age": [20, None, 40]}, r"data set 'made', train table: column 'age', row 3: .*empty"),
        ("test", {"job": ["clerk", "cook", "x"]}, r"test table: column 'job', row 3: 'cook' is not one of"),
        ("train", {"grade": ["good", None, "bad"]}, r"train table: the target column 'grade' is empty"),
        ("test", {"person": ["ann", None, None]}, r"id column 'person' is empty .* row 3 .*also in row 4"),
        ("test", {"person": ["ann", "bob", "ann"]}, r"the id column 'person' holds 'ann' again in row 4"),
        ("train", {"grade": ["bad", "bad", "poor"]}, r"no row has grade = good or fair\. .*bad, poor"),
        ("train", {"grade": ["good", "fair", "fair"]}, r"train table: every row has grade = good or fair"),
    ],
)  # fmt: skip
def test_a_table_that_does_not_fit_is_named(which, changes, message):
    with pytest.raises(UsageError) as caught:
        dataset(**{which: table(**changes)})
    assert re.search(message, str(caught.value)), str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("column", "message"),
    [
        ("grade", "test table: the target column 'grade' is not in the table"),
        ("person", "test table: the id column 'person' is not in the table"),
        ("age", "test table: column 'age' is in the schema but not in the table"),
    ],
)
def test_a_missing_column_is_named_with_those_there(column, message):
    with pytest.raises(UsageError, match=message) as caught:
        dataset(test=table().drop(columns=column))
    assert "The table has: " in caught.value.hint


def test_test_rows_drawn_from_one_table_may_hold_one_class():
    fair = table(grade=["good"] * 3)
    assert Dataset("made", SCHEMA, table(), fair, drawn=True).favourable(fair).tolist() == [1, 1, 1]
    with pytest.raises(UsageError, match=r"is never 'bad' \(and 1 more\) in the test rows"):
        dataset(test=fair)


def test_the_encoder_is_fitted_on_the_training_rows():
    made = dataset(test=table(age=[0, 50, 100]))
    assert made.encoder.encode(made.test)[:, 2].tolist() == [-1, 1.5, 4]
    assert made.encoder is made.encoder


def test_the_content_hash_depends_on_every_value_and_on_nothing_else():
    made = dataset()
    assert re.fullmatch("[0-9a-f]{64}", made.content_hash)
    same = [
        dataset(name="other"),
        dataset(table(age=[20.0, 30.0, 40.0], level=["1", "2", "3"])),
        dataset(table(income=[-0.0, 1.5, 2.5])),
        dataset(table(note=["not", "in the", "schema"]).set_axis([5, 6, 7])),
        dataset(table().convert_dtypes()),
        dataset(table().astype({"job": "category", "grade": "category"})),
    ]
    assert {other.content_hash for other in same} == {made.content_hash}
    monotone = (*SCHEMA.features[:3], SCHEMA.features[3].model_copy(update={"monotone": "increase"}))
    changed = [
        dataset(table(age=[20, 30, 41])),
        dataset(test=table(age=[20, 30, 41])),
        dataset(table(job=["clerk", "clerk", "nurse"])),
        dataset(table(grade=["fair", "bad", "good"])),
        dataset(table(person=["ann", "bob", "dan"])),
        dataset(table().iloc[::-1]),
        dataset(schema=SCHEMA.model_copy(update={"features": monotone})),
    ]
    hashes = {other.content_hash for other in changed}
    assert len(hashes) == len(changed)
    assert made.content_hash not in hashes


def test_without_an_id_the_index_counts_unless_it_merely_counts():
    """What a person draws depends on it."""
    nameless = SCHEMA.model_copy(update={"id": None})
    made = dataset(schema=nameless)
    assert dataset(table().set_axis([0.0, 1.0, 2.0]), schema=nameless).content_hash == made.content_hash
    moved = dataset(test=table().set_axis([0, 1, 3]), schema=nameless)
    named = dataset(test=table().set_axis(["0", "1", "3"]), schema=nameless)
    assert moved.content_hash == named.content_hash != made.content_hash
    assert dataset(test=table().set_axis([1, 2, 3]), schema=nameless).content_hash != made.content_hash


def test_the_content_hash_stays_as_it_was():
    # Stored cells carry it: if it changes, nothing is found again.
    assert dataset().content_hash.startswith("040d1d1bc2d960df")


def test_a_data_set_survives_pickle():
    made = dataset()
    hashed = made.content_hash
    back = pickle.loads(pickle.dumps(made))
    assert back.content_hash == hashed
    assert back.encoder.encode(back.test).equal(made.encoder.encode(made.test))
