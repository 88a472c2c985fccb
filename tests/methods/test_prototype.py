from __future__ import annotations

import pytest
import torch

from recbench.rng import Rng
from recbench_methods.prototype.method import Prototype

from .linear import linear_task, turned_down

WEIGHTS, BIAS = [0.0, 3.0, 1.5, -2.0], -1.8


def fitted(**params: object) -> Prototype:
    method = Prototype(**params)
    method.fit(linear_task(WEIGHTS, BIAS), Rng(0))
    return method


def test_prototype_is_the_mean_of_the_nearest_accepted_rows() -> None:
    method = fitted(nearest=3)
    people, _ = turned_down(method.task, 10)
    prototypes = method.prototypes(people)
    accepted = method.task.x[method.task.accepts(method.task.x)]
    nearest = torch.cdist(people, accepted).topk(3, largest=False).indices
    assert prototypes is not None
    assert torch.allclose(prototypes, accepted[nearest].mean(dim=1), atol=1e-6)


def test_recourse_lies_nearer_to_the_prototype_than_without_its_loss() -> None:
    guided, plain = fitted(theta=10.0), fitted(theta=0.0)
    people, rng = turned_down(guided.task, 20)
    prototypes = guided.prototypes(people)
    assert prototypes is not None
    x, y = (method.generate(people, rng).counterfactuals for method in (guided, plain))
    assert guided.task.accepts(x).float().mean() > 0.9
    # The immutable feature stays where it is, however far from the prototype.
    assert torch.equal(x[:, 0], people[:, 0])
    apart = [(z - prototypes)[:, 1:].norm(dim=1).mean() for z in (x, y)]
    assert apart[0] < 0.8 * apart[1]


@pytest.mark.parametrize("source", ["kdtree", "encoder"])
def test_without_accepted_rows_there_is_no_prototype(source: str) -> None:
    task = linear_task(WEIGHTS, -50.0)
    method = Prototype(source=source, iterations=5, c_steps=1)
    method.fit(task, Rng(0))
    people, rng = turned_down(task, 4)
    assert method.prototypes(people) is None
    recourse = method.generate(people, rng)
    assert recourse.found.all()
    assert all(recourse.reasons)


def test_encoder_prototypes_lie_in_its_space() -> None:
    method = fitted(source="encoder", gamma=1.0, iterations=40, c_steps=3)
    people, rng = turned_down(method.task, 10)
    prototypes = method.prototypes(people)
    assert prototypes is not None
    assert prototypes.shape == (10, 4)
    assert torch.isfinite(method.generate(people, rng).counterfactuals).all()
