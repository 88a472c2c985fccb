"""Values in a schema: categories count as they are written, and bounds are finite numbers."""

from pathlib import Path

import pytest

from recbench.data.schema import Feature, Schema
from recbench.errors import UsageError

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
