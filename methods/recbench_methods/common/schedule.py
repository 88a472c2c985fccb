"""How much a person's loss weighs beside the distance: as little as acceptance allows."""

from __future__ import annotations

import torch
from torch import Tensor

from recbench.method import Progress, Recourse
from recbench.task import RecourseTask
from recbench_methods.common.gradient_search import PerRow, Step, cost_from, distance_from, search
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


def weighted_search(
    task: RecourseTask,
    factuals: Tensor,
    loss: PerRow,
    margin: PerRow,
    params: WeightParams,
    progress: Progress,
    *,
    distance: Tensor | None = None,
) -> Recourse:
    """Minimise ``weight * loss + distance`` with a weight per person that is as small as acceptance allows.

    Args:
        task: what the method sees.
        factuals: (n, d) people.
        loss: differentiable, before it is weighted.
        margin: judges snapped points; above 0 is accepted.
        params: of the weights and the steps.
        progress: told the share of the work that is behind us.
        distance: (d,) weights of an L1 distance from the people; None for the task's cost.

    Returns:
        The closest accepted point seen for each person, else the one with the highest margin.
    """
    weight = Weight(len(factuals), params, factuals.device)

    def weighted(x: Tensor, rows: Tensor) -> Tensor:
        return weight.value[rows] * loss(x, rows)

    found = search(
        task.feasible(factuals),
        factuals,
        weighted,
        margin,
        cost_from(task, factuals) if distance is None else distance_from(factuals, distance),
        weight,
        steps=params.steps,
        learning_rate=params.learning_rate,
        pull=task.weights if distance is None else distance,
        progress=lambda done: progress(done, "searching"),
    )
    return Recourse.of(found.points, task)
