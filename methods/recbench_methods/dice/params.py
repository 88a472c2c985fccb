"""Parameters of DiCE."""

from __future__ import annotations

from pydantic import Field

from recbench.plugins import Params


class DiceParams(Params):
    """Weights are those of the paper (Section 4); it stops after 5,000 steps or when the loss converges."""

    k: int = Field(4, ge=1, description="diverse recourses per person")
    proximity: float = Field(0.5, ge=0, description="lambda_1, weight of the distance (Section 4)")
    diversity: float = Field(1.0, ge=0, description="lambda_2, weight of the determinant (Section 4)")
    sparsity: float = Field(
        0.1, ge=0, le=1, description="quantile of deviations below which a number may be restored (3.4)"
    )
    learning_rate: float = Field(0.05, gt=0, description="of Adam, in encoded units")
    steps: int = Field(5000, ge=0, description="most steps of Adam per person")
    patience: int = Field(50, ge=1, description="steps without a better set until the loss has converged")
