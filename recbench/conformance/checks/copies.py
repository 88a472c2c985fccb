"""A fitted method that is written down and read back."""

from __future__ import annotations

import tempfile
from pathlib import Path

from recbench.conformance.checks.base import check
from recbench.conformance.trial import NotApplicableError, Trial, require
from recbench.method import RecourseMethod


@check
def pickles(trial: Trial) -> None:
    """A fitted native method survives cloudpickle and gives the same answers."""
    if not trial.card.traits.native:
        raise NotApplicableError("a wrapped original need not")
    import cloudpickle

    method = trial.ran().method
    method.progress = trial.new().progress
    copied: RecourseMethod = cloudpickle.loads(cloudpickle.dumps(method))
    trial.require_same(trial.again(trial.case, copied), trial.answer, trial.case, "from the copy")


@check
def saves_and_loads(trial: Trial) -> None:
    """A fitted native method written by save and read by load gives the same answers."""
    if not trial.card.traits.native:
        raise NotApplicableError("a wrapped original need not")
    method = trial.ran().method
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "method"
        method.save(path)
        loaded = RecourseMethod.load(path)
    require(loaded.params == method.params, "parameters changed on the way")
    trial.require_same(trial.again(trial.case, loaded), trial.answer, trial.case, "after loading")
