from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from recbench.conformance.tasks import Case, mixed, numbers
from recbench.errors import RecbenchError, UsageError
from recbench.method import RecourseMethod, method_class
from recbench.rng import Rng
from recbench.task import RecourseTask
from recbench_methods.common.targets import NO_EXAMPLE
from recbench_methods.genre.genre_plus import GenRePlus
from recbench_methods.genre.method import GenRe
from recbench_methods.genre.rehearsal import doubling, rehearse
from recbench_methods.genre.transformer import LAYERS, TransformerNetwork

QUICK = {"steps": 20, "temperature": 0.5, "batch": 64, "width": 16}


@pytest.fixture(scope="module")
def case() -> Case:
    return mixed("mlp", 40)


def fitted(case: Case, cls: type[GenRe] = GenRe, **params: object) -> GenRe:
    method = cls(**{**QUICK, **params})
    method.fit(case.task, Rng(0))
    return method


def answer(method: GenRe, case: Case) -> torch.Tensor:
    return method.generate(case.factuals, Rng(1).people(case.ids)).counterfactuals


def test_both_cards_lead_to_their_method() -> None:
    assert method_class("genre") is GenRe
    assert method_class("genre-plus") is GenRePlus


def test_more_likely_recourse_after_training(case: Case) -> None:
    before, after = fitted(case, steps=0), fitted(case, steps=100)
    bins = after.bins.index(after.targets.rows)
    assert torch.equal(before.bins.index(before.targets.rows), bins)
    # The same training pairs, scored by both.
    sources = case.factuals
    targets = after.sample(sources, 1, Rng(3).people(case.ids))[:, 0]
    assert after.log_prob(targets, sources).mean() > before.log_prob(targets, sources).mean()
    assert after.loss < fitted(case, steps=5).loss


def test_the_best_draw_by_h_is_returned_and_the_draws_with_it(case: Case) -> None:
    method = fitted(case, draws=6)
    recourse = method.generate(case.factuals, Rng(1).people(case.ids))
    assert recourse.samples is not None and recourse.samples.shape == (40, 6, case.task.dimensions)
    h = case.task.probability(recourse.samples).max(dim=1).values
    assert torch.allclose(case.task.probability(recourse.counterfactuals), h)


@pytest.mark.parametrize("cls", [GenRe, GenRePlus])
def test_a_group_without_an_example_gets_recourse_and_is_told(case: Case, cls: type[GenRe]) -> None:
    sex = case.task.encoder.schema.index("sex")
    women_only = replace(case.task, y=case.task.y * (case.task.x[:, sex] == 0))
    method = fitted(replace(case, task=women_only), cls)
    recourse = method.generate(case.factuals, Rng(1).people(case.ids))
    men = case.factuals[:, sex] == 1
    assert bool(men.any()) and not bool(men.all())
    assert bool(recourse.found.all())
    assert recourse.samples is not None and bool(torch.isfinite(recourse.samples).all())
    assert not bool(case.task.feasible(case.factuals).violations(recourse.counterfactuals).any())
    assert case.task.accepts(recourse.counterfactuals)[men].float().mean() > 0.8
    assert [NO_EXAMPLE in reason for reason in recourse.reasons] == men.tolist()


def test_whoever_only_a_direction_holds_back_is_still_answered(case: Case) -> None:
    # The first person is older than every training row, and nobody grows younger.
    method = fitted(case)
    recourse = method.generate(case.factuals[:1], Rng(1).people(case.ids[:1]))
    assert bool(recourse.found.all())
    assert not bool(case.task.feasible(case.factuals[:1]).violations(recourse.counterfactuals).any())


@pytest.mark.parametrize("cls", [GenRe, GenRePlus])
def test_fewer_training_rows_are_learnt_from(case: Case, cls: type[GenRe]) -> None:
    few, all_ = fitted(case, cls, rows=300), fitted(case, cls)
    assert len(few.task.x) == 300 < len(all_.task.x)
    rows = {tuple(row) for row in case.task.x.tolist()}
    assert all(tuple(row) in rows for row in few.task.x.tolist())
    assert torch.equal(fitted(case, cls, rows=10**6).targets.rows, all_.targets.rows)


def test_no_target_at_all_is_one_clear_line(case: Case) -> None:
    task = replace(case.task, y=torch.zeros_like(case.task.y))
    with pytest.raises(RecbenchError, match="no training row can serve as a target"):
        fitted(replace(case, task=task))


def test_feature_order(case: Case) -> None:
    names = case.task.encoder.schema.names
    assert fitted(case, order="reversed").network.order.tolist() == list(range(len(names)))[::-1]
    shuffled = fitted(case, order="random").network.order.tolist()
    assert sorted(shuffled) == list(range(len(names))) and shuffled != sorted(shuffled)
    assert shuffled == fitted(case, order="random").network.order.tolist()
    own = tuple(sorted(names))
    assert fitted(case, order=own).network.order.tolist() == [names.index(name) for name in own]
    with pytest.raises(UsageError, match="must name every feature once"):
        fitted(case, order=("age", "sex"))


