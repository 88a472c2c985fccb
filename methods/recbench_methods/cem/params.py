"""Parameters of CEM."""

from __future__ import annotations

from pydantic import Field

from recbench_methods.common.params import ElasticNetParams


class CemParams(ElasticNetParams):
    """Beta is the paper's; kappa, c, the steps and gamma = 0 are those of CARLA's experimental setup."""

    gamma: float = Field(
        0.0, ge=0, description="weight of the autoencoder's error (equation 1); 0: without one"
    )
