"""How much a person's loss weighs beside the distance: as little as acceptance allows."""

from __future__ import annotations

import torch
from torch import Tensor

from recbench.method import Progress, Recourse
from recbench.task import RecourseTask
from recbench_methods.common.gradient_search import (
    LogitLoss,
    PerRow,
    Step,
    cost_from,
    distance_from,
    search,
)
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
        self.stages = 0

    def times(self, loss: PerRow | LogitLoss) -> PerRow | LogitLoss:
        """Return the loss, weighted."""
        if isinstance(loss, LogitLoss):
            return loss.times(lambda rows: self.value[rows])
        return lambda x, rows: self.value[rows] * loss(x, rows)

    def __call__(self, step: Step) -> Tensor | None:
        """Change the weights at the end of a stage; return (m,) who is done, or None between two ends."""
        p, rows, stages = self.params, step.rows, (step.number + 1) // self.params.stage
        if stages == self.stages:
            return None
        self.stages, accepted, power = stages, step.margin > 0, self.power[rows]
        power = torch.where(accepted != self.accepted[rows], power / 2, power)
        self.value[rows] *= p.growth ** torch.where(accepted, -power, power)
        self.power[rows], self.accepted[rows] = power, accepted
        done = power <= 0.5**p.turns
        if p.patience is not None:
            # A long way down by small changes brings little; before the second turn it may still bring much.
            done |= (power <= 0.25) & (step.stalled >= p.patience)
        return done | (~step.answered & (self.value[rows] > p.weight_max))


def weighted_search(
    task: RecourseTask,
    factuals: Tensor,
    loss: PerRow | LogitLoss,
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
        loss: as for :func:`search`, before it is weighted.
        margin: judges snapped points; above 0 is accepted.
        params: of the weights and the steps.
        progress: told the share of the work that is behind us.
        distance: (d,) weights of an L1 distance from the people; None for the task's cost.

    Returns:
        The closest accepted point seen for each person, else the one with the highest margin.
    """
    weight = Weight(len(factuals), params, factuals.device)

    found = search(
        task.feasible(factuals),
        factuals,
        weight.times(loss),
        margin,
        cost_from(task, factuals) if distance is None else distance_from(factuals, distance),
        weight,
        steps=params.steps,
        learning_rate=params.learning_rate,
        every=params.every,
        pull=task.weights if distance is None else distance,
        progress=lambda done: progress(done, "searching"),
    )
    return Recourse.of(found.points, task)
