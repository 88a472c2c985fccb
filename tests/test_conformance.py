"""Every method keeps every rule, and every rule is caught when it is broken."""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch

from recbench.conformance import Outcome, checks, run_checks
from recbench.errors import RecbenchError, UsageError
from recbench.method import RecourseMethod
from recbench.plugins import registry
from recbench.rng import Rng

from .rule_breakers import BROKEN, CARD, Draw, Narrow, Raises

AVAILABLE = [card.name for card in registry.methods.cards()]


def outcomes(method: str | type[RecourseMethod], **params: Any) -> dict[str, str]:
    return {result.name: str(result.outcome) for result in run_checks(method, params)}


QUICK = ("genre", "nnr", "unchanged", "wachter")
"""Checked with every change; `make conformance` checks the others, some ten minutes on two cores."""


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=() if name in QUICK else (pytest.mark.slow, pytest.mark.conformance))
        for name in AVAILABLE
    ],
)
def test_every_available_method_keeps_every_rule(name: str) -> None:
    failed = [f"{r.name}: {r.message}" for r in run_checks(name) if r.outcome == Outcome.FAILED]
    assert not failed


def test_an_honest_method_passes_everything() -> None:
    assert set(outcomes(Draw).values()) <= {"passed", "skipped"}


def test_checks_have_distinct_names_and_one_line_rules() -> None:
    names = [check.name for check in checks()]
    assert len(set(names)) == len(names) > 25
    assert all(check.rule and "\n" not in check.rule for check in checks())


@pytest.fixture
def _restored() -> Any:
    """Undo what the faulty methods do to the process."""
    logger = logging.getLogger("recbench.conformance")
    with Rng(0).stream("tests").globally(), warnings.catch_warnings():
        yield
    logger.disabled = False


def test_every_rule_has_a_method_that_breaks_it() -> None:
    # A GPU check cannot be broken on purpose where there is none.
    assert set(BROKEN) == {check.name for check in checks()} - {"cuda"}


@pytest.mark.usefixtures("_restored")
@pytest.mark.parametrize(
    ("rule", "faulty"), [(rule, faulty) for rule, faults in BROKEN.items() for faulty in faults]
)
def test_a_broken_rule_is_caught_by_its_check(rule: str, faulty: type[RecourseMethod]) -> None:
    assert outcomes(faulty)[rule] == "failed"


def test_an_expected_failure_is_no_failure_and_says_why() -> None:
    class Known(Narrow):
        card = replace(CARD, expected_failed_checks={"shape": "the original drops a column"})

    shape = next(result for result in run_checks(Known) if result.name == "shape")
    assert shape.outcome == Outcome.EXPECTED_FAILURE
    assert "drops a column" in shape.message
    assert "expected" in shape.message


def test_an_expected_failure_that_passes_is_reported() -> None:
    class Mended(Draw):
        card = replace(CARD, expected_failed_checks={"shape": "the original drops a column"})

    shape = next(result for result in run_checks(Mended) if result.name == "shape")
    assert shape.outcome == Outcome.PASSED
    assert "was expected to fail" in shape.message


def test_an_expected_failure_of_no_check_is_itself_a_failure() -> None:
    class Misspelt(Draw):
        card = replace(CARD, expected_failed_checks={"shapes": "?"})

    assert outcomes(Misspelt)["described"] == "failed"


def test_a_failing_fit_hides_no_other_rule_as_passed() -> None:
    found = outcomes(Raises)
    assert found["shape"] == found["order_kept"] == "skipped"


def test_unknown_method_and_parameter_are_usage_errors() -> None:
    with pytest.raises(UsageError, match="wachter"):
        run_checks("wachtr")
    with pytest.raises(UsageError, match="gamma"):
        run_checks("nnr", {"gama": 0.5})


def test_unfitted_error_is_clear() -> None:
    with pytest.raises(RecbenchError, match="not fitted"):
        Draw().generate(torch.zeros(1, 8), Rng(0).people(["a"]))


def test_command_prints_every_check_and_exits_0(recbench: Callable[..., Any]) -> None:
    done = recbench("check", "nnr", "--set", "gamma=0.6")
    assert done.returncode == 0, done.stderr
    assert all(f"{check.name}\t" in done.stdout for check in checks())
    assert "nnr: " in done.stdout.splitlines()[-1]


def test_command_in_json(recbench: Callable[..., Any]) -> None:
    done = recbench("check", "unchanged", "--json")
    rows = json.loads(done.stdout)
    assert [row["check"] for row in rows] == [check.name for check in checks()]
    assert {row["outcome"] for row in rows} <= {"passed", "skipped"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nnrr"], "Did you mean nnr"),
        (["nnr", "--set", "gama=1"], "Did you mean gamma"),
        (["nnr", "--set", "gamma=2"], "nnr.gamma"),
        (["nnr", "--set", "gamma"], "malformed"),
    ],
)
def test_command_explains_misuse(recbench: Callable[..., Any], words: list[str], said: str) -> None:
    done = recbench("check", *words)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
