"""Files are read as they stand: what would need a repair is refused, with the row."""

import datetime
import decimal
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings, strategies as st
from pyarrow.parquet import write_table

from recbench.data.files import from_file
from recbench.errors import UsageError

SCHEMA = """\
features:
- {name: age, kind: integer}
- {name: job, kind: categorical, categories: [clerk, nurse]}
- {name: income, kind: continuous}
target: {name: paid, favourable: [yes]}
id: person
"""
HEADER = "person,age,job,income,paid"
ROWS = [
    f"p{k},{20 + k},{('clerk', 'nurse')[k % 2]},{k * 1.25},{('yes', 'no')[k % 3 == 0]}" for k in range(40)
]


@pytest.fixture
def schema(tmp_path: Path) -> Path:
    path = tmp_path / "schema.yaml"
    path.write_text(SCHEMA)
    return path


def refused(data: Path, schema: Path, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        from_file(data, schema)
    assert re.search(message, str(caught.value)), str(caught.value)
    assert "\n" not in str(caught.value)


def text_of(header: str, rows: list[str], end: str = "\n") -> bytes:
    return (end.join([header, *rows]) + end).encode()


def test_the_file_is_read_as_it_stands(tmp_path: Path, schema: Path) -> None:
    data = tmp_path / "people.csv"
    data.write_bytes(text_of(HEADER, ROWS))
    made = from_file(data, schema)
    rows = pd.concat([made.train, made.test]).sort_index()
    assert rows["person"].tolist() == [f"p{k}" for k in range(40)]
    assert rows["age"].tolist() == list(range(20, 60))
    assert rows["income"].tolist() == [k * 1.25 for k in range(40)]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("extra", ["", "\n\n\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_line_ends_and_marks_say_nothing(
    tmp_path: Path, schema: Path, end: str, extra: str, mark: bytes
) -> None:
    data = tmp_path / "people.csv"
    data.write_bytes(text_of(HEADER, ROWS))
    plain = from_file(data, schema)
    data.write_bytes(mark + text_of(HEADER, ROWS, end) + extra.encode())
    assert from_file(data, schema).content_hash == plain.content_hash


def test_commas_quotes_and_line_breaks_inside_quotes_are_text(tmp_path: Path, schema: Path) -> None:
    data = tmp_path / "people.csv"
    rows = ['"p, ""0""\nx",20,clerk,1.5,no', *ROWS[1:]]
    data.write_bytes(text_of(HEADER, rows))
    made = from_file(data, schema)
    assert 'p, "0"\nx' in {*made.train["person"], *made.test["person"]}
    rows[5] = "p5,x,clerk,1,yes"
    data.write_bytes(text_of(HEADER, rows))
    refused(data, schema, "column 'age', row 7: 'x' is not a number")


def with_row(number: int, row: str) -> list[str]:
    return [*ROWS[: number - 1], row, *ROWS[number:]]


@pytest.mark.parametrize(
    ("header", "rows", "message"),
    [
        # One value more than there are names: pandas would shift every column and take the id for an index.
        (HEADER, [f"{row},extra" for row in ROWS], "row 2 has 6 values, but the header names 5 columns"),
        (HEADER, [f"{row}," for row in ROWS], "row 2 has 6 values, but the header names 5 columns"),
        (HEADER, with_row(7, ROWS[6] + ","), "row 8 has 6 values"),
        (HEADER, with_row(7, "p6,26,clerk"), "row 8 has 3 values"),
        (HEADER, with_row(7, "p6"), "row 8 has 1 value, but"),
        (HEADER, with_row(7, ""), "row 8 is blank"),
        (HEADER, with_row(7, ",,,,"), "row 8"),
        (HEADER, with_row(40, 'p39,"59,clerk,1,no'), "row 41: a quote is opened here, or below, and never"),
        (HEADER, with_row(7, '"p6"x,26,clerk,1,no'), "row 8: a quote is closed before the value ends"),
        (HEADER, with_row(7, "x" * 200_000 + ",26,clerk,1,no"), "row 8: field larger than field limit"),
        (HEADER.replace("income", "age"), ROWS, "column 'income' .* is not in the table"),
        (f"{HEADER},age", [f"{row},9" for row in ROWS], "the table has 2 columns called 'age'"),
        (f"{HEADER},paid", [f"{row},no" for row in ROWS], "the table has 2 columns called 'paid'"),
        (f"person,{HEADER}", [f"q,{row}" for row in ROWS], "the table has 2 columns called 'person'"),
        ("", ROWS, "row 1 is blank"),
        (HEADER.replace("age", ""), ROWS, "column 'age' .* is not in the table"),
        (HEADER.replace("age", "age "), ROWS, "column 'age' .* Did you mean age "),
        (HEADER, with_row(3, "p2,2\0,clerk,1,no"), r"column 'age', row 4: '2\\x00' is not a number"),
        (HEADER, with_row(3, "p2,1_000,clerk,1,no"), "column 'age', row 4: '1_000' is not a number"),
        (HEADER, with_row(3, "p2,True,clerk,1,no"), "column 'age', row 4: 'True' is not a number"),
        (HEADER, with_row(3, 'p2,"1,000",clerk,1,no'), "column 'age', row 4: '1,000' is not a number"),
        (HEADER, with_row(3, "p2,22,clerk,inf,no"), "column 'income', row 4: inf is infinite"),
        (HEADER, with_row(3, "p2,22,clerk,1e999,no"), "column 'income', row 4: inf is infinite"),
        (HEADER, with_row(3, "p2,22, clerk,1,no"), "column 'job', row 4: ' clerk' is not one"),
        (HEADER, with_row(3, "p2,22,NA,1,no"), "column 'job', row 4: 'NA' is not one"),
        (HEADER, with_row(3, "p2,22,clerk,1,NA"), "the target 'paid' holds 'NA': a label, or a value that"),
        (HEADER, with_row(3, "p2,9007199254740993,clerk,1,no"), "row 4: 9007199254740993 is too large"),
        (HEADER, with_row(3, "p2,99999999999999999999,clerk,1,no"), "row 4: .* is too large"),
        (HEADER, with_row(3, "p2,-9223372036854775809,clerk,1,no"), "row 4: .* is too large"),
        (HEADER, with_row(3, "p2,22,clerk,1e308,no"), "row 4: 1e.308 is too large to compute with"),
    ],
)  # fmt: skip
def test_what_would_need_a_repair_is_refused(
    tmp_path: Path, schema: Path, header: str, rows: list[str], message: str
) -> None:
    data = tmp_path / "people.csv"
    data.write_bytes(text_of(header, rows))
    refused(data, schema, message)


def test_unused_columns_may_be_anything(tmp_path: Path, schema: Path) -> None:
    data = tmp_path / "people.csv"
    data.write_bytes(text_of(HEADER, ROWS))
    plain = from_file(data, schema)
    data.write_bytes(text_of(f",{HEADER},x,x,", [f"{k},{row},\0,nan," for k, row in enumerate(ROWS)]))
    assert from_file(data, schema).content_hash == plain.content_hash


CATEGORIES = """\
features:
- {name: zone, kind: categorical, categories: [%s]}
target: {name: y, favourable: [%s]}
"""


def zones(folder: Path, categories: str, texts: list[str], favourable: str = "1") -> list[object]:
    """Return the categories that a column of texts is read as."""
    (folder / "s.yaml").write_text(CATEGORIES % (categories, favourable))
    rows = [f"{texts[k % len(texts)]},{k % 2}" for k in range(8 * len(texts))]
    (folder / "d.csv").write_bytes(text_of("zone,y", rows))
    made = from_file(folder / "d.csv", folder / "s.yaml")
    both = pd.concat([made.train, made.test]).sort_index()
    decoded = made.encoder.decode(made.encoder.encode(both))["zone"]
    assert decoded.tolist() == both["zone"].tolist()
    return decoded.tolist()[: len(texts)]


@pytest.mark.parametrize(
    ("categories", "texts", "values"),
    [
        ("010, 020", ["010", "020"], ["010", "020"]),
        ("8, 10, 010", ["10", "010", "8"], [10, "010", 8]),
        ("1:30, 90", ["1:30", "90"], ["1:30", 90]),
        ("18_25, 1825", ["18_25", "1825"], ["18_25", 1825]),
        ("1, 2, NA", ["1", "2", "NA"], [1, 2, "NA"]),
        ("1, 2, 'null'", ["null", "2", "1"], ["null", 2, 1]),
        ("1, 2, None, nan", ["nan", "None", "1"], ["nan", "None", 1]),
        ("1, 2", ["1.0", "2.00"], [1, 2]),
        ("1.5, 2", ["1.50", "2e0"], [1.5, 2]),
        ("1.1, 1.10", ["1.10", "1.1"], ["1.10", 1.1]),
        ("true, false", ["TRUE", "false"], [True, False]),
        ("yes, no", ["no", "yes"], ["no", "yes"]),
        ("'', a", ["", "a"], ["", "a"]),
        ("'2020-01-01', b", ["b", "2020-01-01"], ["b", "2020-01-01"]),
    ],
)
def test_categories_are_compared_by_their_text_first(
    tmp_path: Path, categories: str, texts: list[str], values: list[object]
) -> None:
    assert repr(zones(tmp_path, categories, texts)) == repr(values)


@pytest.mark.parametrize(
    ("categories", "text"),
    [
        ("10, 20", "010"),
        ("010, 020", "10"),
        ("8, 9", "010"),
        ("1.10, 2", "1.1"),
        ("90, 2", "1:30"),
        ("a, b", "A"),
    ],
)
def test_another_number_of_the_same_look_is_no_category(tmp_path: Path, categories: str, text: str) -> None:
    with pytest.raises(UsageError, match=rf"row 2: '{text}' is not one of its categories"):
        zones(tmp_path, categories, [text])


@settings(max_examples=60, deadline=None)
@given(numbers=st.lists(st.floats(-1e6, 1e6), min_size=8, max_size=30))
def test_numbers_come_back_exactly(tmp_path_factory: pytest.TempPathFactory, numbers: list[float]) -> None:
    folder = tmp_path_factory.mktemp("numbers")
    (folder / "s.yaml").write_text(
        "features: [{name: x, kind: continuous}]\ntarget: {name: y, favourable: [1]}\n"
    )
    rows = [f"{number!r},{k % 2}" for k, number in enumerate(numbers * 3)]
    (folder / "d.csv").write_bytes(text_of("x,y", rows))
    try:
        made = from_file(folder / "d.csv", folder / "s.yaml")
    except UsageError as error:
        assert "too far" in str(error) or "out of reach" in str(error)
        return
    assert pd.concat([made.train, made.test]).sort_index()["x"].tolist() == numbers * 3


def people() -> pd.DataFrame:
    k = np.arange(40)
    return pd.DataFrame(
        {
            "person": [f"p{number}" for number in k],
            "age": 20 + k,
            "job": np.where(k % 2, "nurse", "clerk"),
            "income": k * 1.25,
            "paid": np.where(k % 3 == 0, "no", "yes"),
        }
    )


def test_a_parquet_index_is_columns(tmp_path: Path, schema: Path) -> None:
    people().to_parquet(tmp_path / "plain.parquet")
    plain = from_file(tmp_path / "plain.parquet", schema)
    people().set_index("person").to_parquet(tmp_path / "indexed.parquet")
    assert from_file(tmp_path / "indexed.parquet", schema).content_hash == plain.content_hash
    people().set_index(["person", "age"]).to_parquet(tmp_path / "two.parquet")
    assert from_file(tmp_path / "two.parquet", schema).content_hash == plain.content_hash


@pytest.mark.parametrize(
    ("column", "value", "kind"),
    [
        ("income", pd.Timestamp("2020-05-01"), "timestamp"),
        ("age", datetime.date(2020, 5, 1), "date32"),
        ("age", datetime.time(1, 2), "time64"),
        ("income", pd.Timedelta("1h"), "duration"),
        ("income", decimal.Decimal("1.50"), "decimal128"),
        ("job", [1, 2], "list"),
        ("job", {"a": 1}, "struct"),
        ("person", b"x", "binary"),
        ("person", pd.Timestamp("2020-05-01"), "timestamp"),
        ("paid", datetime.date(2020, 5, 1), "date32"),
    ],
)
def test_a_parquet_column_of_another_kind_is_refused_unless_unused(
    tmp_path: Path, schema: Path, column: str, value: object, kind: str
) -> None:
    data = tmp_path / "people.parquet"
    odd = pa.Table.from_pandas(people().assign(**{column: pd.Series([value] * 40, dtype=object)}))
    write_table(odd, data)
    refused(data, schema, rf"column '{column}' holds values of the kind {kind}.*write a time as a number")
    table = pa.Table.from_pandas(people()).append_column("other", odd.column(column))
    write_table(table, data)
    assert len(from_file(data, schema).train) == 30
    frame = people().assign(**{column: pd.Series([value] * 40)})
    with pytest.raises(UsageError, match=rf"column '{column}'"):
        from recbench.data.checks import check
        from recbench.data.schema import Schema

        check(Schema.from_yaml(schema), frame)


def test_truth_values_and_parquet_columns_there_twice_are_refused(tmp_path: Path, schema: Path) -> None:
    data = tmp_path / "people.parquet"
    people().assign(age=[True, False] * 20).to_parquet(data)
    refused(data, schema, "column 'age' holds truth values, which are no numbers.*categories")
    table = pa.Table.from_pandas(people())
    write_table(table.append_column("age", table.column("age")), data)
    refused(data, schema, "the table has 2 columns called 'age'")


def test_whole_numbers_beyond_what_is_exact_are_refused(tmp_path: Path, schema: Path) -> None:
    data = tmp_path / "people.parquet"
    for column in ("age", "income"):
        people().assign(**{column: 2**53 + np.arange(40)}).to_parquet(data)
        refused(data, schema, f"column '{column}', row 2: 9007199254740992 is too large to be exact")
    people().assign(age=-(2**53) + 1 + np.arange(40)).to_parquet(data)
    assert len(from_file(data, schema).train) == 30


@pytest.mark.parametrize("path", ["/dev/null", "/dev/tty"])
def test_what_is_no_file_is_refused_at_once(tmp_path: Path, schema: Path, path: str) -> None:
    (tmp_path / "people.csv").symlink_to(path)
    refused(tmp_path / "people.csv", schema, "it is a folder or a device, not a file")
