"""Training a generative model of the rows: KL weight that rises, early stop on rows held out."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn

from recbench.rng import Rng
from recbench_methods.common.params import VaeParams

Loss = Callable[[Tensor, float, torch.Generator], Tensor]
"""Of (n, d) rows, the KL weight and a generator, to (n,) losses."""

Progress = Callable[[float, str], None]
"""Told the fraction done and a few words."""

_CHECKS = 30
"""How often the held-out rows are looked at."""

_PATIENCE = 5
"""Checks without a better held-out loss before training stops."""

_MOST_HELD_OUT = 2000


def train(
    module: nn.Module,
    loss: Loss,
    x: Tensor,
    params: VaeParams,
    rng: Rng,
    progress: Progress,
) -> float:
    """Train ``module`` by Adam under a one-cycle schedule; the best weights on the held-out rows are kept.

    Args:
        module: trained in place; left in evaluation mode, its parameters without gradients.
        loss: of rows.
        x: (N, d) training rows; a tenth of them (at most 2,000) is held out.
        params: how many steps and of what size, and how the KL weight rises.
        rng: of the split, the batches and the noise.
        progress: told the fraction done, the held-out loss and the seconds left.

    Returns:
        The held-out loss of the weights kept.
    """
    p, steps = params, min(params.vae_steps, params.passes * -(-len(x) // params.batch))
    order = torch.randperm(len(x), generator=rng.stream("held out").torch()).to(x.device)
    kept = min(len(x) // 10, _MOST_HELD_OUT)
    held, rows = x[order[:kept]], x[order[kept:]]
    optimizer = torch.optim.Adam(module.parameters(), lr=p.vae_learning_rate, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, p.vae_learning_rate, total_steps=max(steps, 2))
    best, weights, waited = float("inf"), copy.deepcopy(module.state_dict()), 0
    every, rising, began = max(1, steps // _CHECKS), p.warm_up * steps, time.monotonic()
    noise = rng.stream("noise").torch(x.device)
    module.train()
    for step, chosen in zip(range(steps), _batches(len(rows), p.batch, rng), strict=False):
        weight = p.kl_weight * min(1.0, (step + 1) / rising) if rising else p.kl_weight
        optimizer.zero_grad(set_to_none=True)
        loss(rows[chosen.to(x.device)], weight, noise).mean().backward()
        optimizer.step()
        schedule.step()
        # Before the KL weight has risen, the loss is of another kind and cannot be compared.
        if step + 1 < steps and ((step + 1) % every or step < rising):
            continue
        now = _held_out(module, loss, held if kept else rows, p.kl_weight, rng)
        if now < best:
            best, weights, waited = now, copy.deepcopy(module.state_dict()), 0
        else:
            waited += 1
        left = (time.monotonic() - began) / (step + 1) * (steps - step - 1)
        progress((step + 1) / steps, f"loss {now:.2f} nats, {left:.0f} s left")
        if waited >= _PATIENCE:
            break
    module.load_state_dict(weights)
    module.eval().requires_grad_(False)
    return best


def _held_out(module: nn.Module, loss: Loss, x: Tensor, kl_weight: float, rng: Rng) -> float:
    """The mean loss, always with the same noise."""
    module.eval()
    with torch.no_grad():
        mean = float(loss(x, kl_weight, rng.stream("held-out noise").torch(x.device)).mean())
    module.train()
    return mean


def _batches(count: int, batch: int, rng: Rng) -> Iterator[Tensor]:
    """Yield rows, every one once per pass."""
    generator = rng.stream("batches").torch()
    while True:
        yield from torch.randperm(count, generator=generator).split(batch)
