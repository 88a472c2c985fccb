"""Rehearsal: how long to train, and how boldly to draw, judged on people held out of the training rows.

Likelihood cannot choose these: it keeps improving while recourse gets worse, because the model
learns single targets by heart. So the recourse itself is judged, by a second opinion.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from recbench_methods.genre.network import Network


@dataclass(frozen=True)
class Choice:
    """What the rehearsal settled on.

    Attributes:
        network: as it was after ``steps``.
        steps: optimiser steps.
        temperature: tau.
        utility: mean over the held-out people, of :class:`recbench_methods.genre.selection.Utility`.
        loss: of the last cycle, in nats per recourse.
    """

    network: Network
    steps: int
    temperature: float
    utility: float
    loss: float


def rehearse(
    network: Network,
    train: Callable[[int], float],
    utility: Callable[[float], float],
    cycles: Sequence[int],
    temperatures: Sequence[float],
) -> Choice:
    """Train in cycles, judge after each, and return the best state seen.

    The first cycle without a better recourse is the last: cycles double, so that one more would take as
    long as all before. Each anneals its learning rate to nothing, so that every state judged is a
    finished one (Huang et al. 2017, "Snapshot ensembles").

    Args:
        network: trained in place.
        train: trains for a number of steps and returns the loss.
        utility: of the recourse drawn at a temperature, with the network as it is.
        cycles: steps of each cycle; a cycle of 0 judges the untrained network.
        temperatures: those to try.
    """
    best, done = None, 0
    for steps in cycles:
        loss = train(steps)
        done += steps
        worth, temperature = max((utility(value), value) for value in temperatures)
        if best is not None and worth <= best.utility:
            break
        best = Choice(copy.deepcopy(network), done, temperature, worth, loss)
    assert best is not None
    return best


def doubling(first: int, last: int) -> Iterator[int]:
    """Yield the steps of cycles that end at ``first``, 2 ``first``, 4 ``first``, ..., ``last`` steps."""
    done = 0
    for power in range(max(1, math.ceil(math.log2(max(1.0, last / first))) + 1)):
        target = min(first * 2**power, last)
        yield target - done
        done = target
