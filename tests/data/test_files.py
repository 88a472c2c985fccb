import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

from recbench.data.files import from_file
from recbench.errors import UsageError

SCHEMA = """\
features:
- {name: age, kind: integer, monotone: increase}
- {name: job, kind: categorical, categories: [clerk, nurse, None]}
- {name: zone, kind: categorical, categories: ['01', '02']}
- {name: income, kind: continuous}
target: {name: repaid, favourable: [yes it is]}
id: person
"""


def table(n=40):
    k = np.arange(n)
    return pd.DataFrame(
        {
            "person": [f"{number:03d}" for number in k],
            "age": 18 + k * 37 % 61,
            "job": np.array(["clerk", "nurse", "None"])[k * 5 % 7 % 3],
            "zone": np.array(["01", "02"])[k * 3 % 11 % 2],
            "income": 20_000.25 + k * 7_919 % 30_011,
            "note": ["not in the schema"] * n,
            "repaid": np.where(k % 3 == 0, "yes it is", "no"),
        }
    )


@pytest.fixture
def schema(tmp_path):
    path = tmp_path / "schema.yaml"
    path.write_text(SCHEMA)
    return path


@pytest.fixture
def schema_without_id(tmp_path):
    path = tmp_path / "no_id.yaml"
    path.write_text(SCHEMA.replace("id: person\n", ""))
    return path


def written(frame, path):
    frame.to_parquet(path) if path.suffix == ".parquet" else frame.to_csv(path, index=False)
    return path


@pytest.mark.parametrize("suffix", [".csv", ".CSV", ".parquet"])
def test_a_table_becomes_a_data_set_named_after_its_file(tmp_path, schema, suffix):
    data = tmp_path / f"my people{suffix}"
    table().to_parquet(data) if suffix == ".parquet" else table().to_csv(data, index=False)
    made = from_file(data, schema)
    assert made.name == "my people"
    assert made.source == str(data)
    assert (len(made.train), len(made.test)) == (30, 10)
    assert list(made.train.columns) == ["person", "age", "job", "zone", "income", "repaid"]
    rows = pd.concat([made.train, made.test]).sort_index()
    # Words stay words: 001 is an id, 01 a zone, None a job.
    assert rows["person"].tolist() == table()["person"].tolist()
    assert rows["zone"].tolist() == table()["zone"].tolist()
    assert rows["job"].tolist() == table()["job"].tolist()
    assert rows["income"].tolist() == table()["income"].tolist()


def test_csv_and_parquet_hold_the_same_data_set(tmp_path, schema):
    made = [from_file(written(table(), tmp_path / f"people{s}"), schema) for s in (".csv", ".parquet")]
    assert made[0].content_hash == made[1].content_hash


def test_ids_that_are_whole_numbers_are_numbers(tmp_path, schema):
    numbers = written(table().assign(person=np.arange(40) * 7), tmp_path / "numbers.csv")
    made = from_file(numbers, schema)
    assert all(isinstance(value, int) for value in made.ids(made.test))
    words = written(table().assign(person=[f"{k}a" for k in range(40)]), tmp_path / "words.csv")
    assert from_file(words, schema).ids(made.test.assign(person="x").head(1)).tolist() == ["x"]


def test_rows_without_id_are_named_by_their_place_in_the_file(tmp_path, schema_without_id):
    made = from_file(written(table(), tmp_path / "people.csv"), schema_without_id)
    people = made.ids(made.test)
    assert table().loc[list(people), "income"].tolist() == made.test["income"].tolist()
    assert sorted([*people, *made.ids(made.train)]) == list(range(40))


@settings(max_examples=20, deadline=None)
@given(order=st.permutations(range(40)), with_id=st.booleans())
def test_the_order_of_the_file_moves_nobody(tmp_path_factory, order, with_id):
    folder = tmp_path_factory.mktemp("order")
    path = folder / "schema.yaml"
    path.write_text(SCHEMA if with_id else SCHEMA.replace("id: person\n", ""))
    straight = from_file(written(table(), folder / "a.csv"), path)
    shuffled = from_file(written(table().iloc[order], folder / "b.csv"), path)
    assert set(straight.test["income"]) == set(shuffled.test["income"])
    kept = [value for value in table()["income"].iloc[order] if value in set(straight.test["income"])]
    assert shuffled.test["income"].tolist() == kept


