"""Pertinent negatives (Dhurandhar et al. 2018) for all people in one batch."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field
from torch import Tensor

from recbench.method import Params, Recourse, RecourseMethod
from recbench.rng import PeopleRng, Rng
from recbench.task import RecourseTask
from recbench_methods.cem import card
from recbench_methods.common.autoencoder import train_autoencoder
from recbench_methods.common.elastic_net import ElasticNetParams, elastic_net_search


class CemParams(ElasticNetParams):
    """Beta is the paper's; kappa, c, the steps and gamma = 0 are those of CARLA's experimental setup."""

    gamma: float = Field(
        0.0, ge=0, description="weight of the autoencoder's error (equation 1); 0: without one"
    )


class Cem(RecourseMethod):
    """Minimise c f(x, d) + beta |d|_1 + |d|_2^2 + gamma |x + d - AE(x + d)|_2^2 (Section 3.1, equation 1).

    For tables a value may be changed in either direction; the paper's images may only gain ink.
    """

    card = card
    Params: ClassVar[type[Params]] = CemParams

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
