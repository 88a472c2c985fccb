"""Training the conditional model by maximum likelihood on pairs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from recbench.classifiers.training import one_cycle
from recbench.method import Progress
from recbench.rng import Rng
from recbench_methods.genre.bins import People
from recbench_methods.genre.network import Network, masked


class Trainer:
    """Trains a network on pairs, for as many steps as it is asked, again and again.

    Args:
        network: trained in place.
        examples: of b sources and rows (b,) of their targets, to the people and the (b, d) int64 bins of x+.
        drawn: (S, m) int64, the targets of each source; one of them per visit.
        batch: pairs per step.
        learning_rate: highest of a cycle.
        rng: of the order of the pairs.
    """

    def __init__(
        self,
        network: Network,
        examples: Callable[[Tensor, Tensor], tuple[People, Tensor]],
        drawn: Tensor,
        batch: int,
        learning_rate: float,
        rng: Rng,
    ) -> None:
        self.network = network
        self.learning_rate = learning_rate
        self._examples = examples
        self._pairs = _batches(drawn, batch, rng)
        self._done, self._most = 0, 1
        self._began = time.monotonic()
        self._progress: Progress | None = None

    def watch(self, progress: Progress, most: int) -> None:
        """Tell ``progress`` the fraction done of ``most`` steps, the loss and the seconds left."""
        self._progress, self._most, self._began = progress, max(1, most), time.monotonic()

    def train(self, steps: int) -> float:
        """Train for ``steps`` steps of AdamW under a one-cycle schedule.

        Returns:
            The mean loss (nats per recourse) over the last quarter of the steps; NaN without steps.
        """
        losses: list[Tensor] = []

        def loss(pairs: tuple[Tensor, Tensor]) -> Tensor:
            people, answers = self._examples(*pairs)
            return -log_likelihood(self.network, people, answers).mean()

        def seen(step: int, value: Tensor) -> bool:
            losses.append(value)
            if step % 10 == 0 or step == steps:
                self._tell(step, losses[-10:])
            return False

        self.network.train()
        optimizer = torch.optim.AdamW(self.network.parameters(), lr=self.learning_rate, weight_decay=1e-2)
        one_cycle(optimizer, loss, self._pairs, steps=steps, longest=1.0, done=seen)
        self._done += steps
        self.network.eval()
        return float(torch.stack(losses[-max(1, steps // 4) :]).mean()) if losses else float("nan")

    def _tell(self, steps: int, losses: list[Tensor]) -> None:
        if self._progress is None:
            return
        done = self._done + steps
        left = (time.monotonic() - self._began) / done * max(0, self._most - done)
        text = f"loss {float(torch.stack(losses).mean()):.3f}, at most {left:.0f} s left"
        self._progress(min(1.0, done / self._most), text)


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
