"""CLUE (Antoran et al. 2021) with a target class, for all people in one batch."""

from __future__ import annotations

import torch
from torch import Tensor

from recbench.method import Recourse, RecourseMethod
from recbench.rng import PeopleRng, Rng
from recbench.task import RecourseTask
from recbench_methods.clue import card
from recbench_methods.clue.params import ClueParams
from recbench_methods.common.latent_search import search_from_encodings
from recbench_methods.common.losses import entropy, target_loss
from recbench_methods.common.precise import precise_logit
from recbench_methods.common.vae import train_vae


class Clue(RecourseMethod[ClueParams]):
    """Minimise H(y | x(z)) + d(x(z), x) over z, from the encoding of x (Section 3, equations 3 and 4).

    CLUE explains uncertainty: its distance has a part in the input, lambda_x * |x - x0|_1, and a part in
    the prediction, lambda_y * d_y(f(x), f(x0)), that holds the class where it was. Recourse wants another
    class, and here that class enters twice. As in CARLA's use, only decodings on the way that the
    classifier puts in the target class count, and the cheapest of them is the recourse. And the second
    part pulls towards the target class instead of f(x0), as the cross-entropy. CARLA leaves it out
    (``target=0``): the entropy then falls fastest away from the boundary, on the side where people are.
    """

    card = card

    def fit(self, task: RecourseTask, rng: Rng) -> None:
        """Train the autoencoder on the training rows."""
        super().fit(task, rng)
        self.vae = train_vae(task, self.params, rng, self.progress).double()

    def generate(self, factuals: Tensor, rng: PeopleRng) -> Recourse:
        """Return the cheapest accepted decoding for each of (n, d) people, else the one h likes best."""
        p, task = self.params, self.task
        logit, people, per_unit = precise_logit(task), factuals.double(), p.distance / task.dimensions

        def loss(x: Tensor, rows: Tensor) -> Tensor:
            answer, near = logit(x), task.cost(people[rows], x)
            sure, there = entropy(torch.sigmoid(answer)), target_loss(answer)
            total: Tensor = p.uncertainty * sure + per_unit * near + p.target * there
            return total

        return search_from_encodings(task, factuals, self.vae, loss, p, self.progress)