def test_the_split_looks_random(tmp_path, schema):
    made = from_file(written(table(2000), tmp_path / "people.csv"), schema)
    assert len(made.test) == 500
    assert abs(made.test.index.to_numpy().mean() - 999.5) < 4 * 577 / np.sqrt(500)
    assert abs((made.test["repaid"] != "no").mean() - 1 / 3) < 4 * 0.47 / np.sqrt(500)


def test_the_split_stays_as_it_was(tmp_path, schema, schema_without_id):
    # Results of a person's own table are stored under its content: the same file must split the same.
    data = written(table(), tmp_path / "people.csv")
    assert from_file(data, schema).test.index.tolist() == [3, 9, 14, 17, 20, 23, 24, 29, 32, 37]
    assert from_file(data, schema_without_id).test.index.tolist() == [1, 2, 7, 12, 15, 19, 20, 24, 30, 36]


def test_rows_that_are_alike_spread_too(tmp_path):
    path = tmp_path / "schema.yaml"
    path.write_text("features:\n- {name: a, kind: integer}\ntarget: {name: y, favourable: [1]}\n")
    frame = pd.DataFrame({"a": [0, 0, 1, 1] * 100, "y": [0, 1, 0, 1] * 100})
    made = from_file(written(frame, tmp_path / "d.csv"), path)
    counts = made.test.value_counts()
    assert len(counts) == 4
    assert counts.between(10, 40).all()  # 25 expected of each


def test_another_share(tmp_path, schema):
    data = written(table(), tmp_path / "people.csv")
    assert len(from_file(data, schema, test_share=0.5).test) == 20
    with pytest.raises(UsageError, match="test_share = 1 is not between 0 and 1"):
        from_file(data, schema, test_share=1)


def test_a_split_column_decides(tmp_path, schema):
    split = ["test" if k % 5 == 0 else "train" for k in range(40)]
    made = from_file(written(table().assign(split=split), tmp_path / "people.csv"), schema)
    assert made.test.index.tolist() == list(range(0, 40, 5))
    assert "split" not in made.train.columns


def test_a_feature_called_split_is_only_a_feature(tmp_path):
    path = tmp_path / "schema.yaml"
    path.write_text("features:\n- {name: split, kind: continuous}\ntarget: {name: y, favourable: [1]}\n")
    frame = pd.DataFrame({"split": np.arange(20) / 3, "y": [0, 1] * 10})
    assert len(from_file(written(frame, tmp_path / "d.csv"), path).test) == 5


