"""Parameters of actionable recourse."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from recbench.plugins import Params


class ActionableRecourseParams(Params):
    """The paper leaves the grid to its user; sections are those of Ustun et al. 2019."""

    cost: Literal["task", "percentile", "log-percentile"] = Field(
        "task",
        description="task: the benchmark's own cost; percentile: largest percentile shift; log-percentile:"
        " sum of log percentile shifts (Section 3.3)",
    )
    grid: int = Field(20, ge=2, description="most values of a number among which an action can choose")
    rounds: int = Field(10, ge=1, description="most programmes per person; a linear classifier needs one")
