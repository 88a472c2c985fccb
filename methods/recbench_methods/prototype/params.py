"""Parameters of counterfactuals guided by prototypes."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from recbench_methods.common.params import ElasticNetParams


class PrototypeParams(ElasticNetParams):
    """Kappa, beta, c and theta are those the authors use for tables; steps as in CARLA's setup of CEM."""

    kappa: float = Field(0.0, ge=0, lt=1, description="lead of the target class that is asked for")
    c: float = Field(1.0, gt=0, description="first weight of the attack")
    theta: float = Field(10.0, ge=0, description="weight of the prototype loss (Section 3.3)")
    gamma: float = Field(0.0, ge=0, description="weight of the autoencoder's error (L_AE); 0: left out")
    source: Literal["kdtree", "encoder"] = Field(
        "kdtree",
        description="kdtree: the nearest rows; encoder: the nearest in an autoencoder's latent space",
    )
    nearest: int = Field(1, ge=1, description="K, accepted rows whose mean is the prototype")
