"""dice-ml's methods on a tiny task, and the table they are given."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

pytest.importorskip("dice_ml", reason="docs/install.md says how to install it")

from recbench.conformance import tasks
from recbench.data.encoding import Encoder
from recbench.method import method_class
from recbench.method.output import checked
from recbench.rng import Rng
from recbench_methods.dice_ml.bridge import GaveUpError, Model, Table
from tests.methods.answers import recourse_of

METHODS: dict[str, dict[str, Any]] = {
    "dice-ml-random": {"sample_size": 200, "total_cfs": 2, "posthoc_sparsity_param": 0},
    "dice-ml-genetic": {"total_cfs": 2, "maxiterations": 20},
}


@pytest.mark.parametrize("name", METHODS)
def test_rows_keep_rules_and_immutables(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    case = tasks.mixed("mlp", 3)
    method = method_class(name)(**METHODS[name])
    method.fit(case.task, Rng(0))
    given = case.factuals.clone()
    returned = method.generate(given, Rng(0).people(case.ids))
    recourse = checked(returned, given, case.factuals, case.task, name)
    assert bool(recourse.found.any())
    found = recourse.found
    sex = case.task.encoder.schema.index("sex")
    assert torch.allclose(recourse.counterfactuals[found, sex], case.factuals[found, sex])
    assert capfd.readouterr() == ("", "")


def test_a_table_reads_back_what_it_writes() -> None:
    task = tasks.mixed("mlp", 5).task
    table = Table(task)
    again = table.encoded(table.frame(task.x))
    assert torch.allclose(again, task.x, atol=2e-6)
    # Two decimals, as the made-up incomes have; not the noise of float32 codes.
    incomes = table.frame(task.x)["income"]
    assert np.array_equal(incomes, incomes.round(2))


def test_what_a_person_can_become_is_handed_over() -> None:
    case = tasks.mixed("mlp", 5)
    table = Table(case.task)
    feasible = case.task.feasible(case.factuals)
    names, ranges = table.permitted(feasible, 1)
    own = table.frame(case.factuals).iloc[1]
    assert "sex" not in names
    assert "site" not in names
    assert ranges["age"][0] == own["age"]
    assert ranges["debt"][1] == pytest.approx(own["debt"], abs=1e-4)
    assert own["school"] == ranges["school"][0]
    assert set(ranges["region"]) == {"north", "east", "south", "west"}


def test_the_model_refuses_after_its_limit() -> None:
    task = tasks.mixed("mlp", 5).task
    table = Table(task)
    model = Model(table, limit=2)
    frame = table.frame(task.x[:4])
    both = model.predict_proba(frame)
    assert both[:, 1] == pytest.approx(task.probability(task.x[:4]).numpy(), abs=1e-4)
    assert model.predict(frame).tolist() == task.accepts(task.x[:4]).long().tolist()
    with pytest.raises(GaveUpError):
        model.predict_proba(frame)


def test_a_category_outside_the_training_rows_is_a_reason() -> None:
    case = tasks.mixed("mlp", 3)
    task = case.task
    region = task.encoder.schema.index("region")
    x = task.x.clone()
    x[:, region] = 0.0
    encoder: Encoder = task.encoder
    people = case.factuals.clone()
    people[:, region] = 0.0
    people[1, region] = 1.0
    method = method_class("dice-ml-random")(**METHODS["dice-ml-random"])
    method.fit(replace(task, x=x, encoder=encoder), Rng(0))
    recourse = recourse_of(method.generate(people, Rng(0).people(case.ids)))
    assert not bool(recourse.found[1])
    assert "categories of the training rows" in recourse.reasons[1]


def test_genetic_is_stopped_where_nobody_is_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    case = tasks.hopeless("mlp", 1)
    implementation = method_class("dice-ml-genetic")
    monkeypatch.setattr(implementation, "questions", 50)
    method = implementation()
    method.fit(case.task, Rng(0))
    recourse = recourse_of(method.generate(case.factuals, Rng(0).people(case.ids)))
    assert bool(torch.isnan(recourse.counterfactuals).all())


_BOTH = """
import sys
import dice_ml, tqdm
from recbench_methods.carla import library
library.method("Wachter")
assert sys.modules["dice_ml"] is dice_ml
assert sys.modules["tqdm"] is tqdm
from recbench_methods.dice_ml import methods
from tests.methods.answers import recourse_of
assert methods.dice_ml is dice_ml
"""


def test_carla_leaves_the_real_dice_ml_alone() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _BOTH], capture_output=True, text=True, check=False, env=dict(os.environ)
    )
    assert done.returncode == 0, done.stderr
