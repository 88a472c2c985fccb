"""The search for parameters: what it sees, what it tries, and that it finds what there is to find."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from recbench.data.dataset import Dataset
from recbench.errors import RecbenchError, UsageError
from recbench.plugins import registry
from recbench.run.tune import Trial, _draws, held_out, search_space, tune
from recbench.suite import MethodSpec, Suite


def suite(method: str = "nnr", **params: Any) -> Suite:
    return Suite(methods=[MethodSpec(name=method, params=params)], factuals=20, classifiers=["linear"])


def test_held_out_people_and_the_rest_are_the_training_rows(people: Dataset) -> None:
    part = held_out(people, 0)
    assert len(part.test) == round(len(people.train) * 0.25)
    names = [*part.train["name"], *part.test["name"]]
    assert sorted(names) == sorted(people.train["name"])
    assert set(part.test["name"]) != set(held_out(people, 1).test["name"])
    assert part.content_hash == held_out(people, 0).content_hash


def test_too_few_rows_is_an_error(people: Dataset) -> None:
    with pytest.raises(RecbenchError, match="too few training rows"):
        held_out(replace(people, train=people.train.head(20)), 0)


def test_test_people_change_nothing(people: Dataset) -> None:
    other = replace(people, test=people.test.iloc[:7])
    space = {"gamma": [0.5, 0.9]}
    first, second = (tune(suite(), data, space, 60, splits=1, metric="cost") for data in (people, other))
    assert [trial.scores for trial in first.trials] == [trial.scores for trial in second.trials]


def test_the_best_value_is_found_and_beats_the_defaults(people: Dataset) -> None:
    # The nearest row is the nearer the fewer are asked of it: the lowest bar is the cheapest.
    seen: list[Trial] = []
    found = tune(
        suite(gamma=0.9),
        people,
        {"gamma": [0.5, 0.9, 0.95]},
        120,
        splits=2,
        metric="cost",
        watch=lambda trial, best: seen.append(best),
    )
    assert found.best.params == {"gamma": 0.5}
    assert found.best.mean(2) < found.default.mean(2)
    assert found.default.params == {} and len(found.default.scores) == 2
    assert len(found.trials) == 3 == len(seen)
    # What is behind on the first split does not get to the second.
    assert [len(trial.scores) for trial in found.trials if trial.params == {"gamma": 0.95}] == [1]


def test_the_budget_ends_the_search_but_the_defaults_are_always_tried(people: Dataset) -> None:
    found = tune(suite(), people, {"gamma": [0.5, 0.6, 0.9]}, 1e-9, splits=3)
    assert len(found.trials) == 1
    assert found.best is found.default and len(found.default.scores) == 1


def test_draws_are_seeded_distinct_and_complete() -> None:
    space: dict[str, list[Any]] = {"a": [1, 2], "b": ["x", "y", "z"]}
    plain = {"a": 1, "b": "x"}
    first = list(_draws(space, plain, 0))
    assert first == list(_draws(space, plain, 0))
    assert first != list(_draws(space, plain, 1))
    assert sorted(json.dumps(draw) for draw in first) == sorted(
        json.dumps(draw)
        for draw in ({"a": 2}, {"b": "y"}, {"b": "z"}, {"a": 2, "b": "y"}, {"a": 2, "b": "z"})
    )


def test_what_methods_declare_can_be_given_to_them() -> None:
    for name in ("genre", "genre-plus"):
        model = registry.methods.params(name)
        space = search_space(model)
        assert {"gamma", "lambda", "temperature"} <= set(space)
        for parameter, values in space.items():
            for value in values:
                model.model_validate({parameter: value})


@pytest.mark.parametrize(
    ("space", "metric", "words"),
    [
        ({}, "score", "declares nothing to search"),
        ({"gamma": []}, "score", "lists no value"),
        ({"gama": [0.5]}, "score", "no parameter 'gama'"),
        ({"gamma": [7]}, "score", "gamma = 7"),
    ],
)
def test_bad_requests(people: Dataset, space: dict[str, list[Any]], metric: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        tune(suite(), people, space, 10, metric=metric)


def test_a_metric_without_direction_cannot_be_optimised(
    people: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = replace(registry.metrics.card("cost"), better="")
    monkeypatch.setattr(registry.metrics, "card", lambda name: plain)
    with pytest.raises(UsageError, match="cannot be optimised"):
        tune(suite(), people, {"gamma": [0.5]}, 10, metric="cost")


def test_defaults_that_fail_are_an_error(people: Dataset) -> None:
    with pytest.raises(RecbenchError, match=r"genre failed.*no training row can serve as a target"):
        tune(suite("genre", gamma=0.99999), people, {"bins": [10]}, 10)


def test_values_that_fail_are_passed_over(people: Dataset) -> None:
    fixed = {"steps": 1, "temperature": 1.0, "batch": 32}
    found = tune(suite("genre", **fixed), people, {"gamma": [0.99999]}, 60, splits=1)
    assert [trial.scores for trial in found.trials[1:]] == [[]]
    assert found.best is found.default


Recbench = Callable[..., Any]


def test_the_command_prints_what_a_suite_reads(
    recbench: Recbench, people_files: tuple[Path, Path], tmp_path: Path
) -> None:
    data, schema = people_files
    words = ["tune", "genre", "--data", data, "--schema", schema, "--search", "draws=1,5"]
    words += ["--set", "draws=5", "--set", "steps=10", "--set", "temperature=1.0", "--budget", "60s"]
    words += ["--splits", "1", "--metric", "cost", "--factuals", "20"]
    done = recbench(*words)
    assert done.returncode == 0, done.stderr
    assert "trial 1: defaults" in done.stderr and "<- best" in done.stderr
    printed = yaml.safe_load(done.stdout)
    # Fewer draws are cheaper: the best by h goes further. What was fixed belongs to what was found.
    found = {"steps": 10, "temperature": 1.0, "draws": 1}
    assert printed["methods"] == [{"name": "genre", "params_for": {"people": found}}]
    assert "# found by: recbench tune genre" in done.stdout
    Suite.model_validate({**printed, "datasets": ["people"]})


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["tune", "nnr", "--budget", "soon"], "no time such as 90s"),
        (["tune", "nr"], "unknown method 'nr'. Did you mean nnr"),
        (["tune", "nnr", "--search", "gamma"], "is malformed"),
        (["tune", "nnr", "--metric", "scor", "--search", "gamma=0.5"], "Did you mean score"),
        (["tune", "unchanged"], "declares nothing to search"),
    ],
)
def test_misuse_is_one_line_and_exit_code_2(recbench: Recbench, words: list[str], said: str) -> None:
    done = recbench(*words)
    assert done.returncode == 2
    assert said in done.stderr and len(done.stderr.strip().splitlines()) == 1
