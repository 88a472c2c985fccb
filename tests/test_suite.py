from pathlib import Path

import pytest

from recbench.errors import UsageError
from recbench.plugins import registry
from recbench.plugins.params import make_params
from recbench.suite import MethodSpec, Suite, known_suites, load_suite, parse_factuals, parse_seeds


@pytest.mark.parametrize(
    ("text", "seeds"), [("0", [0]), ("0,2", [0, 2]), ("0-3", [0, 1, 2, 3]), ("5, 1-2,1", [5, 1, 2])]
)
def test_seeds(text: str, seeds: list[int]) -> None:
    assert parse_seeds(text) == seeds


@pytest.mark.parametrize("text", ["", "a", "3-1", "1,,2", "-1", "1.5"])
def test_bad_seeds(text: str) -> None:
    with pytest.raises(ValueError, match="seeds"):
        parse_seeds(text)


def test_factuals() -> None:
    assert parse_factuals("200") == 200
    assert parse_factuals("all") is None
    for bad in ("0", "-3", "many"):
        with pytest.raises(ValueError, match="number of people"):
            parse_factuals(bad)


def test_committed_suites_load() -> None:
    assert {"quick", "genre-paper"} <= set(known_suites())
    for name in known_suites():
        assert load_suite(name).methods


@pytest.mark.parametrize("name", known_suites())
def test_committed_suites_ask_for_parameters_that_there_are(name: str) -> None:
    suite = load_suite(name)
    for spec in suite.methods:
        params = registry.methods.params(spec.name)
        for dataset in suite.datasets:
            for _, chosen in spec.variants(dataset):
                make_params(params, chosen, spec.name)


def test_an_unknown_suite_names_the_nearest() -> None:
    with pytest.raises(UsageError, match=r"unknown suite 'quik'\. Did you mean quick"):
        load_suite("quik")


def test_errors_name_file_line_and_field(tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text("datasets: [loan]\nmethods:\n  - genre\n  - name: nnr\n    parms: {}\n")
    with pytest.raises(
        UsageError, match=r"bad\.yaml, line 5, field methods\.1\.parms: .* \(did you mean params"
    ):
        load_suite(str(path))
    path.write_text("methods: [genre]\nthreads: none\n")
    with pytest.raises(UsageError, match="line 2, field threads"):
        load_suite(str(path))
    path.write_text("methods: [genre\n")
    with pytest.raises(UsageError, match="not valid YAML"):
        load_suite(str(path))
    path.write_text("- genre\n")
    with pytest.raises(UsageError, match="must be a mapping"):
        load_suite(str(path))
    with pytest.raises(UsageError, match="no suite file"):
        load_suite(str(tmp_path / "none.yaml"))


def test_variants_multiply_and_are_labelled() -> None:
    spec = MethodSpec(name="genre", params={"k": 1}, params_for={"adult": {"k": 2}}, vary={"tau": [0.5, 1.0]})
    assert list(spec.variants("loan")) == [
        ("genre (tau=0.5)", {"k": 1, "tau": 0.5}),
        ("genre (tau=1.0)", {"k": 1, "tau": 1.0}),
    ]
    assert next(iter(spec.variants("adult")))[1]["k"] == 2


def test_names_alone_are_specs() -> None:
    suite = Suite.model_validate(
        {"methods": ["genre"], "classifiers": ["linear"], "seeds": "0-1", "factuals": "all"}
    )
    assert suite.methods[0].name == "genre"
    assert suite.classifiers[0].name == "linear"
    assert (suite.seeds, suite.factuals) == ([0, 1], None)
