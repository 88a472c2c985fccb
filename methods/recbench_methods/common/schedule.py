"""How much a person's loss weighs beside the distance: as little as acceptance allows."""

from __future__ import annotations

import torch
from torch import Tensor

from recbench_methods.common.gradient_search import Step
from recbench_methods.common.params import WeightParams


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
