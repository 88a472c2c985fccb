"""The one training loop: how many steps, on which batches, and when it stops."""

from __future__ import annotations

import itertools

import pytest
import torch
from torch import Tensor, nn

from recbench.classifiers.training import one_cycle, passes


def descent(steps: int, start: float = 1.0, **words: object) -> tuple[Tensor, list[tuple[int, float]]]:
    """Minimise the square of one number; return it, and what was told after each step."""
    value, told = nn.Parameter(torch.tensor(start)), []

    def done(step: int, loss: Tensor) -> bool:
        assert not loss.requires_grad
        told.append((step, float(loss)))
        return step == words.get("stop")

    one_cycle(
        torch.optim.SGD([value], lr=0.1),
        lambda scale: scale * value.square(),
        itertools.repeat(1.0),
        steps=steps,
        longest=words.get("longest"),  # type: ignore[arg-type]
        done=done,
    )
    return value.detach(), told


@pytest.mark.parametrize("steps", [0, 1, 2, 50])
def test_as_many_steps_as_asked_for_and_each_is_told(steps: int) -> None:
    value, told = descent(steps)
    assert [step for step, _ in told] == list(range(1, steps + 1))
    assert (float(value) < 1.0) == (steps > 0)
    assert not told or told[0][1] == 1.0


def test_it_stops_when_it_is_told_to() -> None:
    assert len(descent(50, stop=7)[1]) == 7


def test_no_more_batches_are_taken_than_steps_are_made() -> None:
    value, batches = nn.Parameter(torch.tensor(1.0)), iter(range(1, 10))
    for _ in range(2):
        one_cycle(torch.optim.SGD([value], lr=0.01), lambda scale: scale * value, batches, steps=3)
    assert next(batches) == 7


def test_the_step_size_rises_to_the_optimisers_and_falls() -> None:
    value, sizes = nn.Parameter(torch.tensor(1.0)), []
    optimizer = torch.optim.Adam([value], lr=0.5)

    def loss(batch: float) -> Tensor:
        sizes.append(optimizer.param_groups[0]["lr"])
        return batch * value

    one_cycle(optimizer, loss, itertools.repeat(1.0), steps=100)
    assert max(sizes) == pytest.approx(0.5)
    assert sizes[0] < 0.1 and sizes[-1] < 0.001
    assert 10 < sizes.index(max(sizes)) < 50


def test_a_gradient_is_no_longer_than_asked_for() -> None:
    free, short = (descent(1, start=100.0, longest=longest)[0] for longest in (None, 1.0))
    # The gradient is 200.
    assert float((100 - free) / (100 - short)) == pytest.approx(200, rel=1e-3)


def test_every_row_comes_once_in_a_pass() -> None:
    drawn = passes(10, 4, torch.Generator().manual_seed(0))
    for _ in range(3):
        parts = [next(drawn) for _ in range(3)]
        assert [len(part) for part in parts] == [4, 4, 2]
        assert sorted(torch.cat(parts).tolist()) == list(range(10))
