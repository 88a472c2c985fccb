"""Training the conditional model by maximum likelihood on pairs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn

from recbench.rng import Rng
from recbench_methods.genre.bins import People
from recbench_methods.genre.network import Network, masked


def train(
    network: Network,
    people: People,
    answers: Tensor,
    drawn: Tensor,
    steps: int,
    batch: int,
    learning_rate: float,
    rng: Rng,
    progress: Callable[[float, str], None],
) -> float:
    """Train ``network`` for ``steps`` steps of AdamW under a one-cycle schedule.

    Args:
        network: trained in place, left in evaluation mode.
        people: the S sources.
        answers: (T, d) int64 bins of the targets.
        drawn: (S, m) int64, the targets of each source; one of them per visit.
        steps: optimiser steps.
        batch: pairs per step.
        learning_rate: highest of the cycle.
        rng: of the order of the pairs.
        progress: told the fraction done, the loss and the seconds left.

    Returns:
        The mean loss (nats per recourse) over the last tenth of the steps.
    """
    network.train()
    optimizer = torch.optim.AdamW(network.parameters(), lr=learning_rate, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, learning_rate, total_steps=max(steps, 2))
    began, losses = time.monotonic(), []
    for step, (rows, targets) in zip(range(steps), _batches(drawn, batch, rng), strict=False):
        loss = -log_likelihood(network, people.of(rows), answers[targets]).mean()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        losses.append(loss.detach())
        if step % 25 == 24 or step == steps - 1:
            left = (time.monotonic() - began) / (step + 1) * (steps - step - 1)
            recent = float(torch.stack(losses[-25:]).mean())
            progress((step + 1) / steps, f"loss {recent:.3f}, {left:.0f} s left")
    network.eval()
    return float(torch.stack(losses[-max(1, steps // 10) :]).mean()) if losses else float("nan")


def log_likelihood(network: Network, people: People, bins: Tensor) -> Tensor:
    """Return (n,) log R(bins | people) in nats; -inf where a bin is not allowed.

    Args:
        network: the conditional model.
        people: n people.
        bins: (n, d) int64.
    """
    logits = masked(network(people, bins), people.allowed)
    return logits.log_softmax(dim=-1).gather(2, bins[..., None]).squeeze(-1).sum(dim=-1)


def _batches(drawn: Tensor, batch: int, rng: Rng) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield source and target rows, every source once per pass, with one of its targets at random."""
    generator = rng.torch(drawn.device)
    while True:
        order = torch.randperm(len(drawn), generator=generator, device=drawn.device)
        choice = torch.randint(drawn.shape[1], order.shape, generator=generator, device=drawn.device)
        for rows, picked in zip(order.split(batch), choice.split(batch), strict=True):
            yield rows, drawn[rows, picked]
