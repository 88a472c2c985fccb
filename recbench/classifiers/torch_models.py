"""Differentiable classifiers: the paper's MLP, and logistic regression."""

from __future__ import annotations

from abc import abstractmethod
from typing import TypeVar

import torch
from torch import Tensor, nn

from recbench.classifiers.base import ClassifierRecipe, TorchClassifier, class_weights
from recbench.classifiers.params import LinearParams, MlpParams
from recbench.classifiers.training import one_cycle, passes
from recbench.rng import Rng

_FEWEST_STEPS = 1000
"""With fewer, a table of a few hundred rows would leave the network near its random start."""


P = TypeVar("P", MlpParams, LinearParams)


class _Trained(ClassifierRecipe[P]):
    """A network that is trained by Adam."""

    kind: str

    def fit(self, x: Tensor, y: Tensor, rng: Rng) -> TorchClassifier:
        """Train by Adam on the cross-entropy; the last weights are kept."""
        with rng.stream("weights").globally():
            module = self.module(x.shape[1]).to(x.device)
        _train(module, x, y, self.params, rng)
        return TorchClassifier(module, self.kind)

    @abstractmethod
    def module(self, width: int) -> nn.Module:
        """Return the untrained network."""


class Mlp(_Trained[MlpParams]):
    """Multi-layer perceptron with ReLU (GenRe, Section 5: hidden layers 10-10-10)."""

    kind = "mlp"

    def module(self, width: int) -> nn.Module:
        """Return the untrained network."""
        return _Perceptron(width, self.params.hidden)


class Linear(_Trained[LinearParams]):
    """Logistic regression: a perceptron without hidden layers."""

    kind = "linear"

    def module(self, width: int) -> nn.Module:
        """Return the untrained network."""
        return _Perceptron(width, ())


class _Perceptron(nn.Module):
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

    def chain(self) -> nn.Sequential:
        """Return the layers that are all this network does; see :class:`closed_form.ReluNetwork`."""
        return self.layers


def _train(module: nn.Module, x: Tensor, y: Tensor, params: MlpParams | LinearParams, rng: Rng) -> None:
    per_epoch = -(-len(x) // params.batch)
    epochs = max(params.epochs, -(-_FEWEST_STEPS // per_epoch))
    labels, weights = y.to(x.dtype), class_weights(y, params.balanced)

    def loss(chosen: Tensor) -> Tensor:
        rows = chosen.to(x.device)
        logits = module(x[rows])
        return nn.functional.binary_cross_entropy_with_logits(logits, labels[rows], weights[rows])

    one_cycle(
        torch.optim.Adam(module.parameters(), lr=params.learning_rate),
        loss,
        passes(len(x), params.batch, rng.stream("batches").torch()),
        steps=epochs * per_epoch,
    )
