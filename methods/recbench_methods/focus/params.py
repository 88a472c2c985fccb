"""Parameters of FOCUS."""

from __future__ import annotations

from pydantic import Field

from recbench.plugins import Params


class FocusParams(Params):
    """The paper tunes sigma, tau, beta and the learning rate per data set and model.

    These defaults were chosen on training rows of COMPAS and HELOC that a forest turns down.
    """

    sigma: float = Field(10.0, gt=0, description="steepness of a soft split")
    temperature: float = Field(2.0, gt=0, description="tau, steepness of the soft vote")
    distance_weight: float = Field(0.02, ge=0, description="beta, weight of the distance")
    depth: int = Field(6, ge=1, description="levels of a tree that are softened; means stand for the rest")
    steps: int = Field(300, ge=0, description="most steps of Adam per person")
    patience: int = Field(100, ge=1, description="steps without a cheaper accepted point until done")
    learning_rate: float = Field(0.01, gt=0, description="of Adam, in encoded units")
