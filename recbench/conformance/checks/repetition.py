"""The same people asked again: in other company, alone, for several draws."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from recbench.conformance.checks.base import check, require_feasible, some
from recbench.conformance.tasks import Case
from recbench.conformance.trial import NotApplicableError, Trial, broken, require
from recbench.errors import RecbenchError
from recbench.method import Recourse
from recbench.method.output import check_samples
from recbench.rng import Rng


@check
def same_seed_same_answer(trial: Trial) -> None:
    """A second method fitted with the same seed gives exactly the same answer, whatever the global state."""
    wanted = trial.answer.counterfactuals
    second = trial.new()
    with Rng(1).stream("scrambled").globally():
        second.fit(trial.case.clone().task, trial.rng("fit"))
        answer = trial.again(trial.case, second).counterfactuals
    same = ((answer == wanted) | (torch.isnan(answer) & torch.isnan(wanted))).all(dim=1)
    require(bool(same.all()), f"{int((~same).sum())} of {len(same)} people get another answer")


@check
def deterministic_if_promised(trial: Trial) -> None:
    """A deterministic method does not depend on the random stream given to generate."""
    if not trial.card.traits.deterministic:
        raise NotApplicableError("the traits do not promise it")
    other = trial.again(trial.case, stream="another")
    trial.require_same(other, trial.answer, trial.case, "with another random stream")


@check
def order_kept(trial: Trial) -> None:
    """People in another order get the same answers, each in their own row."""
    order = torch.randperm(len(trial.case.ids), generator=Rng(2).torch())
    case = trial.case.of(order)
    trial.require_same(trial.again(case), some(trial.answer, order), case, "in another order")


@check
def subset_same(trial: Trial) -> None:
    """Some of the people alone get the same answers."""
    rows = torch.arange(0, len(trial.case.ids), 3)
    case = trial.case.of(rows)
    trial.require_same(trial.again(case), some(trial.answer, rows), case, "without the others")


@check
def chunks_same(trial: Trial) -> None:
    """Other chunk sizes give the same answers."""
    size = max(1, len(trial.case.ids) // 3 + 1)
    starts = range(0, len(trial.case.ids), size)
    parts = [trial.again(trial.case.of(slice(start, start + size))) for start in starts]
    trial.require_same(Recourse.concatenate(parts), trial.answer, trial.case, f"in chunks of {size}")


@check
def one_row(trial: Trial) -> None:
    """One person alone gets one row, and the same answer."""
    for row in range(min(3, len(trial.case.ids))):
        rows = torch.tensor([row])
        case = trial.case.of(rows)
        trial.require_same(trial.again(case), some(trial.answer, rows), case, "alone")


@check
def zero_rows(trial: Trial) -> None:
    """Nobody in, nobody out: an empty table keeps its columns."""
    trial.again(trial.case.of(slice(0)))


@check
def duplicates(trial: Trial) -> None:
    """Equal people each get their own answer: the same one if they share an id or nothing is random."""
    trial.ran()
    case = trial.case.of(slice(20))
    twice = replace(
        case,
        factuals=torch.cat([case.factuals, case.factuals]),
        ids=[*case.ids, *(f"{i} b" for i in case.ids)],
    )
    wanted = some(trial.answer, slice(20))
    both = trial.again(twice)
    trial.require_same(some(both, slice(len(case.ids))), wanted, case, "beside their equals")
    if trial.card.traits.deterministic:
        trial.require_same(some(both, slice(len(case.ids), None)), wanted, case, "as a duplicate")
    same_id = trial.again(replace(twice, ids=[*case.ids, *case.ids]))
    trial.require_same(
        some(same_id, slice(len(case.ids), None)), wanted, case, "as a duplicate with their id"
    )


@check
def samples(trial: Trial) -> None:
    """sample gives (n, k, d) feasible rows, the same for a person alone; other methods refuse clearly."""
    method, case = trial.ran().method, trial.case.of(slice(20))
    if not trial.card.traits.samples:
        try:
            method.sample(case.factuals.clone(), 2, trial.people(case.ids))
        except RecbenchError:
            raise NotApplicableError("the traits do not promise it") from None
        broken("sample works although the traits say that it does not")

    def draw(people: Case, k: int) -> Tensor:
        drawn = method.sample(people.factuals.clone(), k, trial.people(people.ids))
        check_samples(drawn, people.factuals, trial.card.name, k)
        return drawn

    drawn = draw(case, 4)
    if trial.card.traits.keeps_constraints:
        require_feasible(trial, case, drawn, " among samples")
    alone = draw(case.of(slice(1, 2)), 4)
    require(
        torch.allclose(alone, drawn[1:2], atol=1e-4, rtol=0, equal_nan=True),
        "a person alone gets other samples",
    )
    draw(case.of(slice(0)), 4)
