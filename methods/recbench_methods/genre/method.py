"""GenRe: learn whom people like you became, then draw recourse from it (GenRe, Section 4)."""

from __future__ import annotations

from typing import ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor

from recbench.errors import UsageError
from recbench.method import Params, Reason, Recourse, RecourseMethod
from recbench.rng import PeopleRng, Rng
from recbench.task import RecourseTask
from recbench_methods.genre import card
from recbench_methods.genre.bins import Bins
from recbench_methods.genre.network import FastNetwork, Network
from recbench_methods.genre.pairs import find_targets, make_pairs, reachable
from recbench_methods.genre.sampler import sample
from recbench_methods.genre.selection import best_by_classifier
from recbench_methods.genre.training import log_likelihood, train


class GenReParams(Params):
    """The paper's knobs, and those of the fast network. Sections are those of the GenRe paper."""

    lambda_: float = Field(
        5.0, gt=0, alias="lambda", description="how fast a pair's weight falls with its cost (Section 4.1)"
    )
    gamma: float = Field(
        0.7, ge=0, lt=1, description="a target's h must be above it; sources are below it (Section 4.1)"
    )
    targets: int = Field(
        1000, ge=1, description="K, nearest targets that a source is paired with (Section 4.1)"
    )
    pairs: int = Field(32, ge=1, description="targets drawn per source before training")
    draws: int = Field(
        10, ge=1, description="k, recourses drawn per person; the best by h is kept (Section 4.3)"
    )
    temperature: float = Field(
        0.1, gt=0, description="tau, the logits are divided by it: below 1 keeps to the likeliest recourses"
    )
    sigma: float = Field(
        0.0, ge=0, description="noise on a changed number, standard deviation in encoded units (Section 4.2)"
    )
    bins: int = Field(64, ge=2, description="most bins of a number (the paper has 50)")
    order: Literal["schema", "reversed", "random"] | tuple[str, ...] = Field(
        "schema", description="order in which features are drawn, or their names in order"
    )
    network: Literal["fast", "paper"] = Field(
        "fast", description="fast: a NADE-like network for a CPU; paper: a 16+16 layer transformer"
    )
    width: int = Field(64, ge=1, description="of the network's state")
    layers: int = Field(2, ge=0, description="residual layers of the fast network")
    steps: int = Field(60, ge=0, description="optimiser steps")
    batch: int = Field(512, ge=1, description="pairs per step")
    learning_rate: float = Field(3e-3, gt=0, description="highest step of AdamW (one-cycle schedule)")


class GenRe(RecourseMethod):
    """Recourse from an autoregressive model of x+ given x (Garg, Nagalapatti, Sarawagi, ICLR 2025)."""

    card = card
    Params: ClassVar[type[Params]] = GenReParams

    def fit(self, task: RecourseTask, rng: Rng) -> None:
        """Make pairs from the training rows and train the model on them.

        Raises:
            RecbenchError: no training row can serve as a target.
        """
        super().fit(task, rng)
        p = self.params
        self.progress(0.0, "making pairs")
        self.bins = Bins.fit(task, p.bins)
        sources, self.targets = find_targets(task, p.gamma)
        pairs = make_pairs(
            task, self.bins, sources, self.targets, p.lambda_, p.targets, p.pairs, rng.stream("pairs")
        )
        answers = self.bins.index(self.targets)
        with rng.stream("weights").globally():
            self.network = self._network(task, answers, rng).to(task.device)
        self.loss = train(
            self.network,
            self.bins.people(pairs.sources, task),
            answers,
            pairs.drawn,
            p.steps,
            p.batch,
            p.learning_rate,
            rng.stream("batches"),
            self.progress,
        )

    def _network(self, task: RecourseTask, answers: Tensor, rng: Rng) -> Network:
        p = self.params
        order = feature_order(p.order, task, rng)
        shares = torch.nn.functional.one_hot(answers, self.bins.size).float().mean(dim=0)
        return FastNetwork((shares + 1e-4).log(), p.lambda_, order, p.width, p.layers)

    def sample(self, factuals: Tensor, k: int, rng: PeopleRng) -> Tensor:
        """Return (n, k, d) recourses drawn from R(x+ | x); the first k of more draws are the same draws."""
        p = self.params
        return sample(self.network, self.bins, self.task, factuals, k, p.temperature, p.sigma, rng)

    @torch.no_grad()
    def log_prob(self, counterfactuals: Tensor, factuals: Tensor) -> Tensor:
        """Return (n,) log R(x+ | x) in nats: of the bins in which ``counterfactuals`` (n, d) lie.

        At temperature 1. What is infeasible for the person has -inf.
        """
        people = self.bins.people(factuals, self.task)
        score = log_likelihood(self.network, people, self.bins.index(counterfactuals))
        wrong = self.task.feasible(factuals).violations(counterfactuals).any(dim=1)
        return score.masked_fill(wrong, -torch.inf)

    def generate(self, factuals: Tensor, rng: PeopleRng) -> Recourse:
        """Return the best of k draws by h, for each of (n, d) people."""
        drawn = self.sample(factuals, self.params.draws, rng)
        return self.answer(factuals, best_by_classifier(self.task, drawn), drawn)

    def answer(self, factuals: Tensor, chosen: Tensor, drawn: Tensor) -> Recourse:
        """Return the recourse; people whose immutable features no target shares get none, with the reason."""
        lost = ~self.has_target(factuals)
        chosen = chosen.masked_fill(lost[:, None], torch.nan)
        drawn = drawn.masked_fill(lost[:, None, None], torch.nan)
        recourse = Recourse.of(chosen, self.task, drawn)
        reasons = [
            Reason.NO_TARGET if none else reason
            for none, reason in zip(lost.tolist(), recourse.reasons, strict=True)
        ]
        return Recourse(chosen, reasons, drawn)

    def has_target(self, factuals: Tensor) -> Tensor:
        """Return (n,) bool: whether some target shares everything that the person cannot change."""
        parts = [
            reachable(self.bins, self.task.feasible(rows), self.targets, only_fixed=True).any(dim=1)
            for rows in factuals.split(512)
        ]
        return torch.cat(parts) if parts else torch.zeros(0, dtype=torch.bool)


def feature_order(order: str | tuple[str, ...], task: RecourseTask, rng: Rng) -> Tensor:
    """Return (d,) int64 feature positions in the order wanted.

    Raises:
        UsageError: names were given that are not exactly the features.
    """
    names = task.encoder.schema.names
    if isinstance(order, tuple):
        if sorted(order) != sorted(names):
            raise UsageError(
                f"genre.order must name every feature once: {', '.join(names)}.",
                f"Given: {', '.join(order)}.",
            )
        return torch.tensor([names.index(name) for name in order])
    positions = torch.arange(len(names))
    if order == "random":
        return positions[torch.randperm(len(names), generator=rng.stream("order").torch())]
    return positions.flip(0) if order == "reversed" else positions
