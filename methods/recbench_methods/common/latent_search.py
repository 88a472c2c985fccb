"""Gradient search among the latent points of a generative model, for many people at once.

A latent point is judged by what it decodes to, projected onto what is feasible for the person. The
loss looks at that row too, and its gradient passes through the rounding as if it were not there
(straight-through estimator, Bengio et al. 2013, "Estimating or propagating gradients through stochastic
neurons", Section 4).

Two networks compute in float64, for the reason given in :mod:`recbench_methods.common.precise`.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from recbench.method import Progress, Recourse
from recbench.task import Feasible, RecourseTask
from recbench_methods.common.gradient_search import Found, PerRow, Step, cost_from, search
from recbench_methods.common.mixed import MixedRows
from recbench_methods.common.params import LatentSearchParams
from recbench_methods.common.precise import precise
from recbench_methods.common.vae import Vae


@dataclass(frozen=True)
class LatentPoints:
    """What latent points stand for; a space in which :func:`search` can move.

    Attributes:
        raw: the decoder, in float64: of latent points (m, l) or (m, k, l) and the positions (m,) of their
            people, what it writes, (m, outputs) or (m, k, outputs).
        layout: how that is read, in float64.
        feasible: of the m people.
        rows: (m,) their positions.
    """

    raw: PerRow
    layout: MixedRows
    feasible: Feasible
    rows: Tensor

    @property
    def origin(self) -> Tensor:
        """(m, d) the people themselves."""
        return self.feasible.origin

    def of(self, stay: Tensor) -> LatentPoints:
        """Return the same for some of the people."""
        return LatentPoints(self.raw, self.layout, self.feasible.of(stay), self.rows[stay])

    def clamp(self, z: Tensor) -> Tensor:
        """Return ``z``: the latent space has no bounds."""
        return z

    @torch.no_grad()
    def project(self, z: Tensor) -> Tensor:
        """Return the feasible rows (m, d) or (m, k, d), float32, that ``z`` stands for."""
        return self._snapped(self.raw(z.double(), self.rows), self._people(z))

    def rows_of(self, z: Tensor) -> Tensor:
        """Return the same rows in float64, differentiable in ``z`` where a person can change."""
        raw, people = self.raw(z.double(), self.rows), self._people(z)
        hard = self._snapped(raw.detach(), people).double()
        soft = self.layout.write_softly(raw, people.double())
        return torch.where(_beside(self.feasible.movable, z), soft + (hard - soft).detach(), hard)

    def _people(self, z: Tensor) -> Tensor:
        return _beside(self.feasible.origin, z)

    def _snapped(self, raw: Tensor, people: Tensor) -> Tensor:
        return self.feasible.project(self.layout.write(raw, people.double()).float())


def _beside(people: Tensor, z: Tensor) -> Tensor:
    """(m, d), or (m, 1, d) where each person has several latent points."""
    return people if z.dim() == people.dim() else people[:, None]


def search_latent(
    task: RecourseTask,
    factuals: Tensor,
    raw: PerRow,
    layout: MixedRows,
    start: Tensor,
    loss: PerRow,
    params: LatentSearchParams,
    progress: Progress,
    *,
    betas: tuple[float, float] = (0.9, 0.999),
) -> Found:
    """Follow the gradient of ``loss`` through the decoder; return the cheapest accepted row of each person.

    Args:
        task: for feasibility, cost and the classifier.
        factuals: (n, d) people.
        raw: the decoder, see :class:`LatentPoints`.
        layout: how its outputs are read.
        start: (n, l) or (n, k, l) latent points to begin with.
        loss: of rows (m, d) or (m, k, d), float64, and the positions of their people; differentiable.
        params: of the steps.
        progress: told the share done and a few words.
        betas: of Adam; (0, b) makes it RMSprop with its start corrected.
    """
    everyone, h = torch.arange(len(factuals), device=factuals.device), precise(task)
    points = LatentPoints(raw, layout, task.feasible(factuals), everyone)
    staying = points

    def latent_loss(z: Tensor, rows: Tensor) -> Tensor:
        nonlocal staying
        # People only ever leave: as many rows are the same rows.
        if len(rows) != len(staying.rows):
            staying = points.of(rows)
        return loss(staying.rows_of(z), rows)

    def finished(step: Step) -> Tensor:
        waited = step.stalled >= params.patience
        return waited if waited.dim() == 1 else waited.all(dim=1)

    return search(
        points,
        start.float(),
        latent_loss,
        lambda found, rows: h(found).float() - task.threshold,
        cost_from(task, factuals),
        finished,
        steps=params.steps,
        learning_rate=params.learning_rate,
        betas=betas,
        progress=lambda done: progress(done, "searching"),
    )


def search_from_encodings(
    task: RecourseTask,
    factuals: Tensor,
    vae: Vae,
    loss: PerRow,
    params: LatentSearchParams,
    progress: Progress,
) -> Recourse:
    """Search the latent space of an autoencoder, from the encodings of (n, d) people.

    Args:
        task: for feasibility, cost and the classifier.
        factuals: the people.
        vae: computes in float64.
        loss: of rows (m, d), float64, and the positions of their people; differentiable.
        params: of the steps.
        progress: told the share done and a few words.

    Returns:
        The cheapest accepted decoding of each person, else the one that the classifier likes best.
    """
    people = factuals.double()
    found = search_latent(
        task,
        factuals,
        lambda z, rows: vae.raw(z, people[rows]),
        vae.modelled,
        vae.encode(people).mean,
        loss,
        params,
        progress,
    )
    return Recourse.of(found.points, task)
