from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from recbench.classifiers import Classifier, TorchClassifier
from recbench.classifiers.closed_form import ReluNetwork, by_autograd
from recbench.conformance.tasks import mixed

CHAINS = {
    "linear": lambda: nn.Sequential(nn.Linear(5, 1), nn.Flatten(0)),
    "mlp": lambda: nn.Sequential(nn.Linear(5, 7), nn.ReLU(), nn.Linear(7, 1), nn.Flatten(0)),
    "nested, without bias": lambda: nn.Sequential(
        nn.Sequential(nn.Linear(5, 7, bias=False), nn.Linear(7, 4), nn.ReLU()),
        nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 1), nn.ReLU()),
        nn.Flatten(0),
    ),
    "one layer twice": lambda: twice(nn.Linear(5, 5)),
}


def twice(layer: nn.Linear) -> nn.Sequential:
    return nn.Sequential(layer, nn.ReLU(), layer, nn.ReLU(), nn.Linear(5, 1), nn.Flatten(0))


class Pretender(nn.Module):
    """Names a chain that is not all it does."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(5, 1), nn.Flatten(0))

    def forward(self, x: Tensor) -> Tensor:
        return 2 * self.layers(x)  # type: ignore[no-any-return]

    def chain(self) -> nn.Sequential:
        return self.layers


def seeded(name: str) -> nn.Module:
    torch.manual_seed(1)
    return CHAINS[name]()


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("name", CHAINS)
def test_closed_form_is_what_autograd_finds(name: str, dtype: torch.dtype) -> None:
    module, rows = seeded(name).to(dtype), torch.randn(50, 5, dtype=dtype)
    network = ReluNetwork.of(module)
    assert network is not None
    logit, gradient = network.logit_and_gradient(rows)
    wanted_logit, wanted = by_autograd(module, rows)
    assert logit.shape == (50,)
    assert torch.allclose(logit, wanted_logit, atol=1e-5)
    assert torch.allclose(gradient, wanted, atol=1e-5)
    assert gradient.dtype == dtype
    assert not gradient.requires_grad


def test_the_logit_stays_differentiable_twice() -> None:
    classifier = TorchClassifier(seeded("mlp"), "mlp")
    x = torch.rand(4, 5, requires_grad=True)
    (slope,) = torch.autograd.grad(classifier.logit(x).square().sum(), x, create_graph=True)
    (second,) = torch.autograd.grad(slope.sum(), x)
    assert (second != 0).any()


def test_weights_are_read_when_they_are_needed() -> None:
    module = seeded("mlp")
    classifier, rows = TorchClassifier(module, "mlp"), torch.rand(3, 5)
    before = classifier.logit(rows)
    with torch.no_grad():
        module[2].bias += 1  # type: ignore[index]
    assert torch.allclose(classifier.logit(rows), before + 1, atol=1e-5)


@pytest.mark.parametrize(
    "module",
    [
        nn.Sequential(nn.Linear(5, 3), nn.Tanh(), nn.Linear(3, 1), nn.Flatten(0)),
        nn.Sequential(nn.Linear(5, 3)),
        Pretender(),
    ],
)
def test_other_networks_go_by_autograd(module: nn.Module) -> None:
    assert ReluNetwork.of(module) is None


def test_pretenders_gradients_are_right_all_the_same() -> None:
    classifier, rows = TorchClassifier(Pretender(), "mlp"), torch.rand(3, 5)
    logit, gradient = classifier.logit_and_gradient(rows)
    assert torch.allclose(logit, classifier.module(rows))
    assert torch.allclose(gradient, 2 * classifier.module.layers[0].weight.expand(3, -1))  # type: ignore[index, union-attr]


class Odd(Classifier):
    """Has a gradient that is no number where the first feature is 0, and none at all in other rows."""

    kind = "odd"
    differentiable = True

    def probability(self, x: Tensor) -> Tensor:
        return torch.sigmoid(self.logit(x))

    def logit(self, x: Tensor) -> Tensor:
        return x[:, 0].sqrt() + x[:, 1]


def test_gradients_are_finite() -> None:
    logit, gradient = Odd().logit_and_gradient(torch.tensor([[0.0, 1.0], [1.0, 2.0]]))
    assert logit.tolist() == [1.0, 3.0]
    assert gradient.tolist() == [[0.0, 0.0], [0.5, 1.0]]


def test_a_forest_is_flat() -> None:
    task = mixed("forest", 3).task
    logit, gradient = task.logit_and_gradient(task.x[:4].reshape(2, 2, -1))
    assert logit.shape == (2, 2)
    assert not gradient.any()


def test_the_task_has_the_gradient_of_its_logit() -> None:
    task = mixed("mlp", 3).task
    rows = task.x[:6].reshape(2, 3, -1)
    logit, gradient = task.logit_and_gradient(rows)
    assert torch.allclose(logit, task.logit(rows))
    variable = rows.clone().requires_grad_()
    task.logit(variable).sum().backward()
    assert variable.grad is not None
    assert torch.allclose(gradient, variable.grad, atol=1e-6)
    assert torch.equal(task.probability(rows, finite=True), task.probability(rows))
