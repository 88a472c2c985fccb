"""Each of CARLA's methods on a tiny task, and what recbench adds around them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch

from recbench.conformance import tasks
from recbench.errors import RecbenchError
from recbench.method import method_class
from recbench.method.output import checked
from recbench.rng import Rng
from tests.methods.answers import recourse_of

QUICK: dict[str, dict[str, Any]] = {
    "carla-growing-spheres": {},
    "carla-face": {"fraction": 0.3},
    "carla-cchvae": {"hidden": (16,), "max_iter": 50},
    "carla-revise": {"hidden": (16,), "max_iter": 20},
    "carla-cruds": {"max_iter": 20, "epochs": 1},
    "carla-wachter": {"t_max_min": 0.005},
}
CLUE = {"width": 4, "depth": 1, "latent_dim": 2}


def answer(name: str, params: dict[str, Any], people: int = 2) -> torch.Tensor:
    case = tasks.mixed("mlp", people)
    method = method_class(name)(**params)
    method.fit(case.task, Rng(0).stream("fit"))
    given = case.factuals.clone()
    returned = method.generate(given, Rng(0).people(case.ids))
    return checked(returned, given, case.factuals, case.task, name).counterfactuals


@pytest.mark.parametrize("name", QUICK)
def test_rows_keep_the_output_rules(name: str) -> None:
    answers = answer(name, QUICK[name])
    task = tasks.mixed("mlp", 2).task
    found = ~torch.isnan(answers).any(dim=1)
    # CARLA drops what the classifier rejects.
    assert bool(task.accepts(answers)[found].all())


@pytest.mark.slow
def test_clue_keeps_the_output_rules() -> None:
    answers = answer("carla-clue", CLUE, people=1)
    assert answers.shape == (1, 8)


@pytest.mark.parametrize("name", ["carla-growing-spheres", "carla-wachter"])
def test_it_finds_recourse_off_the_steps(name: str) -> None:
    """The fault that is listed first: whole steps and bounds mean nothing to CARLA."""
    case = tasks.mixed("mlp", 2)
    answers = answer(name, QUICK[name])
    assert bool((~torch.isnan(answers)).all())
    assert bool(case.task.feasible(case.factuals).violations(answers).any())


def test_growing_spheres_is_stopped_where_nobody_is_accepted() -> None:
    case = tasks.hopeless("mlp", 2)
    method = method_class("carla-growing-spheres")(max_iter=20)
    method.fit(case.task, Rng(0))
    recourse = recourse_of(method.generate(case.factuals, Rng(0).people(case.ids)))
    assert bool(torch.isnan(recourse.counterfactuals).all())
    assert all(recourse.reasons)


def test_growing_spheres_counts_spheres_for_each_person_anew() -> None:
    case = tasks.mixed("mlp", 6)
    method = method_class("carla-growing-spheres")(max_iter=40)
    method.fit(case.task, Rng(0))
    recourse = recourse_of(method.generate(case.factuals, Rng(0).people(case.ids)))
    assert bool(recourse.found.all())


def test_face_runs_without_an_immutable_feature() -> None:
    case = tasks.numbers("mlp", 3)
    method = method_class("carla-face")(fraction=0.5)
    method.fit(case.task, Rng(0))
    answers = recourse_of(method.generate(case.factuals, Rng(0).people(case.ids))).counterfactuals
    assert answers.shape == case.factuals.shape
    rows = {tuple(row) for row in case.task.x.tolist()}
    assert {tuple(row) for row in answers[~torch.isnan(answers).any(dim=1)].tolist()} <= rows


def test_a_persons_draws_do_not_depend_on_the_others() -> None:
    case = tasks.mixed("mlp", 5)
    method = method_class("carla-growing-spheres")()
    method.fit(case.task, Rng(0))
    together = recourse_of(method.generate(case.factuals, Rng(0).people(case.ids))).counterfactuals
    alone = recourse_of(method.generate(case.factuals[3:4], Rng(0).people(case.ids[3:4]))).counterfactuals
    assert torch.equal(together[3:4], alone)


def test_other_thresholds_are_kept() -> None:
    case = tasks.mixed("mlp", 3)
    task = replace(case.task, threshold=0.8)
    method = method_class("carla-growing-spheres")()
    method.fit(task, Rng(0))
    answers = recourse_of(method.generate(case.factuals, Rng(0).people(case.ids))).counterfactuals
    assert bool((task.probability(answers) > 0.8).all())


def test_it_explains_a_classifier_without_gradients() -> None:
    case = tasks.mixed("forest", 2)
    for name in ("carla-growing-spheres", "carla-cchvae", "carla-face"):
        method = method_class(name)(**QUICK[name])
        method.fit(case.task, Rng(0))
        rows = recourse_of(method.generate(case.factuals, Rng(0).people(case.ids))).counterfactuals
        assert rows.shape == case.factuals.shape


def test_unfitted_is_refused() -> None:
    case = tasks.mixed("mlp", 1)
    with pytest.raises(RecbenchError, match="not fitted"):
        method_class("carla-wachter")().generate(case.factuals, Rng(0).people(case.ids))
