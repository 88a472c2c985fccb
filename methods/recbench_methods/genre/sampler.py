"""Drawing recourse: all draws of all people in one batch, one feature after another."""

from __future__ import annotations

import torch
from torch import Tensor

from recbench.rng import PeopleRng
from recbench.task import RecourseTask
from recbench_methods.genre.bins import Bins, People
from recbench_methods.genre.network import Network, masked

_ROWS = 8192
"""Draws in one batch; bounds memory, changes no draw."""


@torch.no_grad()
def sample(
    network: Network,
    bins: Bins,
    task: RecourseTask,
    factuals: Tensor,
    k: int,
    temperature: float,
    sigma: float,
    rng: PeopleRng,
) -> Tensor:
    """Return (n, k, d) feasible recourses, drawn from the network.

    Bins that are infeasible for a person are masked before the draw, so nothing infeasible can be drawn.

    Args:
        network: the conditional model.
        bins: its alphabet.
        task: for feasibility.
        factuals: (n, d) encoded people.
        k: draws per person; the first k of more draws are the same draws.
        temperature: logits are divided by it: below 1 the draws keep to the likeliest bins.
        sigma: standard deviation of the noise on a changed number, in encoded units.
        rng: the people's streams.
    """
    n, d = factuals.shape
    numeric = torch.tensor(task.encoder.levels, device=factuals.device) == 0
    parts = [factuals.new_empty((0, k, d))]
    for rows in torch.arange(n, device=factuals.device).split(max(1, _ROWS // k)):
        x, streams = factuals[rows], rng.of(rows)
        feasible = task.feasible(x)
        people = bins.people(x, task, feasible)
        drawn = draw_bins(network, people, k, temperature, streams.stream("bins").uniform(k, d))
        value = bins.draw(drawn, people, feasible, streams.stream("values").uniform(k, d))
        if sigma > 0:
            moved = (drawn != people.own[:, None]) & numeric
            value = value + sigma * moved * streams.stream("noise").normal(k, d)
        parts.append(feasible.project(value))
    return torch.cat(parts)


def draw_bins(network: Network, people: People, k: int, temperature: float, uniform: Tensor) -> Tensor:
    """Return (n, k, d) int64 bins, each feature's distribution inverted at ``uniform`` (n, k, d)."""
    n, d = people.x.shape
    prior = network.prior(people)
    drawn = torch.empty((n, k, d), dtype=torch.int64, device=people.x.device)
    state = network.start(people, k)
    for j in network.order.tolist():
        logits = network.logits(state, j).unflatten(0, (n, k))
        if prior is not None:
            logits = logits + prior[:, None, j]
        share = torch.softmax(masked(logits, people.allowed[:, None, j]) / temperature, dim=-1)
        below = share.cumsum(dim=-1)
        # The first bin whose cumulative share exceeds u; a masked bin adds nothing and is never the first.
        u = uniform[..., j : j + 1] * below[..., -1:]
        last = (share > 0).long().cumsum(dim=-1).argmax(dim=-1)
        drawn[..., j] = torch.minimum((below <= u).sum(dim=-1), last)
        state = network.push(state, j, drawn[..., j].reshape(-1))
    return drawn
