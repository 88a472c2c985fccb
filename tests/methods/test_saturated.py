"""Every method that needs gradients, where the classifier has none to speak of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import product

import pytest
import torch
from torch import Tensor, nn

from recbench.classifiers.base import Classifier, TorchClassifier, log_odds
from recbench.conformance.tasks import mixed
from recbench.method import Recourse, method_class
from recbench.method.output import checked
from recbench.plugins import registry
from recbench.plugins.cards import MethodCard
from recbench.rng import Rng
from recbench.task import RecourseTask
from recbench_methods.common.gradient_search import search
from recbench_methods.common.losses import target_loss
from recbench_methods.common.precise import precise, precise_logit
from recbench_methods.probe.method import Probe
from tests.methods.answers import recourse_of

from .linear import linear_task, turned_down

QUICK: dict[str, dict[str, object]] = {
    "cruds": {"vae_steps": 30, "steps": 60},
    "revise": {"vae_steps": 30, "steps": 60},
    "clue": {"vae_steps": 30, "steps": 60},
    "tap": {"verifier_steps": 20},
    "dice": {"steps": 300},
    "roar": {},
    "carla-cruds": {"max_iter": 100},
    "carla-revise": {"max_iter": 100},
    "carla-wachter": {"n_iter": 50, "t_max_min": 0.02},
}
METHODS = [
    listing.name
    for listing in registry.methods.listings()
    # ROAR has no gradients of the classifier's, but those of a surrogate fitted to its logit.
    if isinstance(listing.card, MethodCard) and (listing.card.traits.gradients or listing.name == "roar")
]
OWN = [name for name in METHODS if not name.startswith("carla-")]
ORIGINALS = [name for name in METHODS if name not in OWN]


class Logit(nn.Module):
    """A module that is a function."""

    def __init__(self, function: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, x: Tensor) -> Tensor:
        return self.function(x)


class Third(Classifier):
    """Somebody's classifier: it knows its probability and nothing else."""

    kind = "third"
    differentiable = True

    def __init__(self, function: Callable[[Tensor], Tensor]) -> None:
        self.function = function

    def probability(self, x: Tensor) -> Tensor:
        return self.function(x)


def slope(x: Tensor) -> Tensor:
    return x.sum(dim=1) - 0.6 * x.shape[1]


CLASSIFIERS: dict[str, Callable[[], Classifier]] = {
    "saturated": lambda: TorchClassifier(Logit(lambda x: 1e4 * slope(x)), "mlp"),
    "saturated, its probability alone": lambda: Third(lambda x: torch.sigmoid(1e4 * slope(x))),
    "a step": lambda: Third(lambda x: (slope(x) > 0).to(x.dtype)),
    "constant": lambda: TorchClassifier(Logit(lambda x: torch.full_like(x[:, 0], -3.0)), "mlp"),
    "constant in x": lambda: TorchClassifier(Logit(lambda x: 0 * x[:, 0] - 3.0), "mlp"),
    "constant at 0": lambda: Third(lambda x: torch.zeros_like(x[:, 0])),
    # The root of the absolute value has no derivative at 0, where nobody's first feature counts.
    "no first derivative": lambda: TorchClassifier(
        Logit(lambda x: slope(x) + (0 * x[:, 0]).abs().sqrt()), "mlp"
    ),
    "no second derivative": lambda: TorchClassifier(Logit(lambda x: Kinked.apply(slope(x))), "mlp"),
}


class Kinked(torch.autograd.Function):
    """The identity, with a derivative of 1 whose own derivative is not a number."""

    @staticmethod
    def forward(context, x):  # type: ignore[no-untyped-def]
        context.save_for_backward(x)
        return x.clone()

    @staticmethod
    def backward(context, grad):  # type: ignore[no-untyped-def]
        (x,) = context.saved_tensors
        return grad * (1 + (0 * x).abs().sqrt())


def hard(name: str) -> RecourseTask:
    """Return the mixed table under another classifier."""
    task = mixed("mlp", 5).task
    return replace(task, classifier=CLASSIFIERS[name]())


@pytest.mark.parametrize(
    ("name", "classifier"),
    [
        *product(OWN, CLASSIFIERS),
        # The originals do not look whether a gradient is a number; they are wrapped as they are.
        *(
            pytest.param(*pair, marks=pytest.mark.slow)
            for pair in product(ORIGINALS, ("saturated", "constant"))
        ),
    ],
)
def test_rows_are_feasible_or_empty_with_a_reason(name: str, classifier: str) -> None:
    if registry.methods.listing(name).unavailable:
        pytest.skip(f"{name} is not available here")
    task = hard(classifier)
    people = task.x[~task.accepts(task.x)][:6]
    assert len(people) == 6
    method = method_class(name)(**QUICK.get(name, {}))
    method.fit(task, Rng(0))
    returned = method.generate(people, Rng(0).people(range(6)))
    recourse = checked(returned, people, people.clone(), task, name)
    assert isinstance(recourse, Recourse)
    if name in OWN:
        assert not task.feasible(people).violations(recourse.counterfactuals).any()
        assert recourse.found.all()


