"""Pertinent negatives (Dhurandhar et al. 2018) for all people in one batch."""

from __future__ import annotations

from torch import Tensor

from recbench.method import Recourse, RecourseMethod
from recbench.rng import PeopleRng, Rng
from recbench.task import RecourseTask
from recbench_methods.cem import card
from recbench_methods.cem.params import CemParams
from recbench_methods.common.autoencoder import train_autoencoder
from recbench_methods.common.elastic_net import elastic_net_search


class Cem(RecourseMethod[CemParams]):
    """Minimise c f(x, d) + beta |d|_1 + |d|_2^2 + gamma |x + d - AE(x + d)|_2^2 (Section 3.1, equation 1).

    For tables a value may be changed in either direction; the paper's images may only gain ink.
    """

    card = card

    def fit(self, task: RecourseTask, rng: Rng) -> None:
        """Train the autoencoder, if it has a weight."""
        super().fit(task, rng)
        self.autoencoder = train_autoencoder(task.x, rng) if self.params.gamma else None

    def generate(self, factuals: Tensor, rng: PeopleRng) -> Recourse:
        """Return the accepted point with the least elastic-net distance for each of (n, d) people."""
        task = self.task
        model, gamma = self.autoencoder, self.params.gamma

        def unlikely(x: Tensor, rows: Tensor) -> Tensor:
            assert model is not None
            error: Tensor = gamma * model.error(x)
            return error

        found = elastic_net_search(
            task,
            factuals,
            self.params,
            unlikely if model else None,
            lambda done: self.progress(done, "searching"),
        )
        return Recourse.of(found.points, task)
