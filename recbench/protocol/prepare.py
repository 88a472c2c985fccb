"""Prepare: from a data set, a recipe and a seed to the task that methods see.

The steps are the paper's (GenRe, Section 5): gold labels for every row, training labels drawn from
them, a classifier trained on those, and the test people it turns down. Each is seeded by its own
stream and kept in a cache, so that a sweep trains each gold labeller and classifier once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from recbench.classifiers import Classifier, ClassifierRecipe, recipe_class
from recbench.data.dataset import Dataset
from recbench.errors import RecbenchError, UsageError
from recbench.judge.gold import GoldLabeller, gold_labeller, gold_labels_key, known_probability
from recbench.plugins import registry
from recbench.rng import Rng
from recbench.source import code_of
from recbench.task import RecourseTask
from recbench.task.cache import Cache
from recbench.task.recipes import TaskRecipe
from recbench.task.sealed import Form
from recbench.threads import limited_to


@dataclass(frozen=True)
class Prepared:
    """One task ready to run.

    Attributes:
        dataset: the data set.
        task: what a method may see.
        rows: positions of the factuals among the test rows, in the order of selection.
        factuals: (n, d) float32, the encoded people.
        gold: the gold labeller (for the judge only).
        accuracy: share of test rows whose drawn label the classifier predicts.
        turned_down: how many test people the classifier turns down.
    """

    dataset: Dataset
    task: RecourseTask
    rows: np.ndarray
    factuals: Tensor
    gold: GoldLabeller
    accuracy: float
    turned_down: int

    @property
    def people(self) -> np.ndarray:
        """(n,) ids of the factuals."""
        ids: np.ndarray = self.dataset.ids(self.dataset.test)[self.rows]
        return ids


def prepare(
    dataset: Dataset,
    recipe: TaskRecipe,
    seed: int,
    cache: Cache,
    threads: int = 1,
    device: str = "cpu",
) -> Prepared:
    """Build the task of one data set and seed.

    Raises:
        RecbenchError: the classifier turns nobody down.
        UsageError: the recipe does not fit the data set.
    """
    rng = Rng(seed)
    with limited_to(threads):
        gold = gold_labeller(dataset, recipe.gold, seed, cache)
        gold_key = gold_labels_key(dataset, recipe.gold, seed)
        training = code_of(__name__, *registry.classifiers.modules(recipe.classifier.name)).version
        classifier_key = [training, *gold_key, recipe.classifier.model_dump(), threads]
        trainer = recipe_class(recipe.classifier.name)(**recipe.classifier.params)
        labels, classifier = cache.get(
            "classifier",
            classifier_key,
            lambda: _labels_and_classifier(
                dataset, known_probability(dataset, recipe.gold, seed, gold, cache), trainer, rng
            ),
            _labelled_form(trainer, len(dataset.schema.names)),
        )
        encoder = dataset.encoder
        x, x_test = encoder.encode(dataset.train), encoder.encode(dataset.test)
        if min(recipe.weights.values(), default=0.0) < 0:
            raise UsageError("a weight of the recipe is negative: a change cannot earn its cost back.")
        weights = torch.tensor([recipe.weights.get(name, 1.0) for name in dataset.schema.names])
        y, y_test = labels[: len(x)], labels[len(x) :]
        task = RecourseTask(encoder, x, y, classifier, recipe.threshold, weights, recipe.mismatch)
        with torch.no_grad():
            accepted = task.accepts(x_test)
        negatives = np.flatnonzero(~accepted.numpy())
        if not len(negatives):
            raise RecbenchError(
                f"the classifier {recipe.classifier.name!r} turns down nobody in the test rows of"
                f" {dataset.name!r} (seed {seed}).",
                "Raise the threshold or use another classifier.",
            )
        rows = rng.stream("factuals").numpy().permutation(negatives)[: recipe.factuals]
    return Prepared(
        dataset,
        task.to(device),
        rows,
        x_test[torch.from_numpy(rows)].to(device),
        gold,
        float((accepted.long() == y_test).double().mean()),
        len(negatives),
    )


def _labels_and_classifier(
    dataset: Dataset, probability: np.ndarray, trainer: ClassifierRecipe, rng: Rng
) -> tuple[Tensor, Classifier]:
    x = dataset.encoder.encode(dataset.train)
    draws = rng.stream("labels").numpy().random(len(probability))
    labels = torch.from_numpy((draws < probability).astype(np.int64))
    y = labels[: len(x)]
    if len(torch.unique(y)) < 2:
        raise RecbenchError(f"every training label drawn for {dataset.name!r} is the same.")
    return labels, trainer.fit(x, y, rng.stream("classifier"))


def _labelled_form(trainer: ClassifierRecipe, width: int) -> Form[tuple[Tensor, Classifier]]:
    """Return how drawn labels and the classifier that was trained on them are stored."""

    def take_apart(value: tuple[Tensor, Classifier]) -> object:
        labels, classifier = value
        parts = trainer.take_apart(classifier)
        return None if parts is None else {"labels": labels.numpy(), "classifier": parts}

    def put_together(parts: Any) -> tuple[Tensor, Classifier]:
        return torch.from_numpy(parts["labels"]), trainer.put_together(parts["classifier"], width)

    return Form(take_apart, put_together)
