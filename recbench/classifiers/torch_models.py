"""Differentiable classifiers: the paper's MLP, and logistic regression."""

from __future__ import annotations

from typing import ClassVar

import torch
from pydantic import Field, PositiveInt
from torch import Tensor, nn

from recbench.classifiers.base import ClassifierParams, ClassifierRecipe, TorchClassifier, class_weights
from recbench.rng import Rng

_FEWEST_STEPS = 1000
"""With fewer, a table of a few hundred rows would leave the network near its random start."""


class MlpParams(ClassifierParams):
    """Parameters of the MLP."""

    hidden: tuple[PositiveInt, ...] = Field((10, 10, 10), description="width of each hidden layer")
    epochs: int = Field(30, ge=1, description="passes over the training rows; small tables get more")
    learning_rate: float = Field(0.003, gt=0, description="peak step of Adam (one-cycle schedule)")
    batch: int = Field(128, ge=1, description="rows per step")


class Mlp(ClassifierRecipe):
    """Multi-layer perceptron with ReLU (GenRe, Section 5: hidden layers 10-10-10)."""

    Params: ClassVar[type[ClassifierParams]] = MlpParams
    kind = "mlp"

    def fit(self, x: Tensor, y: Tensor, rng: Rng) -> TorchClassifier:
        """Train by Adam on the cross-entropy; the last weights are kept."""
        with rng.stream("weights").globally():
            module = self.module(x.shape[1]).to(x.device)
        _train(module, x, y, self.params, rng)
        return TorchClassifier(module, self.kind)

    def module(self, width: int) -> nn.Module:
        """Return the untrained network."""
        return _Mlp(width, getattr(self.params, "hidden", ()))


class LinearParams(ClassifierParams):
    """Parameters of logistic regression."""

    epochs: int = Field(50, ge=1, description="passes over the training rows; small tables get more")
    learning_rate: float = Field(0.05, gt=0, description="peak step of Adam (one-cycle schedule)")
    batch: int = Field(256, ge=1, description="rows per step")


class Linear(Mlp):
    """Logistic regression: an MLP without hidden layers."""

    Params = LinearParams
    kind = "linear"


class _Mlp(nn.Module):
    def __init__(self, width: int, hidden: tuple[int, ...]) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for size in hidden:
            layers += [nn.Linear(width, size), nn.ReLU()]
            width = size
        self.layers = nn.Sequential(*layers, nn.Linear(width, 1))

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.layers(x)
        return out.squeeze(-1)


def _train(module: nn.Module, x: Tensor, y: Tensor, params: MlpParams | LinearParams, rng: Rng) -> None:
    shuffles = rng.stream("batches").torch()
    optimizer = torch.optim.Adam(module.parameters(), lr=params.learning_rate)
    per_epoch = -(-len(x) // params.batch)
    epochs = max(params.epochs, -(-_FEWEST_STEPS // per_epoch))
    steps = epochs * per_epoch
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, params.learning_rate, total_steps=steps)
    labels, weights = y.to(x.dtype), class_weights(y, params.balanced)
    for _ in range(epochs):
        for rows in torch.randperm(len(x), generator=shuffles).to(x.device).split(params.batch):
            optimizer.zero_grad(set_to_none=True)
            logits = module(x[rows])
            loss = nn.functional.binary_cross_entropy_with_logits(logits, labels[rows], weights[rows])
            loss.backward()
            optimizer.step()
            schedule.step()
