from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings, strategies as st
from torch import Tensor, nn

from recbench.classifiers.base import TorchClassifier
from recbench.conformance.tasks import mixed
from recbench.data.encoding import Encoder
from recbench.data.schema import Feature, Schema, Target
from recbench.rng import Rng
from recbench.task import RecourseTask
from recbench.threads import limited_to
from recbench_methods.common.mixed import MixedRows
from recbench_methods.common.params import VaeParams
from recbench_methods.common.training import train
from recbench_methods.common.vae import Normal, Vae, immutable, train_vae

SMALL = VaeParams(latent=4, width=32, vae_steps=1500)

TEAMS = Schema(
    features=(
        Feature(name="team", kind="categorical", categories=("a", "b", "c"), immutable=True),
        Feature(name="rank", kind="ordinal", categories=("low", "middle", "high")),
        Feature(name="points", kind="integer"),
        Feature(name="height", kind="continuous"),
    ),
    target=Target(name="won", favourable=(1,)),
)


def silent(fraction: float, text: str) -> None:
    """Nobody watches."""


def teams(rows: int = 1200) -> RecourseTask:
    """Rank is the team's, points follow a hidden skill, height follows the points."""
    rng = np.random.default_rng(0)
    team, skill = rng.integers(0, 3, rows), rng.normal(0, 1, rows)
    frame = pd.DataFrame(
        {
            "team": np.array(["a", "b", "c"])[team],
            "rank": np.array(["low", "middle", "high"])[team],
            "points": np.clip(np.round(10 + 4 * skill), 0, 20).astype(int),
            "height": 1.7 + 0.1 * skill + 0.01 * rng.normal(0, 1, rows),
        }
    )
    encoder = Encoder.fit(TEAMS, frame)
    x = encoder.encode(frame)
    return RecourseTask(encoder, x, torch.from_numpy(team % 2), TorchClassifier(nn.Flatten(0), "none"))


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    with limited_to(1):
        yield


@pytest.fixture(scope="module")
def task() -> RecourseTask:
    return teams()


@pytest.fixture(scope="module")
def vae(task: RecourseTask) -> Vae:
    return train_vae(task, SMALL, Rng(0), silent, immutable(task))


def reconstruction_error(vae: Vae, x: Tensor) -> Tensor:
    return (vae.decode(vae.encode(x).mean, x) - x).abs().mean(dim=0)


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 10_000), scale=st.sampled_from([0.1, 1.0, 20.0]))
def test_probabilities_of_all_values_of_a_row_add_up_to_one(seed: int, scale: float) -> None:
    encoder = teams(50).encoder
    layout = MixedRows(encoder, [0, 2])
    raw = scale * torch.randn(layout.outputs, generator=Rng(seed).torch(), dtype=torch.float64)
    steps = int(encoder.grid[2])
    x = torch.zeros(3 * (steps + 1), 4, dtype=torch.float64)
    x[:, 0] = torch.arange(3).repeat_interleave(steps + 1) / 2
    x[:, 2] = torch.arange(steps + 1).repeat(3) / steps
    each = layout.double().log_likelihood(raw.expand(len(x), -1), x)
    assert each.max() <= 1e-9
    assert float(each.exp().sum()) == pytest.approx(1, abs=1e-6)


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 10_000), scale=st.sampled_from([0.1, 1.0, 20.0]))
def test_rows_are_written_with_the_likeliest_category_and_the_median_number(seed: int, scale: float) -> None:
    encoder = teams(50).encoder
    layout = MixedRows(encoder, [0, 2]).double()
    raw = scale * torch.randn(layout.outputs, generator=Rng(seed).torch(), dtype=torch.float64)
    steps = int(encoder.grid[2])
    x = torch.zeros(3, steps + 1, 4, dtype=torch.float64)
    x[..., 0] = torch.arange(3)[:, None] / 2
    x[..., 2] = torch.arange(steps + 1) / steps
    share = layout.log_likelihood(raw.expand(3, steps + 1, -1), x).exp()
    written = layout.write(raw, x[0, 0])
    assert written[0] == share.sum(dim=1).argmax() / 2
    below = share.sum(dim=0).cumsum(dim=0)
    median = int((below < 0.5).sum())
    assert abs(float(written[2]) * steps - median) <= 0.5 + 1e-6


def test_a_feature_that_is_not_modelled_is_left_alone(task: RecourseTask) -> None:
    layout = MixedRows(task.encoder, [1, 3])
    raw = torch.randn(5, 7, layout.outputs, generator=Rng(1).torch())
    for rows in (layout.write(raw, task.x[:5, None]), layout.write_softly(raw, task.x[:5, None])):
        assert rows.shape == (5, 7, 4)
        assert torch.equal(rows[..., [0, 2]], task.x[:5, None, [0, 2]].expand(-1, 7, -1))


def test_soft_rows_have_a_gradient_where_hard_ones_are_cut_off(task: RecourseTask) -> None:
    layout = MixedRows(task.encoder, [0, 1, 2, 3])
    raw = (3 * torch.randn(20, layout.outputs, generator=Rng(1).torch())).requires_grad_()
    soft, hard = layout.write_softly(raw, task.x[:20]), layout.write(raw, task.x[:20])
    assert (soft[:, 3] != hard[:, 3]).any(), "no place outside [0, 1]: the test shows nothing"
    soft.sum().backward()
    assert raw.grad is not None
    logits, place, spread = raw.grad.split([6, 2, 2], dim=1)
    assert (place == 1).all()
    assert (spread == 0).all()
    assert (logits.abs().sum(dim=1) > 0).all()


