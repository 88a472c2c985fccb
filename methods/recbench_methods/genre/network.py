"""Networks that model R(x+ | x) one feature after another (GenRe, Section 4.2).

Both presets answer the same three questions: all logits at once where the recourse is known
(training, likelihood), and step by step where it is being drawn (``start``, ``logits``, ``push``).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Generic

import torch
from torch import Tensor, nn
from typing_extensions import TypeVar

from recbench_methods.genre.bins import People

S = TypeVar("S", default=Any)


class Network(nn.Module, ABC, Generic[S]):
    """A conditional distribution over bins, feature by feature in ``order``; generic in its state.

    Logits are unnormalised and not masked: :func:`masked` does that.
    """

    order: Tensor

    def __init__(self, order: Tensor) -> None:
        super().__init__()
        self.register_buffer("order", order)

    @abstractmethod
    def forward(self, people: People, bins: Tensor) -> Tensor:
        """Return (n, d, B) logits of every feature given the features before it in ``bins`` (n, d)."""

    @abstractmethod
    def start(self, people: People, k: int) -> S:
        """Return the state of n * k empty recourses, k beside each other per person."""

    @abstractmethod
    def logits(self, state: S, feature: int) -> Tensor:
        """Return (n * k, B) logits of ``feature``, without the part that :meth:`prior` gives."""

    @abstractmethod
    def push(self, state: S, feature: int, bins: Tensor) -> S:
        """Return the state after ``bins`` (n * k,) were drawn for ``feature``."""

    def prior(self, people: People) -> Tensor | None:
        """Return (n, d, B) logits that depend on the person alone, added to the others; None for 0."""
        return None


class FastNetwork(Network[Tensor]):
    """A NADE-like network: state = context(x) + running sum of the embedded history.

    (Larochelle and Murray 2011, "The neural autoregressive distribution estimator".) The target
    distribution is p(x+) exp(-lambda cost) where h is satisfied, so the logits start from exactly
    that, feature by feature - the targets' log frequencies minus lambda times the cost - and the
    network learns what the features say of each other.

    Args:
        frequency: (d, B) log share of each bin among the targets.
        rate: lambda.
        order: (d,) int64, features in the order in which they are drawn.
        width: of the state.
        layers: residual layers between state and logits.
    """

    def __init__(self, frequency: Tensor, rate: float, order: Tensor, width: int, layers: int) -> None:
        super().__init__(order)
        d, size = frequency.shape
        self.rank: Tensor
        self.frequency: Tensor
        self.offset: Tensor
        self.register_buffer("rank", order.argsort())
        self.register_buffer("frequency", frequency)
        self.register_buffer("offset", torch.arange(d) * size)
        self.log_rate = nn.Parameter(torch.full((d,), float(torch.tensor(rate).log())))
        self.linear = nn.Linear(d, width)
        self.about = nn.EmbeddingBag(d * size, width, mode="sum")
        self.history = nn.Embedding(d * size, width)
        self.place = nn.Parameter(torch.randn(d, width) * 0.1)
        self.context = _Residual(width)
        self.blocks = nn.Sequential(*(_Residual(width) for _ in range(layers)), nn.LayerNorm(width))
        self.head = nn.Parameter(torch.zeros(d, width, size))
        self.bias = nn.Parameter(torch.zeros(d, size))
        nn.init.normal_(self.about.weight, std=0.1)
        nn.init.normal_(self.history.weight, std=0.1)

    def prior(self, people: People) -> Tensor:  # noqa: D102
        return self.frequency + self.bias - self.log_rate.exp()[:, None] * people.apart

    def _context(self, people: People) -> Tensor:
        out: Tensor = self.context(self.linear(people.x) + self.about(people.own + self.offset))
        return out

    def forward(self, people: People, bins: Tensor) -> Tensor:  # noqa: D102
        said = self.history(bins + self.offset)[:, self.order]
        before = (said.cumsum(dim=1) - said)[:, self.rank]
        states = self.blocks(self._context(people)[:, None] + before + self.place)
        learnt = torch.bmm(states.transpose(0, 1), self.head).transpose(0, 1)
        return learnt + self.prior(people)

    def start(self, people: People, k: int) -> Tensor:  # noqa: D102
        return self._context(people).repeat_interleave(k, dim=0)

    def logits(self, state: Tensor, feature: int) -> Tensor:  # noqa: D102
        out: Tensor = self.blocks(state + self.place[feature]) @ self.head[feature]
        return out

    def push(self, state: Tensor, feature: int, bins: Tensor) -> Tensor:  # noqa: D102
        return state + self.history.weight[bins + self.offset[feature]]


class _Residual(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.change = nn.Sequential(
            nn.LayerNorm(width), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, width)
        )

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = x + self.change(x)
        return out


def masked(logits: Tensor, allowed: Tensor) -> Tensor:
    """Return ``logits`` with -inf where a bin is not allowed."""
    return logits.masked_fill(~allowed, -torch.inf)
