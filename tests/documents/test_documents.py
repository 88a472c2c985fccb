"""YAML that people write: the scalars of YAML 1.2, and one line for whatever is wrong."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from recbench.documents.reading import dump, load_model, parse_value
from recbench.errors import UsageError
from recbench.suite import Suite


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
