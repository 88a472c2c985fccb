from __future__ import annotations

import torch
from torch import Tensor

from recbench.conformance.tasks import Case, mixed
from recbench.rng import Rng
from recbench_methods.genre.opinion import SecondOpinion
from recbench_methods.genre.selection import (
    Utility,
    best_by_classifier,
    mean_utility,
    most_useful,
    take_back,
)

CASE: Case = mixed("mlp", 30)


def candidates(count: int, seed: int = 0) -> Tensor:
    """Feasible points for every person, (n, count, d)."""
    rng = Rng(seed).people(CASE.ids)
    rows = CASE.task.x[rng.integers(len(CASE.task.x), count)]
    return CASE.task.project(rows, CASE.factuals)


def utility(margin: float = 0.0) -> Utility:
    return Utility(CASE.task, SecondOpinion(CASE.task, 30, 5, 5, 3, Rng(0)), margin)


def by_hand(use: Utility, points: Tensor) -> Tensor:
    """(n, m) utilities, each computed in full."""
    task, (n, m, d) = use.task, points.shape
    flat, people = points.reshape(-1, d), CASE.factuals.repeat_interleave(m, dim=0)
    h, price = task.probability(flat), task.cost(people, flat) / d
    sure = use.opinion.holds(flat) + use.opinion.inlier(flat) - price
    return torch.where(h > task.threshold + use.margin, sure, h - price - 1000).reshape(n, m)


def test_the_paper_takes_the_highest_h() -> None:
    points = candidates(12)
    chosen = best_by_classifier(CASE.task, points)
    highest = CASE.task.probability(points).max(dim=1).values
    assert torch.allclose(CASE.task.probability(chosen), highest)


def test_the_bounded_search_finds_the_maximum() -> None:
    use, points = utility(), candidates(60)
    expected = by_hand(use, points)
    assert int((expected > 0).any(dim=1).sum()) > 20
    chosen, value = most_useful(use, CASE.factuals, points)
    best = expected.max(dim=1)
    assert torch.allclose(value, best.values, atol=1e-5)
    assert torch.equal(chosen, points[torch.arange(len(points)), best.indices])


def test_whoever_is_never_accepted_gets_the_highest_h() -> None:
    use, points = utility(margin=0.4999), candidates(20)
    chosen, value = most_useful(use, CASE.factuals, points)
    expected = by_hand(use, points).max(dim=1)
    assert bool((value < 0).all())
    assert torch.equal(chosen, points[torch.arange(len(points)), expected.indices])


def test_an_accepted_candidate_beats_a_rejected_one() -> None:
    use, points = utility(), candidates(30, seed=3)
    some = CASE.task.accepts(points).any(dim=1)
    chosen, _ = most_useful(use, CASE.factuals, points)
    assert torch.equal(CASE.task.accepts(chosen), some)


def test_taking_back_raises_utility_and_only_ever_restores_own_values() -> None:
    use, points = utility(), candidates(30)
    chosen, value = most_useful(use, CASE.factuals, points)
    leaner = take_back(use, CASE.factuals, chosen, value, 8)
    same = (leaner == chosen) | (leaner == CASE.factuals)
    assert bool(same.all())
    after = by_hand(use, leaner[:, None])[:, 0]
    accepted = value > 0
    assert bool((after[accepted] >= value[accepted] - 1e-5).all())
    assert float((after - value)[accepted].max()) > 0.01
    # One round more changes nothing for those who stopped.
    again = take_back(use, CASE.factuals, leaner, after, 1)
    assert float((by_hand(use, again[:, None])[:, 0] - after).min()) >= -1e-5


def test_choices_do_not_depend_on_who_else_is_there() -> None:
    use, points = utility(), candidates(30)
    chosen, value = most_useful(use, CASE.factuals, points)
    whole = take_back(use, CASE.factuals, chosen, value, 8)
    some = torch.tensor([8, 2, 29])
    found, worth = most_useful(use, CASE.factuals[some], points[some])
    assert torch.equal(take_back(use, CASE.factuals[some], found, worth, 8), whole[some])


def test_mean_utility_counts_people_without_recourse_as_nothing() -> None:
    use = utility()
    chosen = best_by_classifier(CASE.task, candidates(12))
    full = mean_utility(CASE.task, use.opinion, CASE.factuals, chosen)
    half = chosen.clone()
    half[::2] = torch.nan
    kept = mean_utility(CASE.task, use.opinion, CASE.factuals[1::2], chosen[1::2])
    assert abs(mean_utility(CASE.task, use.opinion, CASE.factuals, half) - kept / 2) < 1e-5
    assert 0 < full < 2
