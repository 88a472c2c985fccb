"""Growing Spheres for all people in one batch (Laugel et al. 2017)."""

from __future__ import annotations

import torch
from torch import Tensor

from recbench.method import Recourse, RecourseMethod
from recbench.rng import PeopleRng
from recbench.task import TOLERANCE, Feasible, RecourseTask
from recbench_methods.growing_spheres import card
from recbench_methods.growing_spheres.params import GrowingSpheresParams

_CELLS = 2_000_000
"""Numbers of one layer held at once (8 MB): people are taken in blocks of this size."""

_SMALLEST = 1e-4
"""The first ball is not halved below this radius: people so near the boundary need no closer point."""


class GrowingSpheres(RecourseMethod[GrowingSpheresParams]):
    """Generation (Algorithm 1), then feature selection (Algorithm 2).

    The layers lie in the space of the features a person can change. A drawn point is moved into the
    person's bounds and snapped to their steps before anybody judges it.
    """

    card = card

    def generate(self, factuals: Tensor, rng: PeopleRng) -> Recourse:
        """Return the closest accepted point found for each of (n, d) people, else the one h likes best."""
        p, task = self.params, self.task
        size = max(1, _CELLS // (p.samples * task.dimensions))
        parts = [factuals[:0]]
        for start in range(0, len(factuals), size):
            rows = slice(start, start + size)
            parts.append(self._recourse(factuals[rows], rng.of(rows)))
            self.progress(min(1.0, (start + size) / len(factuals)), "growing spheres")
        return Recourse.of(torch.cat(parts), task)

    @torch.no_grad()
    def _recourse(self, people: Tensor, rng: PeopleRng) -> Tensor:
        p, task = self.params, self.task
        search = _Search(task, people, p.step)
        directions = draw_directions(search.feasible, p.samples, rng.stream("directions"))
        for number in range(p.layers):
            rows = search.unfinished()
            if len(rows) == 0:
                break
            search.look(rows, directions[rows], rng.of(rows).stream("layer", number))
        return fewest_changes(task, people, search.points) if p.sparsity else search.points


class _Search:
    """Algorithm 1 for n people, each with their own ball or layer.

    Attributes:
        points: (n, d) the closest accepted point drawn so far; until there is one, that of highest h.
        distance: (n,) its L2 distance; infinite until a point is accepted.
        eta: (n,) width of a layer.
        inner: (n,) inner radius of the next layer.
        growing: (n,) whether the ball around the person has become small enough to hold no accepted point.
    """

    def __init__(self, task: RecourseTask, people: Tensor, step: float) -> None:
        self.task = task
        self.feasible = task.feasible(people)
        self.points = people.clone()
        self.highest = task.probability(people)
        accepted = self.highest > task.threshold
        self.distance = torch.where(accepted, 0.0, torch.inf)
        self.eta = torch.full_like(self.distance, step)
        self.inner = torch.zeros_like(self.distance)
        self.growing = torch.zeros_like(accepted)
        reach = torch.maximum(self.feasible.upper - people, people - self.feasible.lower)
        self.reach = reach.norm(dim=1)

    def unfinished(self) -> Tensor:
        """Return the rows of those who still look: within reach, and nearer than what they have."""
        nearer = self.inner < torch.minimum(self.distance, self.reach)
        return (nearer & (self.distance > 0)).nonzero().squeeze(1)

    def look(self, rows: Tensor, directions: Tensor, rng: PeopleRng) -> None:
        """Draw one ball or layer for each of ``rows`` (m,) and decide where to look next."""
        feasible, inner, eta = self.feasible.of(rows), self.inner[rows], self.eta[rows]
        drawn = feasible.project(draw_layer(feasible, directions, inner, inner + eta, rng))
        h = self.task.probability(drawn)
        apart = (drawn - feasible.origin[:, None]).norm(dim=2)
        apart = torch.where(h > self.task.threshold, apart, torch.inf)
        nearest, at = apart.min(dim=1)
        found = nearest.isfinite()
        self._keep(rows, drawn, h, nearest, at)
        # The first ball is halved until it holds no accepted point (steps 2 to 5); from then on layers grow.
        shrinks = ~self.growing[rows] & found & (eta > _SMALLEST)
        self.growing[rows] = ~shrinks
        self.eta[rows] = torch.where(shrinks, eta / 2, eta)
        outward = torch.where(found, torch.inf, inner + eta)
        self.inner[rows] = torch.where(shrinks, 0.0, outward)

    def _keep(self, rows: Tensor, drawn: Tensor, h: Tensor, nearest: Tensor, at: Tensor) -> None:
        closer = nearest < self.distance[rows]
        highest, best = h.max(dim=1)
        likelier = self.distance[rows].isinf() & nearest.isinf() & (highest > self.highest[rows])
        chosen = drawn[torch.arange(len(rows), device=rows.device), torch.where(closer, at, best)]
        self.points[rows] = torch.where((closer | likelier)[:, None], chosen, self.points[rows])
        self.distance[rows] = torch.where(closer, nearest, self.distance[rows])
        self.highest[rows] = torch.where(likelier, highest, self.highest[rows])


def draw_directions(feasible: Feasible, samples: int, rng: PeopleRng) -> Tensor:
    """Return (n, samples, d) unit vectors, uniform among those that change only what a person can change."""
    drawn = rng.normal(samples, feasible.lower.shape[1]) * feasible.movable[:, None, :]
    unit: Tensor = drawn / drawn.norm(dim=2, keepdim=True).clamp(min=TOLERANCE)
    return unit


def draw_layer(
    feasible: Feasible, directions: Tensor, inner: Tensor, outer: Tensor, rng: PeopleRng
) -> Tensor:
    """Return (n, samples, d) points uniform in the spherical layer around each person (Section 3.2).

    Args:
        feasible: of the n people.
        directions: (n, samples, d) unit vectors. Each layer gives every coordinate a new sign, which
            leaves them uniform and costs a tenth of drawing them anew.
        inner: (n,) inner radius, L2 in encoded units.
        outer: (n,) outer radius.
        rng: of the n people.
    """
    dimensions = feasible.movable.sum(dim=1, keepdim=True).clamp(min=1)
    # Uniform in volume: in D dimensions the D-th power of the radius is uniform. Relative to the outer
    # radius, so that no power underflows.
    hollow = (inner / outer)[:, None] ** dimensions
    share = (hollow + rng.uniform(directions.shape[1]) * (1 - hollow)) ** (1 / dimensions)
    radius = (share * outer[:, None])[..., None]
    return feasible.origin[:, None, :] + _flipped(directions, rng) * radius


def _flipped(directions: Tensor, rng: PeopleRng) -> Tensor:
    """Return ``directions`` (n, samples, d) with a random sign for every coordinate: one bit each."""
    samples, d = directions.shape[1:]
    place = torch.arange(d, device=directions.device)
    words = rng.bits(samples, -(-d // 64))[..., place // 64]
    return torch.where((words >> place % 64) & 1 == 0, directions, -directions)


@torch.no_grad()
def fewest_changes(task: RecourseTask, people: Tensor, points: Tensor) -> Tensor:
    """Return the points with their smallest changes undone while they stay accepted (Algorithm 2).

    Args:
        task: says what is accepted.
        people: (n, d) whom the points belong to.
        points: (n, d); those that are not accepted come back as they are.
    """
    points = points.clone()
    rows = task.accepts(points).nonzero().squeeze(1)
    for _ in range(people.shape[1]):
        change = (points[rows] - people[rows]).abs()
        smallest, feature = torch.where(change > TOLERANCE, change, torch.inf).min(dim=1)
        changed = smallest.isfinite()
        rows, feature = rows[changed], feature[changed]
        fewer = points[rows].scatter(1, feature[:, None], people[rows].gather(1, feature[:, None]))
        # The first change that is needed ends the person's selection, as in the paper.
        stays = task.accepts(fewer)
        rows = rows[stays]
        points[rows] = fewer[stays]
        if len(rows) == 0:
            break
    return points
