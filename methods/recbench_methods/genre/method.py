"""GenRe: learn whom people like you became, then draw recourse from it (GenRe, Section 4)."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from recbench.errors import UsageError
from recbench.method import Recourse, RecourseMethod
from recbench.rng import PeopleRng, Rng
from recbench.task import RecourseTask
from recbench_methods.common.targets import Targets
from recbench_methods.genre import card
from recbench_methods.genre.bins import Bins, People
from recbench_methods.genre.network import FastNetwork, Network
from recbench_methods.genre.opinion import SecondOpinion
from recbench_methods.genre.pairs import find_sources, hold_out, make_pairs
from recbench_methods.genre.params import GenReParams
from recbench_methods.genre.rehearsal import doubling, rehearse
from recbench_methods.genre.sampler import sample
from recbench_methods.genre.selection import best_by_classifier, mean_utility
from recbench_methods.genre.training import Trainer, log_likelihood
from recbench_methods.genre.transformer import TransformerNetwork

TEMPERATURES = (0.05, 0.1, 0.2, 0.4, 0.8)
"""Those a rehearsal tries."""


class GenRe(RecourseMethod[GenReParams]):
    """Recourse from an autoregressive model of x+ given x (Garg, Nagalapatti, Sarawagi, ICLR 2025).

    Attributes:
        bins: the alphabet of the model (after ``fit``).
        targets: training rows that can be reached.
        network: the conditional model.
        steps: optimiser steps it was trained for.
        temperature: tau, what the logits are divided by.
        loss: in nats per recourse, at the end of training.
    """

    card = card

    bins: Bins
    targets: Targets
    network: Network
    steps: int
    temperature: float
    loss: float

    def fit(self, task: RecourseTask, rng: Rng) -> None:
        """Make pairs from the training rows and train the model on them.

        Steps and temperature that are not given are chosen by rehearsal on people held out of the
        training rows.

        Raises:
            RecbenchError: no training row can serve as a target.
        """
        p = self.params
        task = _some_rows(task, p.rows, rng)
        super().fit(task, rng)
        self.progress(0.0, "making pairs")
        self.bins = Bins.fit(task, p.bins)
        self.targets = Targets(task, p.gamma)
        sources = find_sources(task, self.targets)
        people = sources[:0]
        if p.steps is None or p.temperature is None:
            people, sources = hold_out(task, sources, p.held_out, rng.stream("held out"))
        pairs = make_pairs(self.targets, sources, p.lambda_, p.targets, p.pairs, rng.stream("pairs"))
        goals, feasible = self.targets.rows, task.feasible(pairs.sources)

        def examples(rows: Tensor, targets: Tensor) -> tuple[People, Tensor]:
            # What the model sees of a person is 5 bytes a bin: of a batch, never of everybody at once.
            theirs = feasible.of(rows)
            people = self.bins.people(pairs.sources[rows], task, theirs)
            return people, self.bins.towards(theirs.project(goals[targets]), people)

        with rng.stream("weights").globally():
            typical = self.bins.index(goals[self.targets.clear])
            self.network = self._network(task, typical, rng).to(task.device)
        rate = p.learning_rate or (3e-3 if p.network == "fast" else 3e-4)
        trainer = Trainer(self.network, examples, pairs.drawn, p.batch, rate, rng.stream("batches"))
        trainer.watch(self.progress, p.most_steps if p.steps is None else p.steps)
        if p.steps is None or p.temperature is None:
            self._rehearse(trainer, people, self.second_opinion(rng), rng.stream("rehearsal"))
        else:
            self.steps, self.temperature, self.loss = p.steps, p.temperature, trainer.train(p.steps)
        self.network.eval()

    def second_opinion(self, rng: Rng) -> SecondOpinion:
        """Return a second opinion on recourse, fitted on the training rows."""
        p = self.params
        return SecondOpinion(self.task, p.trees, p.leaf, p.neighbours, p.worlds, rng.stream("second opinion"))

    def _rehearse(self, trainer: Trainer, people: Tensor, opinion: SecondOpinion, rng: Rng) -> None:
        p = self.params
        streams = rng.people(range(len(people)), str(people.device))

        def utility(temperature: float) -> float:
            self.temperature = temperature
            recourse = self.generate(people, streams)
            return mean_utility(self.task, opinion, people, recourse.counterfactuals)

        cycles = list(doubling(p.first_steps, p.most_steps)) if p.steps is None else [p.steps]
        temperatures = TEMPERATURES if p.temperature is None else [p.temperature]
        best = rehearse(self.network, trainer.train, utility, cycles, temperatures)
        self.network, self.steps, self.temperature, self.loss = (
            best.network,
            best.steps,
            best.temperature,
            best.loss,
        )

    def _network(self, task: RecourseTask, answers: Tensor, rng: Rng) -> Network:
        p = self.params
        order = feature_order(p.order, task, rng)
        if p.network == "transformer":
            return TransformerNetwork(task.dimensions, self.bins.size, order)
        shares = torch.nn.functional.one_hot(answers, self.bins.size).float().mean(dim=0)
        return FastNetwork((shares + 1e-4).log(), p.lambda_, order, p.width, p.layers)

    def sample(self, factuals: Tensor, k: int, rng: PeopleRng) -> Tensor:
        """Return (n, k, d) recourses drawn from R(x+ | x); the first k of more draws are the same draws."""
        task = self.task
        return sample(self.network, self.bins, task, factuals, k, self.temperature, self.params.sigma, rng)

    @torch.no_grad()
    def log_prob(self, counterfactuals: Tensor, factuals: Tensor) -> Tensor:
        """Return (n,) log R(x+ | x) in nats: of the bins in which ``counterfactuals`` (n, d) lie.

        At temperature 1. What is infeasible for the person has -inf.
        """
        task = self.task
        people = self.bins.people(factuals, task)
        score = log_likelihood(self.network, people, self.bins.index(counterfactuals))
        wrong = task.feasible(factuals).violations(counterfactuals).any(dim=1)
        return score.masked_fill(wrong, -torch.inf)

    def generate(self, factuals: Tensor, rng: PeopleRng) -> Recourse:
        """Return the best of k draws by h, for each of (n, d) people."""
        drawn = self.sample(factuals, self.params.draws, rng)
        recourse = Recourse.of(best_by_classifier(self.task, drawn), self.task, drawn)
        return self.targets.told(factuals, recourse)


def _some_rows(task: RecourseTask, count: int | None, rng: Rng) -> RecourseTask:
    if count is None or count >= len(task.x):
        return task
    chosen = torch.randperm(len(task.x), generator=rng.stream("rows").torch())[:count].to(task.device)
    return replace(task, x=task.x[chosen], y=task.y[chosen])


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
