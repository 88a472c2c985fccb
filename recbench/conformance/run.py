"""Run every check on one method."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from recbench.conformance.checks import Check, checks
from recbench.conformance.trial import NotApplicableError, RuleBrokenError, Trial
from recbench.method import RecourseMethod, method_class
from recbench.plugins import registry
from recbench.threads import limited_to


class Outcome(StrEnum):
    """What became of a check."""

    PASSED = "passed"
    FAILED = "failed"
    EXPECTED_FAILURE = "expected failure"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class CheckResult:
    """One check's outcome; ``message`` says what is wrong, or why it was skipped or expected to fail."""

    name: str
    outcome: Outcome
    message: str = ""


def run_checks(
    method: str | type[RecourseMethod],
    params: Mapping[str, object] | None = None,
    people: int | None = None,
    progress: Callable[[str], None] | None = None,
) -> list[CheckResult]:
    """Run the suite on a registered method, or on a class that is not registered (yet).

    Args:
        method: name, or the class itself.
        params: parameters to check it with.
        people: how many people each check asks for; by default 100, or 6 for wrapped methods, which
            may take seconds per person and are asked about them ten times over.
        progress: told the name of each check before it runs.

    Raises:
        UsageError: there is no such method, it is unavailable, or a parameter is wrong.
        RecbenchError: the method cannot be imported.
    """
    implementation = method_class(method) if isinstance(method, str) else method
    card = registry.methods.card(method) if isinstance(method, str) else implementation.card
    people = people or (100 if card.traits.native else 6)
    with limited_to(1):
        trial = Trial(implementation, card, dict(params or {}), people)
        trial.new()
        results = []
        for check in checks():
            if progress:
                progress(check.name)
            results.append(_run(check, trial))
    return results


def _run(check: Check, trial: Trial) -> CheckResult:
    expected = trial.card.expected_failed_checks.get(check.name)
    try:
        check.run(trial)
    except NotApplicableError as reason:
        return CheckResult(check.name, Outcome.SKIPPED, str(reason))
    except Exception as error:
        said = str(error) if isinstance(error, RuleBrokenError) else f"{type(error).__name__}: {error}"
        message = " ".join(said.split())
        if expected:
            return CheckResult(check.name, Outcome.EXPECTED_FAILURE, f"{expected} ({message})")
        return CheckResult(check.name, Outcome.FAILED, message)
    if expected:
        return CheckResult(check.name, Outcome.PASSED, f"was expected to fail: {expected}")
    return CheckResult(check.name, Outcome.PASSED)