def test_lambda_by_its_own_name() -> None:
    assert GenRe(**{"lambda": 3.0}).params.lambda_ == 3.0
    assert GenRe(**GenRe(**{"lambda": 3.0}).params.plain()).params.lambda_ == 3.0
    with pytest.raises(UsageError, match="genre"):
        GenRe(lamda=3.0)


@pytest.mark.parametrize("cls", [GenRe, GenRePlus])
def test_a_saved_method_answers_the_same(case: Case, cls: type[GenRe], tmp_path: Path) -> None:
    method = fitted(case, cls)
    method.save(tmp_path / "method")
    loaded = RecourseMethod.load(tmp_path / "method")
    assert isinstance(loaded, cls)
    assert torch.equal(answer(loaded, case), answer(method, case))


def test_progress_tells_loss_and_seconds_left(case: Case) -> None:
    method, said = GenRe(steps=30, temperature=1.0, batch=64), []
    method.progress = lambda fraction, text: said.append((fraction, text))
    method.fit(case.task, Rng(0))
    fractions = [fraction for fraction, _ in said]
    assert fractions == sorted(fractions) and fractions[-1] == 1.0
    assert all("loss" in text and "s left" in text for _, text in said[1:])


def test_the_rehearsal_keeps_the_best_state_and_stops() -> None:
    network = torch.nn.Linear(1, 1)
    worth = {30: 1.0, 60: 3.0, 120: 2.0, 240: 9.0}
    done = []

    def train(steps: int) -> float:
        done.append(steps)
        network.weight.data.fill_(sum(done))
        return -float(sum(done))

    best = rehearse(
        network,  # type: ignore[arg-type]
        train,
        lambda temperature: worth[sum(done)] - abs(temperature - 0.2),
        list(doubling(30, 480)),
        (0.1, 0.2, 0.4),
    )
    assert done == [30, 30, 60]
    assert (best.steps, best.temperature, best.utility, best.loss) == (60, 0.2, 3.0, -60.0)
    assert best.network.weight.item() == 60.0  # type: ignore[operator]


def test_doubling_ends_where_it_should() -> None:
    assert list(doubling(30, 480)) == [30, 30, 60, 120, 240]
    assert list(doubling(30, 100)) == [30, 30, 40]
    assert list(doubling(50, 20)) == [20]
    assert list(doubling(50, 50)) == [50]


def test_what_is_given_is_not_rehearsed(case: Case) -> None:
    method = GenRe(first_steps=8, most_steps=16, batch=64)
    method.fit(case.task, Rng(0))
    assert method.steps in (8, 16) and method.temperature in (0.05, 0.1, 0.2, 0.4, 0.8)
    method = GenRe(temperature=0.3, first_steps=4, most_steps=4, batch=64)
    method.fit(case.task, Rng(0))
    assert method.temperature == 0.3
    method = GenRe(steps=5, batch=64)
    method.fit(case.task, Rng(0))
    assert method.steps == 5


def test_plus_is_cheaper_and_no_less_accepted(case: Case) -> None:
    plain, plus = fitted(case), fitted(case, GenRePlus)
    first, second = answer(plain, case), answer(plus, case)
    task = case.task
    assert task.accepts(second).sum() >= task.accepts(first).sum()
    assert task.cost(case.factuals, second).mean() < task.cost(case.factuals, first).mean()


def test_the_transformer_trains_and_draws() -> None:
    case = numbers("mlp", 3)
    method = fitted(case, network="transformer", steps=1, batch=8, draws=2, bins=8)
    assert isinstance(method.network, TransformerNetwork)
    assert len(method.network.encoder.layers) == len(method.network.decoder.layers) == LAYERS == 16
    assert answer(method, case).shape == case.factuals.shape
    assert method.loss > 0


@pytest.mark.parametrize("cls", [GenRe, GenRePlus])
def test_the_old_name_of_the_transformer_leads_to_the_new_one(cls: type[GenRe]) -> None:
    with pytest.raises(UsageError, match=r"network = 'paper': it is not the paper's.*'transformer'"):
        cls(network="paper")
    assert cls(network="transformer").params.network == "transformer"


class Shallow(GenRe):
    """The transformer with one layer instead of sixteen."""

    def _network(self, task: RecourseTask, answers: Tensor, rng: Rng) -> TransformerNetwork:
        return TransformerNetwork(task.dimensions, self.bins.size, torch.arange(task.dimensions), layers=1)


def test_the_transformer_learns() -> None:
    case = numbers("mlp", 10)
    losses = []
    for steps in (5, 40):
        method = Shallow(steps=steps, temperature=1.0, batch=64, learning_rate=3e-3)
        method.fit(case.task, Rng(0))
        losses.append(method.loss)
    assert losses[1] < losses[0] - 0.2
