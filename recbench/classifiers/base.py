"""Classifier: P(target class | x), batched; differentiable when it is a torch module."""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn
from typing_extensions import TypeVar

from recbench.classifiers.closed_form import ReluNetwork, by_autograd
from recbench.classifiers.params import ClassifierParams
from recbench.plugins.params import Configured
from recbench.rng import Rng


class Classifier(ABC):
    """P(target class | x) for encoded rows.

    Attributes:
        kind: the recipe's name (``mlp``, ``linear``, ``forest``, ...), for methods that suit only some.
        differentiable: whether :meth:`probability` can be differentiated in its input.
    """

    kind: str
    differentiable: bool = False

    @abstractmethod
    def probability(self, x: Tensor) -> Tensor:
        """Return (n,) float32 P(target class | x) for (n, d) encoded rows."""

    def logit(self, x: Tensor) -> Tensor:
        """Return (n,) log-odds of the target class, finite, and differentiable where the probability is.

        A classifier that knows its own should return those: what is computed from a probability has no
        gradient where that is 0 or 1.
        """
        return log_odds(self.probability(x))

    def logit_and_gradient(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return (n,) log-odds and their (n, d) gradients for finite rows (n, d), both without a graph.

        Gradients are finite: 0 where there is none. This is autograd's; a classifier that knows its
        gradient in closed form should return that.
        """
        return by_autograd(self.logit, x)

    def to(self, device: torch.device | str) -> Classifier:
        """Return the classifier for rows on ``device``; itself if it does not matter."""
        return self


class TorchClassifier(Classifier):
    """A torch module that maps (n, d) encoded rows to (n,) logits of the target class."""

    differentiable = True

    def __init__(self, module: nn.Module, kind: str) -> None:
        self.module = module.eval().requires_grad_(False)
        self.kind = kind

    def logit(self, x: Tensor) -> Tensor:
        """Return (n,) logits of the target class, differentiable in ``x``."""
        network = self._relu_network
        logits: Tensor = self.module(x) if network is None else network.logit(x)
        return logits

    def probability(self, x: Tensor) -> Tensor:  # noqa: D102
        return torch.sigmoid(self.logit(x))

    def logit_and_gradient(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return (n,) log-odds and their (n, d) gradients, in closed form for a ReLU network."""
        network = self._relu_network
        return super().logit_and_gradient(x) if network is None else network.logit_and_gradient(x)

    @cached_property
    def _relu_network(self) -> ReluNetwork | None:
        return ReluNetwork.of(self.module)

    def to(self, device: torch.device | str) -> TorchClassifier:  # noqa: D102
        return TorchClassifier(copy.deepcopy(self.module).to(device), self.kind)


class Estimator(Protocol):
    """A fitted scikit-learn or xgboost style classifier."""

    classes_: np.ndarray

    def predict_proba(self, rows: np.ndarray, /) -> np.ndarray:
        """Return (n, classes) probabilities of (n, d) rows."""


class EstimatorClassifier(Classifier):
    """A fitted estimator over encoded rows, one of whose classes is 1."""

    def __init__(self, estimator: Estimator, kind: str) -> None:
        self.estimator = estimator
        self.kind = kind
        self._column = list(estimator.classes_).index(1)

    def probability(self, x: Tensor) -> Tensor:  # noqa: D102
        if len(x) == 0:
            return x.new_zeros(0)
        scores = self.estimator.predict_proba(x.detach().cpu().numpy())[:, self._column]
        return torch.from_numpy(np.ascontiguousarray(scores, dtype=np.float32)).to(x.device)


def log_odds(probability: Tensor) -> Tensor:
    """Return the log-odds of each probability, finite where that is 0 or 1.

    In float64, in which even the derivative of the smallest float32 is a number.
    """
    limits = torch.finfo(probability.dtype)
    inside = probability.double().clamp(limits.tiny, 1 - limits.eps / 2)
    return (inside.log() - (-inside).log1p()).to(probability.dtype)


def class_weights(y: Tensor, balanced: bool) -> Tensor:
    """Return (N,) float32 weight per training row: N / (2 * rows of its class), or 1."""
    if not balanced:
        return torch.ones(len(y), device=y.device)
    counts = torch.bincount(y, minlength=2).to(torch.float32).clamp(min=1)
    return len(y) / (2 * counts[y])


P = TypeVar("P", bound=ClassifierParams, default=Any)


class ClassifierRecipe(ABC, Configured[P]):
    """How to train a classifier; a plug-in of the group ``recbench.classifiers``.

    A subclass says which model its parameters have, as in ``class Mlp(ClassifierRecipe[MlpParams])``.
    """

    Params = ClassifierParams

    def __init__(self, **values: object) -> None:
        """Validate the parameters; unknown names and bad values raise ``UsageError``."""
        self._configure(values, type(self).__name__)

    @abstractmethod
    def fit(self, x: Tensor, y: Tensor, rng: Rng) -> Classifier:
        """Train on (N, d) encoded rows and (N,) labels in {0, 1}; every draw comes from ``rng``."""

    def module(self, width: int) -> nn.Module | None:
        """Return the untrained network for ``width`` encoded features, into which weights can be loaded.

        With it, a trained classifier is stored as arrays; without (None), it must be pickled.
        """
        return None

    def take_apart(self, classifier: Classifier) -> dict[str, Any] | None:
        """Return a trained classifier as arrays or as its estimator; None if it is neither."""
        if type(classifier) is EstimatorClassifier:
            return {"kind": classifier.kind, "estimator": classifier.estimator}
        if type(classifier) is TorchClassifier and type(self).module is not ClassifierRecipe.module:
            weights = {name: one.cpu().numpy() for name, one in classifier.module.state_dict().items()}
            return {"kind": classifier.kind, "weights": weights}
        return None

    def put_together(self, parts: dict[str, Any], width: int) -> Classifier:
        """Return the classifier that was taken apart. Parts that do not fit raise."""
        if "estimator" in parts:
            estimator = EstimatorClassifier(parts["estimator"], parts["kind"])
            estimator.probability(torch.zeros(1, width))
            return estimator
        with torch.random.fork_rng(devices=[]):  # its random start is thrown away
            module = self.module(width)
        assert module is not None
        module.load_state_dict({name: torch.from_numpy(one) for name, one in parts["weights"].items()})
        return TorchClassifier(module, parts["kind"])
