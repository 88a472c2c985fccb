"""TAP (Friedbaum et al. 2024) for all people in one batch."""

from __future__ import annotations

import torch
from torch import Tensor

from recbench.errors import UsageError
from recbench.method import Recourse, RecourseMethod
from recbench.rng import PeopleRng, Rng
from recbench.task import RecourseTask
from recbench_methods.common.precise import precise
from recbench_methods.common.schedule import weighted_search
from recbench_methods.tap import card
from recbench_methods.tap.params import TapParams
from recbench_methods.tap.verifier import train_verifier


class Tap(RecourseMethod[TapParams]):
    """Minimise lambda * d_Y(h(x'), T) + d(x, x'), and accept what a verifier confirms.

    d_Y is the smallest f-divergence D(prediction || t) from the predicted distribution to one in the target
    set T. For two classes and T = {P(target) >= goal} the nearest distribution is the goal itself, so d_Y
    has a closed form, and it is 0 inside T. A point is accepted when the classifier puts it into T and the
    verifier, trained on pairs of training rows, agrees that the class has changed: its probability
    that x and x' have the same class may exceed h(x) h(x') + (1 - h(x)) (1 - h(x')), the classifier's,
    by gamma at most. Where it doubts, the point returned is the one in T that it doubts least; the search
    never descends on the verifier, which could not judge what was made to please it.

    Goal, verifier and acceptance are recbench's reading of the paper's abstract and summary; its full
    text was not at hand.
    """

    card = card

    def fit(self, task: RecourseTask, rng: Rng) -> None:
        """Train the verifier on pairs of training rows.

        Raises:
            UsageError: the goal would not be accepted.
        """
        super().fit(task, rng)
        p = self.params
        if p.goal < task.threshold < 1:
            raise UsageError(
                f"tap.goal = {p.goal:g} would not be accepted.", f"Aim at {task.threshold:g} or above."
            )
        self.verifier = train_verifier(
            task.x,
            task.y,
            steps=p.verifier_steps,
            batch=p.verifier_batch,
            width=p.verifier_width,
            learning_rate=p.verifier_learning_rate,
            rng=rng,
        )

    def generate(self, factuals: Tensor, rng: PeopleRng) -> Recourse:
        """Return verified recourse for (n, d) people; else what h accepts, else what comes closest."""
        p, task = self.params, self.task
        # Near the goal the divergence is a small difference of large numbers: in float32 mostly rounding.
        h = precise(task)
        goal = torch.tensor(p.goal, dtype=torch.float64, device=factuals.device)
        before = h(factuals)

        def loss(x: Tensor, rows: Tensor) -> Tensor:
            return divergence(h(x), goal, p.divergence)

        def margin(points: Tensor, rows: Tensor) -> Tensor:
            probability = h(points)
            doubt = self.verifier(factuals[rows], points) - same_class(before[rows], probability)
            inside = (probability >= p.goal) & (probability > task.threshold)
            # The tiers: outside T below -1, in T but doubted from -1 to 0, verified above 0.
            return torch.where(inside, p.gamma - doubt + 1e-6, probability - p.goal - 1).clamp(min=-2)

        return weighted_search(task, factuals, loss, margin, p, self.progress)


def same_class(a: Tensor, b: Tensor) -> Tensor:
    """Return the probability that two independent people with P(target class) ``a`` and ``b`` agree."""
    return a * b + (1 - a) * (1 - b)


def divergence(probability: Tensor, goal: Tensor, kind: str) -> Tensor:
    """Return (n,) d_Y: the least f-divergence D(prediction || t) over t with P(target class) >= goal."""
    h = probability.clamp(1e-6, 1 - 1e-6)
    # Inside T the nearest distribution is the prediction itself.
    t = torch.maximum(goal, h)
    if kind == "tv":
        return t - h
    if kind == "chi2":
        return (h - t) ** 2 / (t * (1 - t))
    return h * (h / t).log() + (1 - h) * ((1 - h) / (1 - t)).log()
