"""Parameters of Wachter et al. 2017."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from recbench_methods.common.params import WeightParams


class WachterParams(WeightParams):
    """The weight is the paper's lambda. The paper leaves its numbers open."""

    target: float = Field(1.0, gt=0, le=1, description="y', the probability aimed at")
    distance: Literal["task", "mad"] = Field(
        "task",
        description="task: the benchmark's cost; mad: the paper's L1 over the median absolute deviation",
    )
    turns: int = Field(4, ge=1, description="times acceptance is regained or lost before a person is done")
    patience: int | None = Field(
        120,
        ge=1,
        description="steps without a closer point before a person is done who lost acceptance once",
    )
    learning_rate: float = Field(0.03, gt=0, description="of Adam (the paper's optimiser), in encoded units")
