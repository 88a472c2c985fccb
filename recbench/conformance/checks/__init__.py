"""The checks, in the order in which their failures are best read."""

# isort: off
# Importing adds the checks to the suite, in this order.
from recbench.conformance.checks import (  # noqa: F401
    parameters,
    answer,
    side_effects,
    repetition,
    copies,
    other_tasks,
)

# isort: on
from recbench.conformance.checks.base import Check, checks

__all__ = ["Check", "checks"]