@pytest.mark.parametrize("name", ["probe", "dice", "roar"])
def test_who_follows_the_logit_is_accepted_by_a_saturated_classifier(name: str) -> None:
    task = hard("saturated")
    people = task.x[~task.accepts(task.x)][:6]
    assert task.probability(people).max() == 0
    method = method_class(name)(**QUICK.get(name, {}))
    method.fit(task, Rng(0))
    recourse = recourse_of(method.generate(people, Rng(0).people(range(6))))
    assert task.accepts(recourse.counterfactuals).float().mean() > 0.8


def test_the_loss_of_latent_methods_pulls_however_far_people_are() -> None:
    logit = torch.tensor([-1e4, -30.0, 0.0, 30.0], requires_grad=True)
    loss = target_loss(logit)
    assert loss.tolist() == pytest.approx([1e4, 30.0, 0.693147, 0.0], abs=1e-4)
    (pull,) = torch.autograd.grad(loss.sum(), logit)
    assert pull.tolist() == pytest.approx([-1, -1, -0.5, 0])
    task = linear_task([2e4, 1e4], -1e4)
    x = torch.tensor([[0.1, 0.1]], requires_grad=True)
    assert precise(task)(x.double()) == 0
    (pull,) = torch.autograd.grad(target_loss(precise_logit(task)(x)).sum(), x)
    assert pull.tolist() == [pytest.approx([-2e4, -1e4])]


def test_probe_is_robust_where_a_classifier_is_steep() -> None:
    task = linear_task([0.0, 3e5, 1.5e5, -2e5], -1.8e5)
    people, rng = turned_down(task, 10)
    method = Probe()
    method.fit(task, Rng(0))
    x = recourse_of(method.generate(people, rng)).counterfactuals
    noise = 0.1 * torch.randn(20_000, 4, generator=Rng(1).torch())
    assert ((~task.accepts(x[:, None] + noise)).float().mean(dim=1) < 0.36).all()


def test_log_odds_of_probabilities() -> None:
    p = torch.tensor([0.0, 1e-30, 0.2, 0.5, 1 - 2**-24, 1.0])
    logit = log_odds(p)
    assert logit.dtype == torch.float32
    assert logit.isfinite().all()
    assert logit[1:5].tolist() == pytest.approx([-69.0776, -1.386294, 0.0, 16.635532], abs=1e-4)
    x = torch.tensor([-60.0, -2.0, 0.0, 3.0, 200.0], requires_grad=True)
    (slope,) = torch.autograd.grad(log_odds(torch.sigmoid(x)).sum(), x)
    assert slope.tolist() == pytest.approx([1, 1, 1, 1, 0], abs=1e-3)


def test_a_task_asks_for_the_logit_the_classifier_knows() -> None:
    task = linear_task([2.0, 1.0], -1.0)
    x = torch.tensor([[[300.0, 1.0], [0.2, 0.1]], [[torch.nan, 0.0], [0.0, -90.0]]])
    assert task.logit(x)[~x.isnan().any(dim=2)].tolist() == pytest.approx([600, -0.5, -91])
    assert task.logit(x)[1, 0].isnan()


def test_a_gradient_that_is_no_number_is_no_step() -> None:
    """The first person's loss has no derivative where they stand; the second walks to 1."""
    task = linear_task([1.0, 1.0], -1.0)
    people = torch.tensor([[0.0, 0.3], [0.4, 0.3]])
    seen = []

    def loss(x: Tensor, rows: Tensor) -> Tensor:
        seen.append(x.detach().clone())
        return -x[:, 0].sqrt() - x[:, 1]

    search(
        task.feasible(people),
        people,
        loss,
        lambda points, rows: points[:, 0] / points[:, 0] - 2,
        lambda points, rows: points.sum(dim=1),
        lambda step: torch.zeros(len(step.rows), dtype=torch.bool),
        steps=5,
        learning_rate=0.1,
    )
    assert all(torch.equal(x[0], people[0]) for x in seen)
    assert (seen[-1][1] > people[1]).all()
    assert all(x.isfinite().all() for x in seen)
