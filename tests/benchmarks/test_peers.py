"""Peers: what an answer is worth, what contestants are given, and how their processes are led."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

import recbench as rb
from benchmarks.speed.peers import environments
from benchmarks.speed.peers.contestants import GROUPS, Entry, Group, chosen
from benchmarks.speed.peers.duel import Problem, duel
from benchmarks.speed.peers.nice_side import Nice
from benchmarks.speed.peers.problem import read_task, write_problem
from benchmarks.speed.peers.quality import quality
from benchmarks.speed.peers.tables import markdown, ratios, rounded
from benchmarks.speed.peers.worker import ContestantError, Worker


@pytest.fixture
def problem(loan: rb.Task, tmp_path: Path) -> Problem:
    people = loan.rejected(12)
    x = loan.dataset.encoder.encode(people)
    write_problem(loan, x, people.index.to_numpy(), tmp_path / "problem")
    return Problem("loan", tmp_path / "problem", loan.recourse_task, x)


def nearest(problem: Problem) -> torch.Tensor:
    method = rb.get_method("nnr").fit(problem.task).method
    answer = method.generate(problem.people, rb.Rng(0).people(range(len(problem.people))))
    return answer.counterfactuals if isinstance(answer, rb.Recourse) else answer


def test_answers_on_their_steps_are_worth_the_same_after_rounding(problem: Problem) -> None:
    found = nearest(problem)
    worth = quality(problem.task, problem.people, found.numpy())
    cost = float(problem.task.cost(problem.people, found).mean())
    assert worth["valid"] == worth["valid_rounded"] == 1
    assert worth["cost"] == worth["cost_rounded"] == pytest.approx(cost)
    assert worth["off_grid"] == worth["off_rules"] == 0


def test_values_between_steps_are_off_the_grid_and_break_the_rules(problem: Problem) -> None:
    found = nearest(problem)
    j = next(j for j, feature in enumerate(problem.task.encoder.schema.features) if feature.kind == "integer")
    found[:, j] = problem.people[:, j] + 0.3 / float(problem.task.encoder.grid[j])
    worth = quality(problem.task, problem.people, found.numpy())
    assert worth["off_grid"] == pytest.approx(1 / found.shape[1])
    assert worth["off_rules"] == 1


def test_an_immutable_that_changed_is_taken_back_before_it_counts(problem: Problem) -> None:
    """An answer that needs a forbidden change is valid as answered only."""
    features = problem.task.encoder.schema.features
    fixed = [j for j, feature in enumerate(features) if feature.immutable]
    accepted = problem.task.x[problem.task.accepts(problem.task.x)]
    answers = problem.people.clone()
    answers[:, fixed] = accepted[:1, fixed] + 500.0
    answers[:, fixed] *= torch.sign(problem.task.classifier.module[0].weight.detach())[:, fixed]  # type: ignore[attr-defined]
    worth = quality(problem.task, problem.people, answers.numpy())
    assert worth["valid"] == 1 and worth["valid_rounded"] == 0
    assert np.isnan(worth["cost_rounded"]) and worth["off_rules"] == 1


def test_nobody_without_an_answer_is_dropped(problem: Problem) -> None:
    found = nearest(problem).numpy()
    found[:3] = np.nan
    found[3:6] = np.inf
    worth = quality(problem.task, problem.people, found)
    assert worth["valid"] == worth["valid_rounded"] == 0.5
    assert worth["off_grid"] == 0


def test_of_several_answers_the_cheapest_accepted_counts(problem: Problem) -> None:
    found = nearest(problem)
    dear = torch.where(problem.task.feasible(problem.people).movable, found * 3 + 5, found)
    several = torch.stack([dear, problem.people, found], dim=1)
    assert quality(problem.task, problem.people, several.numpy())["cost"] <= float(
        problem.task.cost(problem.people, found).mean()
    )
    assert quality(problem.task, problem.people, several[:, 1:2].numpy())["valid"] == 0


def test_the_network_is_handed_over_and_a_wrong_copy_refused(problem: Problem) -> None:
    copy = Nice("NICE", problem.folder)
    said = copy.predict(problem.people.numpy())
    with torch.no_grad():
        assert np.abs(said[:, 1] - problem.task.probability(problem.people).numpy()).max() < 1e-6
    with np.load(problem.folder / "arrays.npz") as arrays:
        changed = {name: arrays[name] for name in arrays.files}
    changed["bias_0"] = changed["bias_0"] + 0.01
    np.savez(problem.folder / "arrays.npz", **changed)
    with pytest.raises(ValueError, match="copy of the classifier"):
        Nice("NICE", problem.folder)


def test_a_task_comes_back_as_it_was(problem: Problem) -> None:
    task, ids = read_task(problem.folder)
    assert torch.equal(task.x, problem.task.x) and len(ids) == 12


def test_a_classifier_without_layers_cannot_be_handed_over(loan: rb.Task, tmp_path: Path) -> None:
    from sklearn.tree import DecisionTreeClassifier

    from recbench.classifiers import EstimatorClassifier

    data = loan.dataset
    tree = DecisionTreeClassifier(max_depth=2, random_state=0)
    tree.fit(data.encoder.encode(data.train).numpy(), data.favourable(data.train))
    task = rb.make_task(data, classifier=EstimatorClassifier(tree, kind="tree"))
    people = task.rejected(3)
    with pytest.raises(rb.RecbenchError, match="no network"):
        write_problem(task, data.encoder.encode(people), people.index.to_numpy(), tmp_path)


def test_contestants_take_turns_and_what_is_missing_is_named(problem: Problem) -> None:
    group = Group(("nnr",), (Entry("unchanged", most=5), Entry("no-such-method")))
    rows = duel(group, problem, repeats=2, limit=120, say=lambda text: None)
    whole = {(row["method"], row["people"]): row for row in rows}
    assert set(whole) == {("nnr", 5), ("nnr", 12), ("unchanged", 5), ("no-such-method", 12)}
    assert whole["no-such-method", 12]["failure"] == "not registered"
    ours, theirs = whole["nnr", 5], whole["unchanged", 5]
    assert ours["repeats"] == theirs["repeats"] == 2 and ours["valid_rounded"] == 1
    assert theirs["valid"] == 0 and theirs["peak"] > 50
    assert ours["per_second"] == pytest.approx(5 / ours["seconds"])
    page = markdown(pd.DataFrame(rows), "the command", "the machine", {"unchanged": "everything"})
    pairs = list(ratios(pd.DataFrame(rows).dropna(subset=["seconds"])))
    assert [(ours["people"], theirs["method"]) for ours, theirs in pairs] == [(5, "unchanged")]
    assert "* unchanged: everything" in page and "* loan, no-such-method: not registered" in page


def test_a_contestant_that_takes_too_long_is_out() -> None:
    worker = Worker([sys.executable, "-c", "import time; time.sleep(60)"], 0.2, {})
    with pytest.raises(ContestantError, match="took more than 0 s"):
        worker.ready()
    worker.close()


def test_the_last_words_of_a_contestant_are_its_reason() -> None:
    worker = Worker([sys.executable, "-c", "import no_such_library"], 60, {})
    with pytest.raises(ContestantError, match="No module named 'no_such_library'"):
        worker.ready()


def test_an_environment_is_made_once_and_again_when_its_pins_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[tuple[str, ...]] = []

    def call(*words: str) -> None:
        called.append(words)
        if "venv" in words:
            python = Path(words[-1]) / "bin" / "python"
            python.parent.mkdir(parents=True)
            python.touch()

    (tmp_path / "requirements-peer.txt").write_text("# why\npeer==1.0\n")
    monkeypatch.setattr(environments, "HOME", tmp_path / "home")
    monkeypatch.setattr(environments, "_HERE", tmp_path)
    monkeypatch.setattr(environments, "_call", call)
    python = environments.python_of("peer")
    assert environments.python_of("peer") == python and len(called) == 2
    assert "--no-deps" in called[1]
    (tmp_path / "requirements-peer.txt").write_text("peer==1.1\n")
    environments.python_of("peer")
    assert len(called) == 4 and environments.pinned("peer") == {"peer": "1.1"}


def test_pip_says_why_an_environment_cannot_be_made() -> None:
    with pytest.raises(environments.UninstallableError, match="cannot be found"):
        environments._call(sys.executable, "-c", "raise SystemExit('it cannot be found')")


@pytest.mark.parametrize("name", ["jax-relax", "nicex"])
def test_every_package_of_a_peer_is_pinned(name: str) -> None:
    path = Path(environments.__file__).parent / f"requirements-{name}.txt"
    lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
    assert lines and all(line.count("==") == 1 for line in lines)


def test_every_method_that_is_compared_is_one() -> None:
    known = {entry.name for entry in rb.methods()}
    peers = {peer.name for group in GROUPS for peer in group.peers if not peer.environment}
    assert peers <= known
    assert [group.ours for group in chosen({"clue"})] == [("clue",)]
    assert not list(chosen({"carla-clue"}))


@pytest.mark.parametrize(
    ("number", "shown"),
    [(float("nan"), "–"), (0.01234, "0.012"), (2.345, "2.3"), (23.45, "23.4"), (101_234.0, "101,000")],
)
def test_numbers_are_rounded_to_what_they_say(number: float, shown: str) -> None:
    assert rounded(number) == shown
