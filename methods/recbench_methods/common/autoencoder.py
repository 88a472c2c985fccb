"""A plain autoencoder of encoded rows: how unlike the training rows a point is, differentiably."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from recbench.classifiers.training import one_cycle
from recbench.rng import Rng


class Autoencoder(nn.Module):
    """An encoder to a few units and a decoder back, both with one hidden layer."""

    def __init__(self, d: int, width: int, latent: int) -> None:
        super().__init__()
        self.encode = nn.Sequential(nn.Linear(d, width), nn.SiLU(), nn.Linear(width, latent))
        self.decode = nn.Sequential(nn.Linear(latent, width), nn.SiLU(), nn.Linear(width, d))

    def forward(self, x: Tensor) -> Tensor:
        """Return (n, d) the rows as the autoencoder remembers them."""
        rows: Tensor = self.decode(self.encode(x))
        return rows

    def error(self, x: Tensor) -> Tensor:
        """Return (n,) the squared distance between (n, d) rows and their reconstruction."""
        error: Tensor = (x - self(x)).square().sum(dim=-1)
        return error


def train_autoencoder(
    x: Tensor, rng: Rng, *, width: int = 32, latent: int = 7, steps: int = 2000
) -> Autoencoder:
    """Return an autoencoder of (N, d) rows (7 latent units: CARLA's experimental setup for CEM)."""
    with rng.stream("weights").globally():
        model = Autoencoder(x.shape[1], width, min(latent, x.shape[1])).to(x.device)
    size, generator = min(256, len(x)), rng.stream("batches").torch()
    batches = (torch.randint(len(x), (size,), generator=generator) for _ in range(steps))
    one_cycle(
        torch.optim.Adam(model.parameters(), lr=3e-3),
        lambda rows: model.error(x[rows.to(x.device)]).mean(),
        batches,
        steps=steps,
    )
    return model.eval().requires_grad_(False)
