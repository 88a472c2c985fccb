"""Parameters of CRUDS."""

from __future__ import annotations

from pydantic import Field

from recbench_methods.common.params import LatentSearchParams


class CrudsParams(LatentSearchParams):
    """The paper leaves its numbers open; those of the search are the defaults of CARLA 0.0.5."""

    subspace: int = Field(2, ge=1, description="latent units that go with the class (2 in CARLA)")
    disentangle: float = Field(
        10.0, ge=0, description="how hard the other units are kept from telling the class"
    )
    draws: int = Field(
        20, ge=0, description="draws of w from the target class; the best one begins a second search"
    )
    lambda_: float = Field(
        0.001,
        ge=0,
        alias="lambda",
        description="weight of the squared distance against the classifier's loss",
    )
    learning_rate: float = Field(0.008, gt=0, description="of RMSprop, in latent units")
    steps: int = Field(2000, ge=0, description="most steps per person")
