"""Parameters of C-CHVAE."""

from __future__ import annotations

from pydantic import Field

from recbench_methods.common.params import VaeParams


class CchvaeParams(VaeParams):
    """The paper leaves its numbers open; those of the search are CARLA 0.0.5's, unless said otherwise."""

    samples: int = Field(100, ge=1, description="candidates per shell (CARLA: 300, and 100 in its example)")
    step: float = Field(0.1, gt=0, description="how much wider each shell is than the last, in latent units")
    shells: int = Field(
        300,
        ge=0,
        description="shells before a person is given up (CARLA: 1000); beyond, there is no prior mass",
    )
    norm: float = Field(1.0, ge=1, description="p of the latent L_p norm in which shells are round")
