import re
from pathlib import Path

import pytest
from hypothesis import example, given, settings, strategies as st
from pydantic import ValidationError

from recbench.data.encoding import category_key
from recbench.data.schema import Feature, Schema, Target
from recbench.errors import UsageError

YAML = """\
features:
- name: age
  kind: integer
  lower: 18
  monotone: increase
- name: job
  kind: categorical
  categories: [clerk, nurse]
  immutable: true
target:
  name: approved
  favourable: [1]
id: person
"""

names = st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]), min_size=1, max_size=12)
scalars = st.one_of(st.booleans(), st.integers(-99, 99), st.text(max_size=6), st.floats(-9, 9))
bounds = st.none() | st.floats(-1e9, 1e9)


def feature_with(category):
    return Feature(name="word", kind="categorical", categories=(category,))


@st.composite
def features(draw, name):
    kind = draw(st.sampled_from(["categorical", "ordinal", "integer", "continuous"]))
    fields = {"name": name, "kind": kind, "immutable": draw(st.booleans())}
    if kind in ("categorical", "ordinal"):
        categories = st.lists(scalars, min_size=1, max_size=5, unique_by=category_key)
        fields["categories"] = tuple(draw(categories))
    else:
        low, high = draw(bounds), draw(bounds)
        if kind == "integer":
            low, high = (None if bound is None else float(round(bound)) for bound in (low, high))
        if low is not None and high is not None:
            low, high = sorted((low, high))
        fields |= {"lower": low, "upper": high}
    if kind != "categorical":
        fields["monotone"] = draw(st.sampled_from([None, "increase", "decrease"]))
    return Feature(**fields)


@st.composite
def schemas(draw):
    columns = draw(st.lists(names, min_size=3, max_size=7, unique=True))
    favourable = draw(st.lists(scalars, min_size=1, max_size=3, unique_by=category_key))
    target = Target(name=columns[0], favourable=tuple(favourable))
    return Schema(
        features=tuple(draw(features(name)) for name in columns[2:]),
        target=target,
        id=draw(st.sampled_from([None, columns[1]])),
    )


@settings(max_examples=150, deadline=None)
@given(schema=schemas())
@example(schema=Schema(features=(feature_with("\x85"),), target=Target(name="y", favourable=("\u2028",))))
def test_yaml_round_trip(schema, tmp_path_factory):
    path = tmp_path_factory.mktemp("schema") / "schema.yaml"
    path.write_text(schema.to_yaml(), encoding="utf-8")
    back = Schema.from_yaml(path)
    assert back == schema
    # Equality calls 1, 1.0 and True the same; a category must keep its type as well.
    assert repr(back) == repr(schema)


def read(text, tmp_path):
    path = tmp_path / "schema.yaml"
    path.write_text(text, encoding="utf-8")
    return Schema.from_yaml(path)


def test_a_schema_file_is_read(tmp_path):
    schema = read(YAML, tmp_path)
    assert schema.names == ["age", "job"]
    assert len(schema) == 2
    assert schema.index("job") == 1
    assert schema.features[0].lower == 18
    assert schema.features[0].upper is None
    assert schema.features[1].discrete
    assert schema.id == "person"
    assert schema.target.words == "approved = 1"
    assert Target(name="risk", favourable=("low", "none")).words == "risk = low or none"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("kind: integer", "kind: whole", r"line 3, field features\.0\.kind: Input should be 'categorical'"),
        ("monotone: increase", "monoton: up", r"line 5, field .*monoton: there .* \(did you mean monotone"),
        ("favourable: [1]", "favourable: []", r"line 12, field target\.favourable: .*at least 1 item"),
        ("  categories: [clerk, nurse]\n", "", r"feature 'job' is categorical: list its categories"),
        ("[clerk, nurse]", "[clerk, clerk]", r"line 6, .*feature 'job' lists a category twice"),
        ("[clerk, nurse]", "[1, '1']", r"feature 'job' lists a category twice"),
        ("[clerk, nurse]", "[1, 1.0]", r"feature 'job' lists a category twice"),
        ("immutable: true", "upper: 3", r"feature 'job' is categorical: it has categories, not bounds"),
        ("lower: 18", "categories: [1]", r"feature 'age' is integer: it has bounds, not categories"),
        ("immutable: true", "monotone: increase", r"feature 'job': categories without an order"),
        ("lower: 18", "lower: 18\n  upper: 3", r"feature 'age': lower 18 is above upper 3"),
        ("name: job", "name: age", r"column named twice: age"),
        ("id: person", "id: approved", r"column named twice: approved"),
        ("target:\n  name: approved\n  favourable: [1]\n", "", r"line 1, field target: Field required"),
        ("[clerk, nurse]", "[clerk, nurse", r"line 9 is not valid YAML: .*expected ',' or '\]'"),
    ],
)
def test_a_fault_is_one_line_with_its_place(tmp_path, old, new, message):
    assert old in YAML
    with pytest.raises(UsageError) as caught:
        read(YAML.replace(old, new, 1), tmp_path)
    assert re.search(message, caught.value.message), caught.value.message
    assert str(tmp_path / "schema.yaml") in caught.value.message
    assert "\n" not in caught.value.message
    assert caught.value.exit_code == 2


def test_a_file_that_is_no_mapping_or_not_there(tmp_path):
    with pytest.raises(UsageError, match="must be a mapping of fields, not list"):
        read("- age\n- job\n", tmp_path)
    with pytest.raises(UsageError, match="must be a mapping of fields, not NoneType"):
        read("", tmp_path)
    with pytest.raises(UsageError, match=r"cannot read schema .*absent\.yaml: .*No such file"):
        Schema.from_yaml(tmp_path / "absent.yaml")
    with pytest.raises(UsageError, match="cannot read schema"):
        Schema.from_yaml(tmp_path)
    (tmp_path / "latin.yaml").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(UsageError, match="cannot read schema"):
        Schema.from_yaml(tmp_path / "latin.yaml")


def test_a_schema_cannot_be_changed():
    feature = Feature(name="age", kind="integer")
    with pytest.raises(ValidationError, match="frozen"):
        feature.name = "years"  # type: ignore[misc]


def test_yes_and_no_are_words_in_a_schema_file(tmp_path: Path) -> None:
    path = tmp_path / "schema.yaml"
    path.write_text(
        "target: {name: paid, favourable: [yes]}\n"
        "features:\n- {name: owner, kind: categorical, categories: [yes, no, on, true]}\n"
    )
    schema = Schema.from_yaml(path)
    assert schema.target.favourable == ("yes",)
    assert schema.features[0].categories == ("yes", "no", "on", True)
