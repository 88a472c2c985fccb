"""Training a generative model of the rows: KL weight that rises, early stop on rows held out."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable

import torch
from torch import Tensor, nn

from recbench.classifiers.training import one_cycle, passes
from recbench.method import Progress
from recbench.rng import Rng
from recbench_methods.common.params import VaeParams

Loss = Callable[[Tensor, float, torch.Generator], Tensor]
"""Of (n, d) rows, the KL weight and a generator, to (n,) losses."""

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
    rising, noise = p.warm_up * steps, rng.stream("noise").torch(x.device)

    def of_batch(numbered: tuple[int, Tensor]) -> Tensor:
        step, chosen = numbered
        weight = p.kl_weight * min(1.0, step / rising) if rising else p.kl_weight
        return loss(rows[chosen.to(x.device)], weight, noise).mean()

    def held_out() -> float:
        """The mean loss, always with the same noise."""
        generator = rng.stream("held-out noise").torch(x.device)
        return float(loss(held if kept else rows, p.kl_weight, generator).mean())

    best = _Best(module, held_out, steps, rising, progress)
    module.train()
    one_cycle(
        torch.optim.Adam(module.parameters(), lr=p.vae_learning_rate, fused=True),
        of_batch,
        enumerate(passes(len(rows), p.batch, rng.stream("batches").torch()), start=1),
        steps=steps,
        done=best,
    )
    module.load_state_dict(best.weights)
    module.eval().requires_grad_(False)
    return best.loss


class _Best:
    """Looks at the held-out rows now and then, keeps the best weights, and says when to stop.

    Args:
        module: that is trained.
        held_out: gives the loss of the held-out rows.
        steps: most there will be.
        rising: of them, over which the KL weight rises.
        progress: told the fraction done, the held-out loss and the seconds left.
    """

    def __init__(
        self,
        module: nn.Module,
        held_out: Callable[[], float],
        steps: int,
        rising: float,
        progress: Progress,
    ) -> None:
        self.loss, self.weights = float("inf"), copy.deepcopy(module.state_dict())
        self._module, self._held_out, self._progress = module, held_out, progress
        self._steps, self._every, self._rising = steps, max(1, steps // _CHECKS), rising
        self._waited, self._began = 0, time.monotonic()

    def __call__(self, step: int, loss: Tensor) -> bool:
        # Before the KL weight has risen, the loss is of another kind and cannot be compared.
        if step < self._steps and (step % self._every or step - 1 < self._rising):
            return False
        self._module.eval()
        with torch.no_grad():
            now = self._held_out()
        self._module.train()
        if now < self.loss:
            self.loss, self.weights, self._waited = now, copy.deepcopy(self._module.state_dict()), 0
        else:
            self._waited += 1
        left = (time.monotonic() - self._began) / step * (self._steps - step)
        self._progress(step / self._steps, f"loss {now:.2f} nats, {left:.0f} s left")
        return self._waited >= _PATIENCE
