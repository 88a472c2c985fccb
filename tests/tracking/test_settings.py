"""What a cell was asked for, as MLflow's parameters and as a file."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from recbench.plugins import registry
from recbench.store.record import CellRecord
from recbench.task.recipes import ClassifierSpec, GoldRecipe, LofRecipe, TaskRecipe
from recbench.tracking.settings import defaults_of, params_of, settings_of

USUAL = {"dataset": "loan", "classifier": "mlp", "method": "genre", "seed": "0"}
MadeUp = Callable[..., CellRecord]


def asked(made_up: MadeUp, method: str = "genre", **changes: Any) -> CellRecord:
    """Return a cell whose method has these parameters and otherwise its defaults."""
    return made_up(method, params={**defaults_of(registry.methods, method), **changes})


def test_only_what_is_not_as_usual_is_a_parameter(made_up: MadeUp) -> None:
    assert len(asked(made_up).cell.params) > 10
    assert params_of(asked(made_up)) == USUAL
    assert params_of(asked(made_up, steps=50, gamma=0.6)) == {**USUAL, "set.steps": "50", "set.gamma": "0.6"}


def test_a_parameter_that_methods_share_lines_up(made_up: MadeUp) -> None:
    changed = [params_of(asked(made_up, method, gamma=0.6)) for method in ("genre", "genre-plus", "nnr")]
    assert [params["set.gamma"] for params in changed] == ["0.6"] * 3


def test_the_plot_of_the_compare_page_begins_with_data_set_method_and_seed(made_up: MadeUp) -> None:
    runs = [
        params_of(made_up(method, data, seed, params={**defaults_of(registry.methods, method), **changes}))
        for data in ("loan", "moons")
        for seed in (0, 1)
        for method, changes in (("genre", {"batch": 64, "bins": 8}), ("nnr", {"gamma": 0.6}))
    ]
    names = {name for run in runs for name in run}
    differing = sorted(name for name in names if len({run.get(name) for run in runs}) > 1)
    assert differing == ["dataset", "method", "seed", "set.batch", "set.bins", "set.gamma"]


@pytest.mark.parametrize(
    ("changes", "params"),
    [
        (
            {"recipe": TaskRecipe(classifier=ClassifierSpec(params={"epochs": 50}))},
            {"set.classifier.epochs": "50"},
        ),
        (
            {"recipe": TaskRecipe(classifier=ClassifierSpec(params={"hidden": [9]}))},
            {"set.classifier.hidden": "[9]"},
        ),
        ({"recipe": TaskRecipe(threshold=0.7, mismatch=True)}, {"threshold": "0.7", "mismatch": "true"}),
        ({"recipe": TaskRecipe(factuals=None)}, {"factuals": "all"}),
        ({"recipe": TaskRecipe(weights={"age": 2.0})}, {"weights.age": "2.0"}),
        ({"recipe": TaskRecipe(gold=GoldRecipe(trees=10))}, {"judge.trees": "10"}),
        ({"device": "cuda:1", "threads": 4, "chunk": 64}, {"device": "cuda", "threads": "4", "chunk": "64"}),
        ({"classifier": "forest"}, {"classifier": "forest"}),
        # MLflow never lets a parameter change, and cells can be scored again with another k.
        ({"lof": LofRecipe(neighbours=10)}, {}),
    ],
)
def test_protocol_judge_and_machine(made_up: MadeUp, changes: dict[str, Any], params: dict[str, str]) -> None:
    defaults = defaults_of(registry.methods, "genre")
    assert params_of(made_up(params=defaults, **changes)) == {**USUAL, **params}


def test_a_classifier_set_to_its_default_is_as_usual(made_up: MadeUp) -> None:
    epochs = defaults_of(registry.classifiers, "mlp")["epochs"]
    recipe = TaskRecipe(classifier=ClassifierSpec(params={"epochs": epochs}))
    assert params_of(made_up(params=defaults_of(registry.methods, "genre"), recipe=recipe)) == USUAL


def test_of_a_method_that_is_not_here_everything_is_said(made_up: MadeUp) -> None:
    record = made_up("somebodys", params={"lambda_": 2, "text": "x" * 9000})
    params = params_of(record)
    assert params["set.lambda"] == "2"
    assert params["set.text"] == "x" * 500


def test_the_file_has_everything(made_up: MadeUp) -> None:
    record = asked(made_up, steps=50)
    said = json.loads(settings_of(record))
    assert said["params"] == record.cell.params
    assert said["recipe"]["gold"] == {"kind": "forest", "trees": 100, "folds": 5}
    assert (said["lof"]["neighbours"], said["threads"], said["chunk"]) == (5, 1, 10_000)
    # A suite's label and a listing's lack of module hashes would make it another file.
    assert settings_of(record.relabelled("another")) == settings_of(record)
    assert "modules" not in said["code"]
