"""Parameters of TAP."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from recbench_methods.common.params import WeightParams


class TapParams(WeightParams):
    """Goal and verifier. The paper sets goals per data set; these defaults are recbench's choice."""

    goal: float = Field(0.6, gt=0, lt=1, description="T is every outcome with at least this P(target class)")
    divergence: Literal["kl", "chi2", "tv"] = Field(
        "kl",
        description="f-divergence from the prediction to T: Kullback-Leibler, chi-squared, total variation",
    )
    gamma: float = Field(
        0.1, ge=0, le=1, description="doubt allowed: verifier's P(same class) less that of the classifier"
    )
    verifier_steps: int = Field(3000, ge=0, description="optimiser steps of the verifier")
    verifier_batch: int = Field(256, ge=1, description="pairs of training rows per step")
    verifier_width: int = Field(64, ge=1, description="of the verifier's two hidden layers")
    verifier_learning_rate: float = Field(3e-3, gt=0, description="highest step of Adam (one-cycle schedule)")
