"""Parameters of REVISE."""

from __future__ import annotations

from pydantic import Field

from recbench_methods.common.params import VaeParams


class ReviseParams(VaeParams):
    """The paper leaves its numbers open; lambda, learning rate and steps are CARLA's experimental setup."""

    lambda_: float = Field(
        0.5, ge=0, alias="lambda", description="weight of the cost against the classifier's loss"
    )
    learning_rate: float = Field(0.1, gt=0, description="of Adam, in latent units")
    steps: int = Field(1500, ge=0, description="most steps of Adam per person")
    patience: int = Field(100, ge=1, description="steps without a better recourse before a person is done")
