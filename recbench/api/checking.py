"""Checking: does a method keep the contract?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from recbench.conformance import CheckResult, checks, run_checks
from recbench.plugins import registry

__all__ = ["CheckResult", "check_method", "rules_of_checks"]


def check_method(
    method: str,
    params: Mapping[str, Any] | None = None,
    progress: Callable[[str], None] | None = None,
) -> list[CheckResult]:
    """Run the conformance suite on a method: one named check per rule of the contract.

    Args:
        method: one of :func:`recbench.methods`.
        params: parameters to check it with.
        progress: told the name of each check before it runs.

    Raises:
        UsageError: there is no such method, it is unavailable, or a parameter is wrong.
    """
    registry.methods.card(method)
    return run_checks(method, params, progress=progress)


def rules_of_checks() -> dict[str, str]:
    """Return the rule that each check of the conformance suite holds a method to, by the check's name."""
    return {check.name: check.rule for check in checks()}
