from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from recbench.classifiers.base import Classifier
from recbench.conformance.tasks import Case, hopeless, mixed
from recbench.errors import RecbenchError
from recbench.rng import Rng
from recbench_methods.common import blocks
from recbench_methods.common.targets import Targets
from recbench_methods.genre.bins import Bins
from recbench_methods.genre.pairs import find_sources, hold_out, make_pairs


@pytest.fixture
def case() -> Case:
    return mixed("mlp", 30)


def test_sources_have_no_more_than_gamma(case: Case) -> None:
    task = case.task
    sources = find_sources(task, Targets(task, 0.7))
    assert torch.equal(sources, task.x[task.probability(task.x) <= 0.7])


def test_sources_of_a_group_have_no_more_than_its_bar(case: Case) -> None:
    # The same h, squeezed: no group reaches the paper's gamma.
    squeezed = replace(case.task, classifier=_Squeezed(case.task.classifier))
    targets = Targets(squeezed, None)
    bars = targets.bar(squeezed.x)
    assert len(bars.unique()) == 2
    assert float(bars.max()) < 0.65
    sources = find_sources(squeezed, targets)
    assert torch.equal(sources, squeezed.x[squeezed.probability(squeezed.x) <= bars])
    accepted = squeezed.accepts(squeezed.x) & (squeezed.y == 1)
    assert 0.25 <= int(targets.clear.sum()) / int(accepted.sum()) < 0.3


def test_no_target_is_an_error_that_names_the_bar(case: Case) -> None:
    task = hopeless("mlp", 5).task
    with pytest.raises(RecbenchError, match=r"no training row can serve as a target.*h > 1"):
        find_sources(task, Targets(task, 0.7))
    timid = replace(case.task, classifier=_Always(0.6))
    with pytest.raises(RecbenchError, match=r"h > 0.7 \(highest: 0.60\)"):
        find_sources(timid, Targets(timid, 0.7))


def test_nobody_to_learn_from_is_an_error(case: Case) -> None:
    task = replace(case.task, threshold=0.0)
    keen = replace(task, classifier=_Always(0.9))
    with pytest.raises(RecbenchError, match="gives every training row more than"):
        find_sources(keen, Targets(keen, 0.0))


class _Always(Classifier):
    kind = "always"

    def __init__(self, share: float) -> None:
        self.share = share

    def probability(self, x: torch.Tensor) -> torch.Tensor:
        return torch.full((len(x),), self.share)


def test_pairs_are_feasible_clear_and_weighted_by_cost(case: Case) -> None:
    task = case.task
    targets = Targets(task, 0.7)
    people = find_sources(task, targets)[:12]
    pairs = make_pairs(targets, people, 5.0, 20, 4000, Rng(0))
    assert len(pairs.sources) > 5
    for source, drawn in zip(pairs.sources, pairs.drawn, strict=True):
        there = task.project(targets.rows[drawn], source.expand(len(drawn), -1))
        assert bool((task.probability(there) > 0.7).all())
        cost, rows = targets.nearest(source[None], 20)
        finite = torch.isfinite(cost[0])
        expected = torch.zeros(len(targets.rows)).index_add(
            0, rows[0][finite], torch.softmax(-5.0 * cost[0][finite], dim=0)
        )
        share = torch.bincount(drawn, minlength=len(targets.rows)) / len(drawn)
        # Four standard deviations of 4,000 draws.
        assert float((share - expected).abs().max()) < 4 * 0.5 / 4000**0.5


def test_a_steeper_rate_keeps_nearer(case: Case) -> None:
    task = case.task
    targets = Targets(task, 0.7)
    sources = find_sources(task, targets)
    mean = []
    for rate in (0.5, 5.0, 20.0):
        pairs = make_pairs(targets, sources, rate, 1000, 8, Rng(1))
        there = task.project(targets.rows[pairs.drawn], pairs.sources)
        mean.append(float(task.cost(pairs.sources[:, None], there).mean()))
    assert mean[0] > mean[1] > mean[2]


def test_chunks_change_no_neighbour(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    targets = Targets(case.task, 0.7)
    sources = find_sources(case.task, targets)
    whole = make_pairs(targets, sources, 5.0, 1, 3, Rng(1))
    monkeypatch.setattr(blocks, "CELLS", 7 * len(targets.rows))
    small = make_pairs(targets, sources, 5.0, 1, 3, Rng(1))
    assert torch.equal(whole.sources, small.sources)
    assert torch.equal(whole.drawn, small.drawn)


def test_sources_that_can_become_nobody_are_an_error(case: Case) -> None:
    sex = case.task.encoder.schema.index("sex")
    task = replace(case.task, y=case.task.y * (case.task.x[:, sex] == 1))
    # h tells men from women by far: no man is an example for any woman.
    task = replace(task, classifier=_MenOnly(task.classifier, sex))
    targets = Targets(task, None)
    women = task.x[task.x[:, sex] == 0]
    with pytest.raises(RecbenchError, match="can serve as a target for another"):
        make_pairs(targets, women, 5.0, 1000, 4, Rng(0))


def test_the_bins_of_a_pair_are_what_the_person_can_become(case: Case) -> None:
    task = case.task
    bins, targets = Bins.fit(task, 64), Targets(task, None)
    pairs = make_pairs(targets, find_sources(task, targets), 5.0, 1000, 2, Rng(0))
    people = bins.people(pairs.sources, task)
    goals = targets.rows[pairs.drawn[:, 0]]
    said = bins.towards(task.project(goals, pairs.sources), people)
    assert bool(people.allowed.gather(2, said[..., None]).all())
    names = task.encoder.schema.names
    older = goals[:, names.index("age")] >= pairs.sources[:, names.index("age")]
    age = names.index("age")
    assert bool(older.any()) and not bool(older.all())
    assert torch.equal(said[older, age], bins.index(goals)[older, age])
    assert torch.equal(said[~older, age], people.own[~older, age])
    assert torch.equal(said[:, names.index("sex")], people.own[:, names.index("sex")])


def test_held_out_people_are_turned_down_and_leave_the_sources(case: Case) -> None:
    sources = find_sources(case.task, Targets(case.task, 0.7))
    people, others = hold_out(case.task, sources, 20, Rng(0))
    assert len(people) == min(20, int((~case.task.accepts(sources)).sum()) // 10)
    assert not bool(case.task.accepts(people).any())
    together = torch.cat([people, others])
    assert sorted(together.tolist()) == sorted(sources.tolist())


class _Squeezed(Classifier):
    """An h that hardly exceeds the threshold."""

    kind = "squeezed"

    def __init__(self, classifier: Classifier) -> None:
        self.classifier = classifier

    def probability(self, x: torch.Tensor) -> torch.Tensor:
        return 0.4 + 0.2 * self.classifier.probability(x)


class _MenOnly(Classifier):
    """An h that accepts no woman."""

    kind = "men only"

    def __init__(self, classifier: Classifier, sex: int) -> None:
        self.classifier, self.sex = classifier, sex

    def probability(self, x: torch.Tensor) -> torch.Tensor:
        return self.classifier.probability(x) * (x[:, self.sex] == 1)