def test_divergence_of_normal_distributions_is_torchs() -> None:
    first, second = (Normal(*torch.randn(2, 6, 3, generator=Rng(seed).torch())) for seed in (1, 2))
    theirs = [torch.distributions.Normal(normal.mean, normal.log_std.exp()) for normal in (first, second)]
    wanted = torch.distributions.kl_divergence(*theirs).sum(dim=-1)
    torch.testing.assert_close(first.divergence(second), wanted)
    standard = torch.distributions.Normal(0.0, 1.0)
    wanted = torch.distributions.kl_divergence(theirs[0], standard).sum(dim=-1)
    torch.testing.assert_close(first.divergence(), wanted)


def test_it_reconstructs(task: RecourseTask, vae: Vae) -> None:
    spread = (task.x - task.x.median(dim=0).values).abs().mean(dim=0)
    error = reconstruction_error(vae, task.x)
    assert (error[[2, 3]] < 0.35 * spread[[2, 3]]).all()


def test_it_does_not_collapse(task: RecourseTask, vae: Vae) -> None:
    """Burda et al. 2016: a latent unit is active where the variance of its mean over rows is above 0.01."""
    assert int((vae.encode(task.x).mean.var(dim=0) > 0.01).sum()) >= 1
    z = torch.randn(300, vae.latent, generator=Rng(5).torch())
    drawn = vae.decode(z, task.x[:300])
    assert len(drawn.unique(dim=0)) > 150
    # What is drawn looks like the table: points and height still go together.
    assert float(torch.corrcoef(drawn[:, [2, 3]].T)[0, 1]) > 0.8


def test_a_heavy_divergence_does_collapse_it(task: RecourseTask) -> None:
    """The fault that others have is caught by what the last test looks at."""
    heavy = train_vae(task, SMALL.model_copy(update={"kl_weight": 50.0, "vae_steps": 300}), Rng(0), silent)
    assert int((heavy.encode(task.x).mean.var(dim=0) > 0.01).sum()) == 0


def test_it_heeds_the_condition(task: RecourseTask, vae: Vae) -> None:
    z = torch.randn(200, vae.latent, generator=Rng(5).torch())
    for team in (0.0, 0.5, 1.0):
        x = task.x[:200].clone()
        x[:, 0] = team
        drawn = vae.decode(z, x)
        assert (drawn[:, 0] == team).all()
        assert ((drawn[:, 1] - team).abs() < 1e-6).float().mean() > 0.95


def test_without_conditions_everything_is_written(task: RecourseTask) -> None:
    free = train_vae(task, SMALL.model_copy(update={"vae_steps": 600}), Rng(0), silent)
    z = torch.randn(200, free.latent, generator=Rng(5).torch())
    drawn = free.decode(z, task.x[:1].expand(200, -1))
    assert len(drawn[:, 0].unique()) == 3


def test_the_seed_decides_and_the_global_state_does_not(task: RecourseTask) -> None:
    few = SMALL.model_copy(update={"vae_steps": 40})
    first = train_vae(task, few, Rng(3), silent)
    with Rng(9).globally():
        again = train_vae(task, few, Rng(3), silent)
    other = train_vae(task, few, Rng(4), silent)
    weight, same, another = (vae.decoder.state_dict()["0.weight"] for vae in (first, again, other))
    assert torch.equal(weight, same)
    assert not torch.equal(weight, another)


def test_training_stops_when_the_rows_held_out_gain_nothing() -> None:
    class Stuck(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.ones(1))

    seen: list[float] = []
    module = Stuck()
    train(
        module,
        lambda x, kl_weight, noise: 0 * x.sum(dim=1) * module.weight,
        torch.rand(100, 2),
        VaeParams(vae_steps=300, batch=10, vae_learning_rate=0.1, kl_weight=1.0, warm_up=0.3),
        Rng(0),
        lambda fraction, text: seen.append(fraction),
    )
    assert 0.3 < max(seen) < 0.6
    assert not module.weight.requires_grad


def test_the_weights_that_were_best_on_the_rows_held_out_are_kept() -> None:
    class Drifts(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.zeros(1))

    module = Drifts()

    def loss(x: Tensor, kl_weight: float, noise: torch.Generator) -> Tensor:
        # Training pulls the weight up; the held-out loss, which has no gradient, is best at 1.
        pull = -module.weight if module.training else (module.weight - 1).abs()
        return pull * torch.ones(len(x))

    best = train(
        module,
        loss,
        torch.rand(100, 2),
        VaeParams(vae_steps=200, batch=10, vae_learning_rate=0.05, kl_weight=1.0, warm_up=0.0),
        Rng(0),
        silent,
    )
    assert float(module.weight) == pytest.approx(1, abs=0.4)
    assert best == pytest.approx(abs(float(module.weight) - 1), abs=1e-6)


def test_constant_columns_and_people_outside_the_training_range_are_no_trouble() -> None:
    case = mixed("mlp", 30)
    vae = train_vae(
        case.task, SMALL.model_copy(update={"vae_steps": 60}), Rng(0), silent, immutable(case.task)
    )
    rows = vae.decode(vae.encode(case.factuals).mean, case.factuals)
    assert torch.isfinite(rows).all()
    few = replace(case.task, x=case.task.x[:3])
    tiny = train_vae(few, SMALL.model_copy(update={"vae_steps": 5}), Rng(0), silent)
    assert torch.isfinite(tiny.decode(tiny.encode(few.x).mean, few.x)).all()
