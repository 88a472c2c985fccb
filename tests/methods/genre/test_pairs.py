from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from recbench.classifiers.base import Classifier
from recbench.conformance.tasks import Case, hopeless, mixed, weighted
from recbench.errors import RecbenchError
from recbench.rng import Rng
from recbench_methods.genre import pairs as pairs_module
from recbench_methods.genre.bins import Bins
from recbench_methods.genre.pairs import (
    find_targets,
    hold_out,
    immutable,
    make_pairs,
    nearest_targets,
    reachable,
)


@pytest.fixture
def case() -> Case:
    return mixed("mlp", 30)


def test_targets_are_favourable_and_above_gamma_and_sources_below(case: Case) -> None:
    task = case.task
    sources, targets = find_targets(task, 0.7)
    clear = (task.probability(task.x) > 0.7) & (task.y == 1)
    assert torch.equal(targets, task.x[clear])
    assert bool((task.probability(sources) <= 0.7).all())
    assert len(sources) + int((task.probability(task.x) > 0.7).sum()) == len(task.x)


def test_a_target_is_accepted_even_when_gamma_is_low(case: Case) -> None:
    _, targets = find_targets(replace(case.task, threshold=0.6), 0.2)
    assert bool((case.task.probability(targets) > 0.6).all())


def test_without_a_gamma_it_is_the_papers(case: Case) -> None:
    assert torch.equal(find_targets(case.task, None)[1], find_targets(case.task, 0.7)[1])


def test_without_a_gamma_a_timid_classifier_still_has_targets(case: Case) -> None:
    timid = replace(case.task, classifier=_Always(0.6))  # type: ignore[arg-type]
    timid = replace(timid, y=timid.y.clone().fill_(1))
    with pytest.raises(RecbenchError, match=r"h > 0.7 \(highest: 0.60\)"):
        find_targets(timid, 0.7)
    with pytest.raises(RecbenchError, match="nobody to learn from"):
        find_targets(timid, None)
    # The same h, squeezed: the best quarter of the accepted favourable rows stays.
    squeezed = replace(case.task, classifier=_Squeezed(case.task.classifier))  # type: ignore[arg-type]
    accepted = squeezed.accepts(squeezed.x) & (squeezed.y == 1)
    targets = find_targets(squeezed, None)[1]
    assert 0.25 <= len(targets) / int(accepted.sum()) < 0.3
    h = squeezed.probability(squeezed.x)
    assert float(squeezed.probability(targets).min()) >= float(h[accepted].quantile(0.7))


def test_no_target_is_an_error_that_names_the_bar() -> None:
    with pytest.raises(RecbenchError, match=r"no training row can serve as a target.*h > 1"):
        find_targets(hopeless("mlp", 5).task, 0.7)


def test_nobody_to_learn_from_is_an_error(case: Case) -> None:
    task = replace(case.task, threshold=0.0)
    keen = replace(task, classifier=_Always(0.9))  # type: ignore[arg-type]
    with pytest.raises(RecbenchError, match="gives every training row more than"):
        find_targets(keen, 0.0)


class _Always:
    kind = "always"

    def __init__(self, share: float) -> None:
        self.share = share

    def probability(self, x: torch.Tensor) -> torch.Tensor:
        return torch.full((len(x),), self.share)


@pytest.mark.parametrize("make", [mixed, weighted])
def test_nearest_targets_by_hand(make: object) -> None:
    case = make("mlp", 25)  # type: ignore[operator]
    task, bins = case.task, Bins.fit(case.task, 1000)
    _, targets = find_targets(task, 0.7)
    cost, rows = nearest_targets(task, bins, case.factuals, targets, 5)
    for person, costs, found in zip(case.factuals, cost, rows, strict=True):
        within = task.feasible(person[None]).violations(targets[:, None]).squeeze(1).any(dim=1).logical_not()
        expected = task.cost(person, targets).masked_fill(~within, torch.inf).sort().values[:5]
        assert torch.allclose(costs, expected, atol=1e-5)
        known = torch.isfinite(costs)
        assert torch.allclose(task.cost(person, targets[found[known]]), costs[known], atol=1e-5)


def test_pairs_keep_every_rule_and_are_weighted_by_cost(case: Case) -> None:
    task, bins = case.task, Bins.fit(case.task, 1000)
    sources, targets = find_targets(task, 0.7)
    people = sources[:12]
    pairs = make_pairs(task, bins, people, targets, 5.0, 20, 4000, Rng(0))
    for source, drawn in zip(pairs.sources, pairs.drawn, strict=True):
        cost, rows = nearest_targets(task, bins, source[None], targets, 20)
        assert not bool(task.feasible(source[None]).violations(targets[drawn]).any())
        finite = torch.isfinite(cost[0])
        expected = torch.zeros(len(targets)).index_add(
            0, rows[0][finite], torch.softmax(-5.0 * cost[0][finite], dim=0)
        )
        share = torch.bincount(drawn, minlength=len(targets)) / len(drawn)
        # Four standard deviations of 4,000 draws.
        assert float((share - expected).abs().max()) < 4 * 0.5 / 4000**0.5


def test_a_steeper_rate_keeps_nearer(case: Case) -> None:
    task, bins = case.task, Bins.fit(case.task, 64)
    sources, targets = find_targets(task, 0.7)
    mean = []
    for rate in (0.5, 5.0, 20.0):
        pairs = make_pairs(task, bins, sources, targets, rate, 1000, 8, Rng(1))
        mean.append(float(task.cost(pairs.sources[:, None], pairs.targets[pairs.drawn]).mean()))
    assert mean[0] > mean[1] > mean[2]


def test_chunks_change_no_neighbour(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    task, bins = case.task, Bins.fit(case.task, 64)
    sources, targets = find_targets(task, 0.7)
    whole = make_pairs(task, bins, sources, targets, 5.0, 1, 3, Rng(1))
    monkeypatch.setattr(pairs_module, "_CELLS", 7 * len(targets))
    small = make_pairs(task, bins, sources, targets, 5.0, 1, 3, Rng(1))
    assert torch.equal(whole.sources, small.sources)
    assert torch.equal(whole.drawn, small.drawn)


def test_immutables_that_never_agree_are_an_error(case: Case) -> None:
    task = case.task
    sex = task.encoder.schema.index("sex")
    sources, targets = find_targets(task, 0.7)
    women, men = sources[sources[:, sex] == 0], targets[targets[:, sex] == 1]
    with pytest.raises(RecbenchError, match="immutable features always differ"):
        make_pairs(task, Bins.fit(task, 64), women, men, 5.0, 1000, 4, Rng(0))
    lone = reachable(Bins.fit(task, 64), task.feasible(women), men, immutable(task))
    assert not bool(lone.any())


def test_held_out_people_are_turned_down_and_leave_the_sources(case: Case) -> None:
    sources, _ = find_targets(case.task, 0.7)
    people, others = hold_out(case.task, sources, 20, Rng(0))
    assert len(people) == min(20, int((~case.task.accepts(sources)).sum()) // 10)
    assert not bool(case.task.accepts(people).any())
    together = torch.cat([people, others])
    assert sorted(together.tolist()) == sorted(sources.tolist())


class _Squeezed:
    """An h that hardly exceeds the threshold."""

    kind = "squeezed"

    def __init__(self, classifier: Classifier) -> None:
        self.classifier = classifier

    def probability(self, x: torch.Tensor) -> torch.Tensor:
        return 0.4 + 0.2 * self.classifier.probability(x)
