"""YAML that people write: the scalars of YAML 1.2, and one line for whatever is wrong."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from recbench.data.schema import Feature, Schema
from recbench.documents.reading import dump, load_model, parse_value
from recbench.errors import UsageError
from recbench.suite import Suite, load_suite


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("null", None), ("Null", None), ("NULL", None), ("~", None), ("", None),
        ("true", True), ("TRUE", True), ("False", False),
        ("yes", "yes"), ("No", "No"), ("on", "on"), ("y", "y"), ("tRue", "tRue"), ("nULL", "nULL"),
        ("10", 10), ("-3", -3), ("+3", 3), ("010", 10), ("0o10", 8), ("0x1F", 31), ("08", 8),
        ("1_000", "1_000"), ("18_25", "18_25"), ("0b11", "0b11"), ("0O7", "0O7"), ("-0x1", "-0x1"),
        ("1:30", "1:30"), ("1:30.5", "1:30.5"), ("190:20:30", "190:20:30"),
        ("1e3", 1000.0), ("1.", 1.0), (".5", 0.5), ("-1.5E-2", -0.015), ("1e400", float("inf")),
        (".inf", float("inf")), ("-.INF", float("-inf")), ("1_0.5", "1_0.5"), ("1.5.2", "1.5.2"),
        ("2020-01-01", "2020-01-01"), ("2020-01-01 10:00:00", "2020-01-01 10:00:00"),
        ("'10'", "10"), ('"true"', "true"), ("!!str 10", "10"), ("!!int '7'", 7), ("!!float '1'", 1.0),
        ("[010, 1_0, {a: no}]", [10, "1_0", {"a": "no"}]), ("{1: a, true: b}", {"1": "a", "true": "b"}),
        ("=", "="), ("<<", "<<"),
    ],
)  # fmt: skip
def test_scalars_follow_the_core_schema_of_yaml_1_2(text: str, value: object) -> None:
    assert repr(parse_value(text, "x")) == repr(value)


def test_an_emoji_as_json_writes_it_is_one_sign() -> None:
    assert parse_value(r'{"\ud83d\ude00": ["\ud835\udcb3"]}', "x") == {"😀": ["𝒳"]}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (r'"\ud83d"', "it holds half a sign"),
        (r'{a: "x\ude00\ud83d"}', "line 1 is not valid YAML: it holds half a sign"),
        (r'{"\udcff": 1}', "it holds half a sign"),
        (r'"\U0011ffff"', "Unicode does not have"),
        (r'"\Uffffffff"', "Unicode does not have"),
    ],
)
def test_signs_that_no_file_can_hold_are_refused(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        parse_value(text, "it")


def test_not_a_number_is_read_as_such() -> None:
    assert parse_value(".nan", "x") != parse_value(".NaN", "x")


plain = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(10**20), 10**20),
        st.floats(allow_nan=False),
        st.text(max_size=8),
        st.sampled_from(["010", "1e3", "0o7", "1_0", "2020-01-01", "yes", "null", "~", "<<", ".inf", "1:30"]),
    ),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(value=plain)
def test_what_is_written_is_read_back_with_its_types(value: object) -> None:
    assert repr(parse_value(dump(value), "x")) == repr(value)


BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb: 2\na: 3", "line 3 is not valid YAML: the key 'a' is there twice"),
        ("a:\n  - {b: 1, c: 2,\n     b: 3}", "line 3 is not valid YAML: the key 'b' is there twice"),
        ("1: a\n'1': b", "line 2 is not valid YAML: the key '1' is there twice"),
        ("a: &x {b: 1}\nc:\n  <<: *x", "line 3 is not valid YAML: YAML 1.2 has no merge keys"),
        ("a: 1\n---\nb: 2", "line 2 is not valid YAML: but found another document"),
        ("a: *x", "line 1 is not valid YAML: found undefined alias"),
        ("a: &x [*x]", "nested too deeply"),
        (BOMB, "it holds more than 1,000,000 values"),
        ("[" * 70 + "]" * 70, "nested too deeply"),
        ("[" * 5000, "nested too deeply"),
        ("{a: " * 5000, "nested too deeply"),
        ("a: !!python/object/apply:os.system ['echo']", "line 1 .*the tag .*python.* means nothing here"),
        ("a: !!timestamp 2020-01-01", "does not fit the tag"),
        ("a: !!binary aGk=", "does not fit the tag"),
        ("a: !!set {b}", "means nothing here"),
        ("a: !!int x", "line 1 .*'x' does not fit the tag"),
        ("a: !mine x", "does not fit the tag"),
        ("a: b\n\tc: d", "line 2 is not valid YAML: "),
        ("a: 1\nb: \0", r"line 2 is not valid YAML: it holds the character '\\x00'"),
        ("a: \x1b[31m", r"line 1 is not valid YAML: it holds the character '\\x1b'"),
        ("? [a]\n: 1", "line 1 is not valid YAML: a key must be a word"),
        ("? {a: 1}\n: 1", "a key must be a word"),
        ("a: " + "9" * 5000, r"line 1 .*the number 999999999\.\.\. is too long"),
        ("a: %x", "line 1 is not valid YAML"),
        ("a: [1", "line 1 is not valid YAML: expected"),
        ('a: "\\ud800', "not valid YAML"),
    ],
)  # fmt: skip
def test_whatever_is_wrong_is_one_line(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        parse_value(text, "the file")
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 300


SCHEMA = """\
features:
- {name: zone, kind: categorical, categories: [%s]}
- {name: age, kind: integer, lower: 018}
target: {name: y, favourable: %s}
"""


def schema_with(folder: Path, categories: str, favourable: str = "yes") -> Schema:
    path = folder / "schema.yaml"
    path.write_text(SCHEMA % (categories, favourable))
    return Schema.from_yaml(path)


@pytest.mark.parametrize(
    ("written", "categories"),
    [
        ("010, 020", ("010", "020")),
        ("1:30, 2:30", ("1:30", "2:30")),
        ("18_25, 26_99", ("18_25", "26_99")),
        ("1, 2, NA", (1, 2, "NA")),
        ("10, 010", (10, "010")),
        ("1.1, 1.10", (1.1, "1.10")),
        ("0x1F, 0o7, +5, -0, 1e3, .inf, .nan", ("0x1F", "0o7", "+5", "-0", "1e3", ".inf", ".nan")),
        ("-1, 0, 2.5, true, FALSE", (-1, 0, 2.5, True, False)),
        ("'null', '2020-01-01', '', '1'", ("null", "2020-01-01", "", "1")),
        ("yes, no, on", ("yes", "no", "on")),
    ],
)
def test_categories_count_as_they_are_written(
    tmp_path: Path, written: str, categories: tuple[object, ...]
) -> None:
    schema = schema_with(tmp_path, written)
    assert repr(schema.features[0].categories) == repr(categories)
    (tmp_path / "again.yaml").write_text(schema.to_yaml())
    assert repr(Schema.from_yaml(tmp_path / "again.yaml")) == repr(schema)
    # Elsewhere a number is a number, by YAML 1.2: 018 is eighteen.
    assert schema.features[1].lower == 18


@pytest.mark.parametrize(
    ("written", "labels"),
    [("yes", ("yes",)), ("1", (1,)), ("01", ("01",)), ("true", (True,)), ("[a, 02]", ("a", "02"))],
)
def test_one_favourable_label_needs_no_list(tmp_path: Path, written: str, labels: tuple[object, ...]) -> None:
    assert repr(schema_with(tmp_path, "a, b", written).target.favourable) == repr(labels)


@pytest.mark.parametrize(
    ("categories", "favourable", "message"),
    [
        ("a, 2020-01-01", "yes", "line 2 .*2020-01-01 is a date; put it in quotes"),
        ("a, 2020-01-01T10:00:00Z", "yes", "line 2 .*is a date; put it in quotes"),
        ("a, null", "yes", r"line 2, field features\.0\.categories\.1: an empty value \(null\)"),
        ("a, ", "2020-01-01", "line 4 .*2020-01-01 is a date"),
        ("a, b", "null", r"line 4, field target\.favourable.*: an empty value \(null\)"),
        ("a, [b]", "yes", r"field features\.0\.categories\.1: a list is no category"),
        ("a, {b: c}", "yes", "a dict is no category"),
        ("a, b", "{b: c}", "a dict is no category or label"),
        ("a, b", "[1, '1']", "lists a favourable label twice"),
    ],
)
def test_what_is_no_category_is_said(tmp_path: Path, categories: str, favourable: str, message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        schema_with(tmp_path, categories, favourable)
    assert "boolean" not in str(caught.value)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("lower: .nan", r"line 2, field features\.0\.lower: .*finite"),
        ("lower: .inf", r"field features\.0\.lower: .*finite"),
        ("upper: 1e999", r"field features\.0\.upper: .*finite"),
        ("lower: 1_000", r"field features\.0\.lower: '1_000' is a word, not a number"),
        ("lower: '18'", "'18' is a word, not a number"),
        ("lower: 1:30", "'1:30' is a word, not a number"),
        ("lower: 2020-01-01", "'2020-01-01' is a word, not a number"),
        ("lower: true", "True is a truth value, not a number"),
        ("lower: 1.2, upper: 1.8", r"no whole number lies between 1\.2 and 1\.8"),
        ("immutable: true, immutable: false", "line 2 .*the key 'immutable' is there twice"),
        ("name: 2020", "the key 'name' is there twice"),
    ],
)
def test_bounds_are_finite_numbers(tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "schema.yaml"
    path.write_text(f"features:\n- {{name: a, kind: integer, {line}}}\ntarget: {{name: y, favourable: 1}}\n")
    with pytest.raises(UsageError, match=message):
        Schema.from_yaml(path)


def test_a_number_for_a_name_is_told_how_to_be_one(tmp_path: Path) -> None:
    path = tmp_path / "schema.yaml"
    path.write_text("features:\n- {name: 2020, kind: integer}\ntarget: {name: y, favourable: 1}\n")
    with pytest.raises(UsageError, match=r"line 2, field features\.0\.name: 2020 is no word; put it"):
        Schema.from_yaml(path)
    path.write_text("features:\n- {name: '', kind: integer}\ntarget: {name: y, favourable: 1}\n")
    with pytest.raises(UsageError, match=r"field features\.0\.name: .*at least 1 character"):
        Schema.from_yaml(path)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_feature_made_in_python_is_checked_too(value: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        Feature(name="a", kind="continuous", lower=value)
    with pytest.raises(ValueError, match="is no category"):
        Feature(name="a", kind="ordinal", categories=(1, value))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("weights: {income: .nan}", r"line 2, field weights\.income: .*finite"),
        ("weights: {income: .inf}", r"line 2, field weights\.income: .*finite"),
        ("weights: {income: -5}", r"line 2, field weights\.income: .*greater than or equal to 0"),
        ("weights: {income: 1e300}", r"field weights\.income: .*less than or equal to"),
        ("weights: {income: 1, income: 2}", "line 2 .*the key 'income' is there twice"),
        ("threshold: .nan", "field threshold: "),
        ("threshold: 1.5", "field threshold: "),
        ("threshold: '0.5'", "field threshold: '0.5' is a word"),
        ("threads: 1_0", "field threads: '1_0' is a word"),
        ("threads: 100000", "field threads: .*1024"),
        ("chunk: 1e30", "field chunk: "),
        ("seeds: -1", "field seeds: "),
        ("seeds: [0, -1]", "field seeds: seed -1 is negative"),
        ("seeds: [0, .nan]", r"field seeds\.1: "),
        ("seeds: [4294967296]", "field seeds: seed 4294967296 is too large"),
        ("seeds: 1000000000000000000000000000000", "field seeds: "),
        ("seeds: 0-20000000", r"field seeds: 20,000,001 seeds are too many"),
        ("seeds: true", "field seeds: "),
        ("factuals: 0", "field factuals: 0 is neither"),
        ("factuals: true", "field factuals: True is neither"),
        ("factuals: 1e5", "field factuals: 100000.0 is neither"),
        ("factuals: 99999999999", "field factuals: 99999999999 people are too many"),
        ("judge: {gold: {trees: .inf}}", r"line 2, field judge\.gold\.trees: "),
        ("judge: {gold: {kind: forest}, gold: {kind: known}}", "the key 'gold' is there twice"),
        ("classifiers: [{name: mlp, params: {epochs: .inf}}]", r"field classifiers\.0: params holds inf"),
        ("description: 1", "line 2, field description: 1 is no word; put it in quotes"),
    ],
)  # fmt: skip
def test_a_suite_holds_numbers_that_can_be_run(tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "suite.yaml"
    path.write_text(f"methods: [nnr]\n{line}\n")
    with pytest.raises(UsageError, match=message) as caught:
        load_suite(str(path))
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("{name: nnr, params: {gamma: .nan}}", r"field methods\.0: params holds nan"),
        ("{name: nnr, params_for: {loan: {gamma: .inf}}}", r"field methods\.0: params_for holds inf"),
        ("{name: nnr, vary: {gamma: [.5, .nan]}}", r"field methods\.0: vary holds nan"),
        ("{name: nnr, vary: {gamma: []}}", r"field methods\.0\.vary\.gamma: .*at least 1 item"),
        (
            "{name: nnr, vary: {a: &v [1,2,3,4,5,6,7,8,9,10], b: *v, c: *v, d: *v, e: *v}}",
            "100,000 combinations are too many",
        ),
    ],
)
def test_rows_of_a_suite(tmp_path: Path, spec: str, message: str) -> None:
    path = tmp_path / "suite.yaml"
    path.write_text(f"methods: [{spec}]\n")
    with pytest.raises(UsageError, match=message):
        load_suite(str(path))


def test_a_suite_asks_for_a_million_cells_at_most() -> None:
    with pytest.raises(ValueError, match="asks for 2,000,000 cells"):
        Suite.model_validate({"methods": ["nnr", "genre"] * 100, "seeds": "0-9999"})


def read(path: Path) -> Any:
    return load_model(Suite, path, "suite")


def test_what_is_no_file_of_text(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"cannot read suite .*: it is not a file"):
        read(tmp_path)
    with pytest.raises(UsageError, match="cannot read suite /dev/null: it is not a file"):
        read(Path("/dev/null"))
    (tmp_path / "utf16.yaml").write_bytes("methods: [nnr]".encode("utf-16"))
    with pytest.raises(UsageError, match="it is not UTF-8 text"):
        read(tmp_path / "utf16.yaml")
    with (tmp_path / "large.yaml").open("wb") as file:
        file.truncate(11 * 2**20)
    with pytest.raises(UsageError, match="larger than 10 MiB"):
        read(tmp_path / "large.yaml")
    with pytest.raises(UsageError, match="cannot read suite"):
        read(Path("a\0b.yaml"))
