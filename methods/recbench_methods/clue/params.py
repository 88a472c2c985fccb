"""Parameters of CLUE."""

from __future__ import annotations

from pydantic import Field

from recbench_methods.common.params import LatentSearchParams


class ClueParams(LatentSearchParams):
    """Weights and learning rate are CARLA 0.0.5's, which took the averages of the paper's (Appendix)."""

    uncertainty: float = Field(1.0, ge=0, description="weight of the entropy H(y | x) (equation 3)")
    distance: float = Field(
        4.0, ge=0, description="lambda_x times the number of features: weight of the cost (equation 4)"
    )
    target: float = Field(
        1.0, ge=0, description="lambda_y: weight of the cross-entropy to the target class; CARLA has 0"
    )
    learning_rate: float = Field(0.5, gt=0, description="of Adam, in latent units")
    steps: int = Field(400, ge=0, description="most steps of Adam per person")
    patience: int = Field(50, ge=1, description="steps without a better recourse before a person is done")