def refused(data, schema, message, hint=""):
    with pytest.raises(UsageError) as caught:
        from_file(data, schema)
    assert re.search(message, caught.value.message), caught.value.message
    assert hint in caught.value.hint, caught.value.hint
    assert str(data) in caught.value.message
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("changes", "message", "hint"),
    [
        ({"job": ["clerk"] * 7 + ["pilot"] + ["nurse"] * 32}, r"'job', row 9: 'pilot' is not one", "nurse"),
        ({"age": [30.0] * 20 + [None] * 20}, r"22: nan is empty \(NaN\) \(also in rows 23, .*more", "Fill"),
        ({"age": ["old"] + [30] * 39}, r"column 'age', row 2: 'old' is not a number", "integer"),
        ({"age": [30] * 39 + [30.5]}, r"column 'age', row 41: .*30\.5.* is not a whole number", "continuous"),
        ({"job": ["", *["clerk"] * 39]}, r"column 'job', row 2: nan is empty", "Fill"),
        ({"repaid": ["", *["no", "yes it is"] * 19, "no"]}, r"'repaid' is empty \(NaN\) in row 2", ""),
        ({"repaid": ["no"] * 40}, r"the training rows: no row has repaid = yes it is", "holds: no"),
        ({"person": ["001"] * 40}, r"again in row 3 \(also in rows 4, 5, .* and 28 more\)", "id of its"),
        ({"split": ["train", "tset"] * 20}, r"'split', row 3: 'tset' is neither train nor test", "rename"),
        ({"split": ["train"] * 40}, r"column 'split' says train for every row", "Both"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_a_fault_in_the_table_is_one_line(tmp_path, schema, changes, message, hint, suffix):
    frame = table().assign(**changes)
    if suffix == ".parquet":
        message = message.replace("nan is empty", ".* is empty")
        for name in ("age", "job", "repaid"):
            # Parquet columns have one type: mixed ones are words, and empty words are missing values.
            if frame[name].dtype == object or frame[name].dtype == "str":
                frame[name] = frame[name].astype(str).replace("", None)
    refused(written(frame, tmp_path / f"people{suffix}"), schema, message, hint)


def test_a_missing_column_names_the_nearest(tmp_path, schema):
    data = written(table().rename(columns={"income": "incme"}), tmp_path / "people.csv")
    refused(
        data, schema, r"column 'income' of schema .*schema\.yaml is not in the table", "Did you mean incme"
    )
    data = written(table().rename(columns={"repaid": "x"}), tmp_path / "people.csv")
    refused(data, schema, r"column 'repaid' of schema", "The table has: person, age,")
    data = written(table().drop(columns="person"), tmp_path / "people.csv")
    refused(data, schema, r"column 'person' of schema")
    table().to_csv(tmp_path / "people.csv", index=False, sep=";")
    refused(tmp_path / "people.csv", schema, r"column 'person' of schema", "Separate the columns by commas")


def test_files_that_are_no_table(tmp_path, schema):
    refused(tmp_path / "absent.csv", schema, "there is no such file", "--data")
    (tmp_path / "people.xlsx").write_bytes(b"PK")
    refused(tmp_path / "people.xlsx", schema, r"cannot read a \.xlsx", "Give .csv or .parquet")
    (tmp_path / "people").write_bytes(b"a,b")
    refused(tmp_path / "people", schema, "cannot read a file without suffix", ".parquet")
    empty = tmp_path / "empty.csv"
    empty.write_bytes(b"")
    refused(empty, schema, "the file is empty", "header and rows")
    written(table().iloc[:0], empty)
    refused(empty, schema, "the table has no rows", "below the header")
    binary = tmp_path / "binary.csv"
    binary.write_bytes(bytes(range(128, 256)) * 50)
    refused(binary, schema, "the file is not UTF-8 text", "UTF-8")
    fake = tmp_path / "fake.parquet"
    fake.write_bytes(b"age,job\n1,2\n")
    refused(fake, schema, "cannot read it as parquet: ")
    refused(tmp_path, schema, "cannot read a file without suffix")
    (tmp_path / "folder.csv").mkdir()
    refused(tmp_path / "folder.csv", schema, "it is a folder or a device, not a file", "Give a .csv")


def test_too_few_rows(tmp_path, schema):
    refused(written(table(1), tmp_path / "people.csv"), schema, "1 rows are too few to split", "larger")


def test_a_wrong_schema_is_named(tmp_path):
    data = written(table(), tmp_path / "people.csv")
    path = tmp_path / "schema.yaml"
    path.write_text(SCHEMA.replace("kind: integer", "kind: int"))
    with pytest.raises(UsageError, match=r"schema .*schema\.yaml, line 2, field features\.0\.kind"):
        from_file(data, path)
    with pytest.raises(UsageError, match=r"cannot read schema .*gone\.yaml"):
        from_file(data, tmp_path / "gone.yaml")


def test_a_byte_order_mark_is_not_part_of_the_first_column(tmp_path, schema):
    table().to_csv(tmp_path / "people.csv", index=False, encoding="utf-8-sig")
    assert from_file(tmp_path / "people.csv", schema).train.columns[0] == "person"


def test_flags_may_be_booleans(tmp_path):
    path = tmp_path / "schema.yaml"
    path.write_text(
        "features:\n- {name: flag, kind: categorical, categories: [false, true]}\n"
        "target: {name: y, favourable: [true]}\n"
    )
    frame = pd.DataFrame({"flag": [True, False] * 10, "y": [True, True, False, True] * 5})
    for suffix in (".csv", ".parquet"):
        made = from_file(written(frame, tmp_path / f"d{suffix}"), path)
        assert made.encoder.encode(made.train).ravel().tolist() == [float(v) for v in made.train["flag"]]
        assert made.favourable(made.train).tolist() == [int(v) for v in made.train["y"]]
