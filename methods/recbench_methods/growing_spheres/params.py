"""Parameters of Growing Spheres."""

from __future__ import annotations

from pydantic import Field

from recbench.plugins import Params


class GrowingSpheresParams(Params):
    """The paper leaves n and eta open; these are the defaults of CARLA 0.0.5."""

    samples: int = Field(1000, ge=1, description="n, points drawn per layer")
    step: float = Field(
        0.2, gt=0, description="eta, radius of the first ball and width of a layer, in encoded units (L2)"
    )
    layers: int = Field(1000, ge=0, description="most layers per person; the end of the domain also stops it")
    sparsity: bool = Field(True, description="undo changes that are not needed (Algorithm 2)")
