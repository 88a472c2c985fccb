"""Verifier: a model of pairs that says whether two people belong to the same class."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from recbench.classifiers.training import one_cycle
from recbench.rng import Rng


class Verifier(nn.Module):
    """V(a, b), the probability that two rows have the same label (Friedbaum et al. 2024).

    It never sees the classifier, and it is not what the search descends on, so a perturbation that
    fools the classifier does not thereby fool it. It reads |a - b| and a + b: the order of two people
    says nothing about whether their labels agree.
    """

    def __init__(self, d: int, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(2 * d, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, 1)
        )

    def logit(self, a: Tensor, b: Tensor) -> Tensor:
        """Return (...,) the log-odds that rows (..., d) have the same label."""
        logits: Tensor = self.layers(torch.cat([(a - b).abs(), a + b], dim=-1))
        return logits.squeeze(-1)

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        """Return (...,) the probability that rows (..., d) have the same label."""
        return torch.sigmoid(self.logit(a, b))


def train_verifier(
    x: Tensor, y: Tensor, *, steps: int, batch: int, width: int, learning_rate: float, rng: Rng
) -> Verifier:
    """Return a verifier trained on pairs of (N, d) rows and whether their (N,) labels agree."""
    with rng.stream("weights").globally():
        verifier = Verifier(x.shape[1], width).to(x.device)
    generator = rng.stream("pairs").torch()
    pairs = (torch.randint(len(x), (2, batch), generator=generator) for _ in range(steps))

    def loss(drawn: Tensor) -> Tensor:
        left, right = drawn.to(x.device)
        same = (y[left] == y[right]).to(x.dtype)
        return nn.functional.binary_cross_entropy_with_logits(verifier.logit(x[left], x[right]), same)

    one_cycle(torch.optim.Adam(verifier.parameters(), lr=learning_rate), loss, pairs, steps=steps)
    return verifier.eval().requires_grad_(False)
