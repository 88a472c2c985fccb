"""Turned down: a task with the test people whom its classifier turns down, in their own units."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import torch

from recbench.classifiers.base import Classifier
from recbench.data.dataset import Dataset
from recbench.errors import UsageError
from recbench.task import RecourseTask


class Task:
    """A data set, a classifier, and the test people whom it turns down.

    Attributes:
        dataset: the tables.
        recourse_task: what a method may see.
        accuracy: share of test rows whose label the classifier predicts.
    """

    def __init__(
        self, dataset: Dataset, recourse_task: RecourseTask, rows: np.ndarray, accuracy: float
    ) -> None:
        self.dataset, self.recourse_task, self.accuracy = dataset, recourse_task, accuracy
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    def __repr__(self) -> str:
        kind = self.recourse_task.classifier.kind
        return (
            f"<task: {self.dataset.name}, classifier {kind} (accuracy {self.accuracy:.1%}),"
            f" {len(self):,} of {len(self.dataset.test):,} test people turned down>"
        )

    def rejected(self, n: int | None = None) -> pd.DataFrame:
        """Return the test people whom the classifier turns down, in own units, called by their id.

        Args:
            n: how many; the first of a seeded order, so that fewer are part of more. None is all.
        """
        rows = self._rows[:n]
        ids = self.dataset.ids(self.dataset.test)[rows]
        people = self.dataset.test.iloc[rows][self.dataset.schema.names]
        return people.set_axis(pd.Index(ids, name="person"))

    def probability(self, people: pd.DataFrame) -> pd.Series:
        """Return P(favourable | row) of people in own units.

        Raises:
            UsageError: they do not fit the schema.
        """
        x = self.dataset.encoder.encode(people).to(self.recourse_task.device)
        with torch.no_grad():
            said = self.recourse_task.probability(x).cpu().numpy()
        return pd.Series(said, index=people.index, name="h")

    def accepts(self, people: pd.DataFrame) -> pd.Series:
        """Return whether the classifier accepts people in own units.

        Raises:
            UsageError: they do not fit the schema.
        """
        return (self.probability(people) > self.recourse_task.threshold).rename("accepted")


def check_weights(dataset: Dataset, weights: Mapping[str, float]) -> None:
    """Refuse weights that a data set cannot have.

    Raises:
        UsageError: one is negative, or of no feature.
    """
    unknown = sorted(set(weights) - set(dataset.schema.names))
    if unknown:
        raise UsageError(f"weights name {unknown[0]!r}, which is no feature of {dataset.name!r}.")
    if min(weights.values(), default=0.0) < 0:
        raise UsageError("a weight is negative: a change cannot earn its cost back.")


def handed_task(
    dataset: Dataset,
    classifier: Classifier,
    threshold: float = 0.5,
    weights: Mapping[str, float] | None = None,
    mismatch: bool = False,
) -> RecourseTask:
    """Return what methods may see of a fitted classifier on a data set; training labels are the table's own.

    Args:
        dataset: its training rows are the ones methods learn from.
        classifier: P(favourable | x) of encoded rows (n, d).
        threshold: a person is accepted when that probability is above it.
        weights: cost of one encoded unit of each feature that is named; others cost 1.
        mismatch: count a changed nominal category as 1.

    Raises:
        UsageError: the classifier does not answer (n, d) rows with n probabilities.
    """
    encoder = dataset.encoder
    x = encoder.encode(dataset.train)
    with torch.no_grad():
        try:
            said = classifier.probability(x[:2])
        except Exception as error:
            raise UsageError(
                f"the classifier cannot be asked about rows of {dataset.name!r}: {error}.",
                "It is given encoded rows, (n, d) float32.",
            ) from error
    if said.shape != x[:2, 0].shape or not bool(((said >= 0) & (said <= 1)).all()):
        raise UsageError(
            f"the classifier answers {len(x[:2])} rows with {tuple(said.shape)} values that are not all"
            " probabilities.",
            "probability(x) returns one number between 0 and 1 for each row.",
        )
    named = weights or {}
    check_weights(dataset, named)
    unit = torch.tensor([named.get(name, 1.0) for name in dataset.schema.names])
    y = torch.from_numpy(np.asarray(dataset.favourable(dataset.train), dtype=np.int64))
    return RecourseTask(encoder, x, y, classifier, threshold, unit, mismatch)
