"""Parameters of the search by pieces."""

from __future__ import annotations

from pydantic import Field

from recbench.plugins import Params


class ExactPieceParams(Params):
    """The fast form is starts=0 with steps=4: three to six times as quick, dearer where much must change."""

    starts: int = Field(
        6, ge=0, description="further starts, each without one of the features changed, the costliest first"
    )
    steps: int = Field(12, ge=0, description="pieces looked at around the best point of the first start")
    reach: float = Field(
        0.15, gt=0, description="farthest a value moves in one of them, in encoded units; less where it fails"
    )
