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


def by_hand(task: RecourseTask, person: Tensor, gamma: float) -> float:
    """The lowest cost of a feasible target, one training row at a time; inf if there is none."""
    clear = task.probability(task.x) > max(gamma, task.threshold)
    rows = [row for row, good in zip(task.x, (clear & (task.y == 1)).tolist(), strict=True) if good]
    possible = [row for row in rows if may_become(task, person.tolist(), row.tolist())]
    return min((float(task.cost(person, row)) for row in possible), default=float("inf"))


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


def answer(case: Case, **params: float) -> tuple[Tensor, list[str]]:
    method = NearestNeighbour(**params)
    method.fit(case.task, Rng(0))
    recourse = method.generate(case.factuals, Rng(0).people(case.ids))
    return recourse.counterfactuals, list(recourse.reasons)


@pytest.mark.parametrize("case", [mixed("mlp", 30), weighted("mlp", 30)], ids=["plain", "weighted"])
@pytest.mark.parametrize("gamma", [0.0, 0.7, 0.95])
def test_equals_a_search_by_hand(case: Case, gamma: float) -> None:
    x, reasons = answer(case, gamma=gamma)
    for person, row, reason in zip(case.factuals, x, reasons, strict=True):
        wanted = by_hand(case.task, person, gamma)
        if wanted == float("inf"):
            assert torch.isnan(row).all()
            assert reason == Reason.NO_TARGET
        else:
            assert float(case.task.cost(person, row)) == pytest.approx(wanted, abs=1e-5)
            assert reason == Reason.FOUND


def test_some_people_of_the_suite_have_no_target_at_a_high_gamma() -> None:
    """Otherwise the test above would not have tried it."""
    x, reasons = answer(mixed("mlp", 30), gamma=0.95)
    assert 0 < reasons.count(Reason.NO_TARGET) < 30
    assert torch.isnan(x).any(dim=1).sum() == reasons.count(Reason.NO_TARGET)


def test_answers_are_clearly_accepted_training_rows_with_label_1() -> None:
    case = mixed("mlp", 50)
    x, _ = answer(case)
    found = x[~torch.isnan(x).any(dim=1)]
    same = (found[:, None] == case.task.x[None]).all(dim=2)
    assert (same & (case.task.y == 1)).any(dim=1).all()
    assert (case.task.probability(found) > 0.7).all()
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
    monkeypatch.setattr(nnr, "_CELLS", 1)
    blocks, _ = answer(case)
    assert torch.equal(whole.nan_to_num(-1), blocks.nan_to_num(-1))


def test_without_any_target_everybody_gets_nan_and_the_reason() -> None:
    x, reasons = answer(hopeless("mlp", 5))
    assert torch.isnan(x).all()
    assert reasons == [Reason.NO_TARGET] * 5
