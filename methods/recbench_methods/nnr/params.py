"""Parameters of nearest-neighbour recourse."""

from __future__ import annotations

from pydantic import Field

from recbench.plugins import Params


class NearestNeighbourParams(Params):
    """Parameters of NNR."""

    gamma: float | None = Field(
        None,
        ge=0,
        lt=1,
        description="a target's h must be above this and above the threshold; none: 0.7 (GenRe, 4.1), "
        "or less for a group that h seldom gives as much",
    )
