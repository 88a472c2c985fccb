from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from recbench.conformance.tasks import Case, hopeless, mixed, weighted
from recbench.method import Reason
from recbench.rng import Rng
from recbench.task import TOLERANCE, RecourseTask
from recbench_methods.nnr import method as nnr
from recbench_methods.nnr.method import NearestNeighbour

from .tables import number, table
from .test_targets import prices_by_hand


def may_become(task: RecourseTask, person: list[float], row: list[float]) -> bool:
    lower, upper = task.encoder.lower.tolist(), task.encoder.upper.tolist()
    for j, feature in enumerate(task.encoder.schema.features):
        move = row[j] - person[j]
        if abs(move) <= TOLERANCE:
            continue
        # A person outside the domain may stay there, and go as far as they are.
        low, high = min(lower[j], person[j]) - TOLERANCE, max(upper[j], person[j]) + TOLERANCE
        backwards = {"increase": move < 0, "decrease": move > 0, None: False}[feature.monotone]
        if feature.immutable or backwards or not low <= row[j] <= high:
            return False
    return True


def answer(case: Case, **params: float | None) -> tuple[Tensor, list[str]]:
    method = NearestNeighbour(**params)
    method.fit(case.task, Rng(0))
    recourse = method.generate(case.factuals, Rng(0).people(case.ids))
    return recourse.counterfactuals, list(recourse.reasons)


@pytest.mark.parametrize("case", [mixed("mlp", 15), weighted("mlp", 15)], ids=["plain", "weighted"])
@pytest.mark.parametrize("gamma", [None, 0.0, 0.7, 0.99])
def test_equals_a_search_by_hand(case: Case, gamma: float | None) -> None:
    x, reasons = answer(case, gamma=gamma)
    for person, row, reason in zip(case.factuals, x, reasons, strict=True):
        wanted = prices_by_hand(case.task, person, gamma)[:1]
        if wanted:
            assert float(case.task.cost(person, row)) == pytest.approx(wanted[0], abs=1e-5)
            assert reason == Reason.FOUND
        else:
            assert torch.isnan(row).all()
            assert reason == Reason.NO_TARGET


def test_whoever_can_become_no_target_gets_nan_and_the_reason() -> None:
    task = table([number("age", immutable=True), number("income")], lambda x: 0.9 * x[:, 1] - 0.3 * x[:, 0])
    people = torch.tensor([[0.1, 0.2], [0.9, 0.2]])
    x, reasons = answer(Case(task, people, ["young", "old"]), gamma=0.7)
    assert task.probability(x[:1]) > 0.7
    assert torch.isnan(x[1]).all()
    assert reasons == [Reason.FOUND, Reason.NO_TARGET]
    assert answer(Case(task, people, ["young", "old"]))[1] == [Reason.FOUND, Reason.FOUND]


def test_answers_are_training_rows_with_label_1_as_far_as_people_can_become_them() -> None:
    case = mixed("mlp", 50)
    x, _ = answer(case)
    assert not torch.isnan(x).any()
    targets = case.task.x[case.task.y == 1]
    there = case.task.project(targets.expand(50, -1, -1), case.factuals)
    assert (x[:, None] == there).all(dim=2).any(dim=1).all()
    assert (x[:, None] == targets).all(dim=2).any(dim=1).any()
    assert case.task.accepts(x).all()
    assert not case.task.feasible(case.factuals).violations(x).any()


def test_a_threshold_above_gamma_counts_too() -> None:
    case = mixed("mlp", 50)
    strict = replace(case, task=replace(case.task, threshold=0.9))
    x, _ = answer(strict, gamma=0.5)
    found = ~torch.isnan(x).any(dim=1)
    assert found.any()
    assert strict.task.accepts(x[found]).all()


def test_blocks_do_not_change_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    case = mixed("mlp", 50)
    whole, _ = answer(case)
    monkeypatch.setattr(nnr, "_BLOCK", 7)
    blocks, _ = answer(case)
    assert torch.equal(whole.nan_to_num(-1), blocks.nan_to_num(-1))


def test_without_any_target_everybody_gets_nan_and_the_reason() -> None:
    x, reasons = answer(hopeless("mlp", 5))
    assert torch.isnan(x).all()
    assert reasons == [Reason.NO_TARGET] * 5
