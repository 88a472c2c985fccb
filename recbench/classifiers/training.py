"""Training: steps of an optimiser under a one-cycle schedule, for classifiers and whatever methods train."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

import torch
from torch import Tensor, nn

B = TypeVar("B")


def one_cycle(
    optimizer: torch.optim.Optimizer,
    loss: Callable[[B], Tensor],
    batches: Iterable[B],
    *,
    steps: int,
    longest: float | None = None,
    done: Callable[[int, Tensor], bool] | None = None,
) -> None:
    """Take one step per batch; the step size rises to the optimiser's learning rate and falls to nothing.

    (Smith & Topin 2018, "Super-convergence: very fast training of neural networks using large learning
    rates".)

    Args:
        optimizer: knows the parameters and the peak.
        loss: of a batch, a number with a gradient.
        batches: at least ``steps`` of them, of which no more are taken.
        steps: of the whole cycle.
        longest: length to which a gradient is shortened; None leaves it as it is.
        done: told after every step how many steps were made, and their last loss; returns whether to stop.
    """
    peak, parameters = optimizer.defaults["lr"], [p for one in optimizer.param_groups for p in one["params"]]
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, peak, total_steps=max(steps, 2))
    for step, batch in zip(range(1, steps + 1), batches, strict=False):
        optimizer.zero_grad(set_to_none=True)
        value = loss(batch)
        value.backward()
        if longest is not None:
            nn.utils.clip_grad_norm_(parameters, longest)
        optimizer.step()
        schedule.step()
        if done is not None and done(step, value.detach()):
            break


def passes(count: int, batch: int, generator: torch.Generator) -> Iterator[Tensor]:
    """Yield positions (B,) of ``count`` rows, at most ``batch`` at a time, for ever; each once per pass."""
    while True:
        yield from torch.randperm(count, generator=generator).split(batch)
