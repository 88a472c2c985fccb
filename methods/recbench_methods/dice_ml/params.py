"""Parameters of dice-ml's methods. Names and defaults are dice-ml's own."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from recbench.plugins import Params


class DiceParams(Params):
    """Parameters of both methods."""

    total_cfs: int = Field(4, ge=1, description="recourses per person, of which the cheapest is returned")
    posthoc_sparsity_param: float = Field(
        0.1, ge=0, le=1, description="quantile of deviations within which numbers move back; 0 is never"
    )


class DiceRandomParams(DiceParams):
    """Parameters of random search."""

    sample_size: int = Field(1000, ge=1, description="random candidates per person")
    posthoc_sparsity_algorithm: Literal["linear", "binary"] = Field(
        "linear", description="how numbers move back"
    )


class DiceGeneticParams(DiceParams):
    """Parameters of the genetic search."""

    initialization: Literal["kdtree", "random"] = Field(
        "kdtree", description="where the population comes from"
    )
    proximity_weight: float = Field(0.2, ge=0, description="weight of the distance")
    sparsity_weight: float = Field(0.2, ge=0, description="weight of the share of features that change")
    diversity_weight: float = Field(5.0, ge=0, description="weight of diversity; has no effect in 0.12")
    maxiterations: int = Field(500, ge=1, description="most generations")
    thresh: float = Field(0.01, ge=0, description="change of the loss below which it stops")
