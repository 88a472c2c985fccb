"""Parameters of ROAR."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from recbench_methods.common.params import WeightParams


class RoarParams(WeightParams):
    """Delta and the surrogate's sampling; the weight of the distance is found per person."""

    delta: float = Field(
        0.1, ge=0, description="largest change of a coefficient of the model (delta_max, Section 5)"
    )
    norm: Literal["inf", "l2"] = Field(
        "inf", description="ball of the changes: each coefficient on its own (the paper's), or their length"
    )
    samples: int = Field(1000, ge=2, description="perturbations to which the linear models are fitted")
    kernel_width: float = Field(
        0.75, gt=0, description="of the weights, times the root of d (LIME, Ribeiro et al. 2016)"
    )
    ridge: float = Field(1e-3, ge=0, description="penalty of the coefficients, per unit of sample weight")
