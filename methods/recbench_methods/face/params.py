"""Parameters of FACE."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from recbench.plugins import Params


class FaceParams(Params):
    """k is CARLA's, t_d that of the paper's synthetic examples; the paper leaves d open.

    In those examples t_p is 0.75. Here end points are by default what may serve as a target for any method
    (:mod:`recbench_methods.common.targets`): h need not be calibrated, and may never reach a fixed t_p.
    """

    mode: Literal["knn", "kde", "epsilon"] = Field("knn", description="how edges are weighed")
    neighbours: int = Field(50, ge=1, description="k, most edges of a row of its own; bounds the memory")
    epsilon: float | None = Field(
        None,
        gt=0,
        description="longest edge (modes kde, epsilon); none: within it, 9 of 10 rows have all k neighbours",
    )
    distance: Literal["l2", "task"] = Field(
        "l2", description="d, length of an edge: Euclidean in encoded units, or the benchmark's cost"
    )
    prediction: float | None = Field(
        None,
        ge=0,
        lt=1,
        description="t_p, an end point's h must reach it and be above the threshold; none: end points are "
        "rows of the target class with h above 0.7, or less for a group that h seldom gives as much",
    )
    density: float = Field(
        0.001,
        ge=0,
        lt=1,
        description="t_d, share of rows, the ones farthest from their neighbours, that are no end points",
    )
    kernels: int = Field(1000, ge=1, description="training rows that carry a kernel (mode kde)")
