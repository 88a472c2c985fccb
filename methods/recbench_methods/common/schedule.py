"""How much a person's loss weighs beside the distance: as little as acceptance allows."""

from __future__ import annotations

import torch
from pydantic import Field
from torch import Tensor

from recbench.method import Params
from recbench_methods.common.gradient_search import Step


class WeightParams(Params):
    """Parameters of every search that looks for the smallest weight with which a person is accepted.

    The numbers were chosen on COMPAS, HELOC and Adult; no paper gives a schedule per person.
    """

    weight: float = Field(0.1, gt=0, description="first weight of the loss beside the distance")
    weight_max: float = Field(1e8, gt=0, description="weight at which an unaccepted person is given up")
    growth: float = Field(2.0, gt=1, description="factor by which the weight is increased until acceptance")
    stage: int = Field(20, ge=1, description="steps of Adam between two changes of the weight")
    turns: int = Field(3, ge=1, description="times acceptance is regained or lost before a person is done")
    steps: int = Field(2000, ge=0, description="most steps of Adam per person")
    learning_rate: float = Field(0.02, gt=0, description="of Adam, in encoded units")


class Weight:
    """A weight per person: up until accepted, then down and up around the smallest that is accepted.

    Attributes:
        value: (n,) the weights.
        power: (n,) exponent of the next change; halved each time acceptance is lost or regained.
    """

    def __init__(self, n: int, params: WeightParams, device: torch.device) -> None:
        self.params = params
        self.value = torch.full((n,), params.weight, device=device)
        self.power = torch.ones(n, device=device)
        self.accepted = torch.zeros(n, dtype=torch.bool, device=device)

    def __call__(self, step: Step) -> Tensor:
        """Change the weights at the end of a stage; return (m,) who is done."""
        p, rows = self.params, step.rows
        accepted = step.margin > 0
        if (step.number + 1) % p.stage == 0:
            power = self.power[rows]
            power = torch.where(accepted != self.accepted[rows], power / 2, power)
            self.value[rows] *= p.growth ** torch.where(accepted, -power, power)
            self.power[rows], self.accepted[rows] = power, accepted
        settled = self.power[rows] <= 0.5**p.turns
        return settled | (~step.answered & (self.value[rows] > p.weight_max))
