"""Parameters of PROBE."""

from __future__ import annotations

from pydantic import Field

from recbench_methods.common.params import WeightParams


class ProbeParams(WeightParams):
    """The target rate and the noise are those of the paper's experiments (Section 5)."""

    rate: float = Field(0.35, gt=0, lt=1, description="r, the largest invalidation rate that is accepted")
    variance: float = Field(
        0.01, gt=0, description="sigma^2 of the noise on every encoded value of a recourse"
    )
