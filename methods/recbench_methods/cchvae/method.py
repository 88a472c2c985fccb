"""C-CHVAE (Pawelczyk, Broelemann, Kasneci 2020), for all people in one batch."""

from __future__ import annotations

import torch
from torch import Tensor

from recbench.method import Recourse, RecourseMethod
from recbench.rng import PeopleRng, Rng
from recbench.task import RecourseTask
from recbench_methods.cchvae import card
from recbench_methods.cchvae.params import CchvaeParams
from recbench_methods.common.choice import best_place, taken
from recbench_methods.common.vae import immutable, train_vae

_CANDIDATES = 1 << 15
"""Candidates decoded at once; bounds memory, changes no answer."""


class Cchvae(RecourseMethod[CchvaeParams]):
    """Find the smallest latent change whose decoding is accepted (Section 4, Algorithm 1).

    The autoencoder is conditional on the immutable features: it reads them and never writes them. From
    z, the encoding of x, candidates are drawn in a shell around z, decoded and projected onto what is
    feasible for the person. The first shell with an accepted candidate ends the search, and the
    cheapest such candidate is the recourse. The paper's autoencoder has a mixture as its prior (HI-VAE);
    this one a standard normal.
    """

    card = card

    def fit(self, task: RecourseTask, rng: Rng) -> None:
        """Train the autoencoder on the training rows."""
        super().fit(task, rng)
        self.vae = train_vae(task, self.params, rng, self.progress, given=immutable(task))

    @torch.no_grad()
    def generate(self, factuals: Tensor, rng: PeopleRng) -> Recourse:
        """Return the cheapest accepted candidate for each of (n, d) people, else the one h likes best."""
        p, task = self.params, self.task
        answers = torch.full_like(factuals, torch.nan)
        centres = self.vae.encode(factuals).mean
        feasible = task.feasible(factuals)
        best = torch.full((len(factuals),), -torch.inf, device=factuals.device)
        rows = torch.arange(len(factuals), device=factuals.device)
        for number in range(p.shells):
            unfinished = []
            for part in rows.split(max(1, _CANDIDATES // p.samples)):
                draws = rng.stream("shell", number).of(part)
                z = centres[part][:, None] + self._shell(draws, number)
                candidates = feasible.of(part).project(self.vae.decode(z, factuals[part][:, None]))
                place, worth = best_place(task, factuals[part], candidates)
                better = worth > best[part]
                answers[part] = torch.where(better[:, None], taken(candidates, place), answers[part])
                best[part] = torch.maximum(best[part], worth)
                unfinished.append(part[worth <= 1])
            rows = torch.cat(unfinished)
            if len(rows) == 0:
                break
            self.progress(1 - len(rows) / len(factuals), f"{len(rows)} people left")
        return Recourse.of(answers, task)

    def _shell(self, rng: PeopleRng, number: int) -> Tensor:
        """Return (m, samples, latent) steps from the centre, with lengths uniform within the shell."""
        p = self.params
        direction = rng.stream("direction").normal(p.samples, p.latent)
        length = p.step * (number + rng.stream("length").uniform(p.samples, 1))
        shell: Tensor = direction * (length / direction.norm(p=p.norm, dim=-1, keepdim=True))
        return shell
