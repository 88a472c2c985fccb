"""Parameters of feature tweaking."""

from __future__ import annotations

from pydantic import Field

from recbench.plugins import Params


class FeatureTweakParams(Params):
    """Parameters of feature tweaking."""

    epsilon: float = Field(
        0.1, ge=0, description="how far behind a split a tweaked value is put, in encoded units"
    )
    attempts: int = Field(
        4096, ge=1, description="most tweaks per person that the ensemble judges, cheapest first"
    )
