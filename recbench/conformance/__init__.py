"""The conformance suite: one named check per rule that a recourse method must keep.

As scikit-learn's ``check_estimator`` does for estimators. The suite brings its own small tasks, so it
needs no files and says in seconds which rule a method breaks:

    >>> from recbench.conformance import run_checks
    >>> [result.name for result in run_checks("nnr") if result.outcome == "failed"]
    []
"""

from recbench.conformance.checks import checks
from recbench.conformance.run import CheckResult, Outcome, run_checks

__all__ = ["CheckResult", "Outcome", "checks", "run_checks"]
