"""REVISE (Joshi et al. 2019), for all people in one batch."""

from __future__ import annotations

from torch import Tensor

from recbench.method import Recourse, RecourseMethod
from recbench.rng import PeopleRng, Rng
from recbench.task import RecourseTask
from recbench_methods.common.latent_search import search_from_encodings
from recbench_methods.common.losses import target_loss
from recbench_methods.common.precise import precise_logit
from recbench_methods.common.vae import train_vae
from recbench_methods.revise import card
from recbench_methods.revise.params import ReviseParams


class Revise(RecourseMethod[ReviseParams]):
    """Minimise loss(f(G(z)), target) + lambda * c(x, G(z)) over z, from the encoding of x (Algorithm 1).

    The loss is the cross-entropy to the target class and the cost the task's own. Of all decodings on
    the way that the classifier accepts, the cheapest is the recourse.
    """

    card = card

    def fit(self, task: RecourseTask, rng: Rng) -> None:
        """Train the autoencoder on the training rows."""
        super().fit(task, rng)
        self.vae = train_vae(task, self.params, rng, self.progress).double()

    def generate(self, factuals: Tensor, rng: PeopleRng) -> Recourse:
        """Return the cheapest accepted decoding for each of (n, d) people, else the one h likes best."""
        p, task = self.params, self.task
        logit, people = precise_logit(task), factuals.double()

        def loss(x: Tensor, rows: Tensor) -> Tensor:
            total: Tensor = target_loss(logit(x)) + p.lambda_ * task.cost(people[rows], x)
            return total

        return search_from_encodings(task, factuals, self.vae, loss, p, self.progress)
