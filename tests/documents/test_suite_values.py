"""Values in a suite: numbers that can be run, and not too many cells."""

from pathlib import Path

import pytest

from recbench.errors import UsageError
from recbench.suite import Suite, load_suite


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
