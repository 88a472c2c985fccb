"""CRUDS (Downs et al. 2020), for all people in one batch."""

from __future__ import annotations

import torch
from torch import Tensor

from recbench.method import Recourse, RecourseMethod
from recbench.rng import PeopleRng, Rng
from recbench.task import RecourseTask
from recbench_methods.common.choice import best_place, taken
from recbench_methods.common.gradient_search import PerRow
from recbench_methods.common.latent_search import LatentPoints, search_latent
from recbench_methods.common.losses import target_loss
from recbench_methods.common.precise import precise_logit
from recbench_methods.common.training import train
from recbench_methods.cruds import card
from recbench_methods.cruds.csvae import Csvae
from recbench_methods.cruds.params import CrudsParams


class Cruds(RecourseMethod[CrudsParams]):
    """Change only w, the part of a person's latent code that goes with the class, and keep z, the rest.

    The classes are the classifier's decisions on the training rows. Each person's search minimises the
    cross-entropy to the target class plus lambda * |x' - x|^2 over w. One search begins at
    the person's own w, another at the best of some draws from the target class's prior, which may be of
    another kind. What is not feasible is projected away; of all decodings that the classifier then
    accepts, the cheapest is the recourse.
    """

    card = card

    def fit(self, task: RecourseTask, rng: Rng) -> None:
        """Train the conditional subspace autoencoder on the training rows and the classifier's decisions."""
        super().fit(task, rng)
        p = self.params
        with rng.stream("weights").globally():
            csvae = Csvae(task.encoder, p.latent, p.subspace, p.width, p.disentangle).to(task.device)
        decisions = task.accepts(task.x).to(task.x.dtype)

        def loss(rows: Tensor, kl_weight: float, noise: torch.Generator) -> Tensor:
            return csvae.loss(rows[:, :-1], rows[:, -1].long(), kl_weight, noise)

        train(csvae, loss, torch.cat([task.x, decisions[:, None]], dim=1), p, rng, self.progress)
        self.vae = csvae.double()

    def generate(self, factuals: Tensor, rng: PeopleRng) -> Recourse:
        """Return the cheapest accepted decoding for each of (n, d) people, else the one h likes best."""
        p, task, csvae = self.params, self.task, self.vae
        logit, people = precise_logit(task), factuals.double()
        kept, own = csvae.encode(people, task.accepts(factuals).long())

        def raw(w: Tensor, rows: Tensor) -> Tensor:
            return csvae.raw(kept.mean[rows][:, None], w)

        def loss(x: Tensor, rows: Tensor) -> Tensor:
            squared = (x - people[rows][:, None]).square().sum(dim=-1)
            total: Tensor = target_loss(logit(x)) + p.lambda_ * squared
            return total

        found = search_latent(
            task,
            factuals,
            raw,
            csvae.modelled,
            torch.cat([own.mean[:, None], self._drawn(factuals, raw, rng)], dim=1),
            loss,
            p,
            self.progress,
            betas=(0.0, 0.99),
        )
        return Recourse.of(taken(found.points, best_place(task, factuals, found.points)[0]), task)

    def _drawn(self, factuals: Tensor, raw: PerRow, rng: PeopleRng) -> Tensor:
        """Return each person's best draw of w from the target class, (n, 1, subspace); none without draws."""
        p, task, csvae = self.params, self.task, self.vae
        target = csvae.class_prior(torch.ones(1, dtype=torch.long, device=factuals.device))
        draws = target.mean + target.log_std.exp() * rng.stream("draws").normal(p.draws, p.subspace)
        if not p.draws:
            return draws
        everyone = torch.arange(len(factuals), device=factuals.device)
        points = LatentPoints(raw, csvae.modelled, task.feasible(factuals), everyone)
        place, _ = best_place(task, factuals, points.project(draws))
        return taken(draws, place)[:, None]
