"""Parameters of REVISE."""

from __future__ import annotations

from pydantic import Field

from recbench_methods.common.params import LatentSearchParams


class ReviseParams(LatentSearchParams):
    """The paper leaves its numbers open; lambda, learning rate and steps are CARLA's experimental setup."""

    lambda_: float = Field(
        0.5, ge=0, alias="lambda", description="weight of the cost against the classifier's loss"
    )
