"""Tasks: from tables and a classifier to the people it turns down."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from recbench.classifiers.base import Classifier
from recbench.data.catalogue.loading import load
from recbench.data.dataset import Dataset
from recbench.data.files import from_file
from recbench.errors import RecbenchError
from recbench.protocol.prepare import prepare
from recbench.protocol.turned_down import Task, check_weights, handed_task
from recbench.rng import Rng
from recbench.run.recommend import Method, load_method
from recbench.task.cache import Cache
from recbench.task.recipes import ClassifierSpec, TaskRecipe

__all__ = ["Method", "Task", "get_method", "load_dataset", "load_method", "make_task", "read_dataset"]


def load_dataset(name: str) -> Dataset:
    """Return a data set of the catalogue; its files are downloaded if they are not here yet.

    Args:
        name: one of :func:`recbench.datasets`.

    Raises:
        UsageError: no such name, or a file under ``RECBENCH_DATA_HOME`` has a wrong checksum.
        RecbenchError: its files are not here and cannot be downloaded.
    """
    return load(name)


def read_dataset(data: Path | str, schema: Path | str, test_share: float = 0.25) -> Dataset:
    """Return a table of your own as a data set named after its file.

    Args:
        data: ``.csv`` or ``.parquet`` with a header. A column ``split`` says ``train`` or ``test``.
        schema: YAML that says what the columns mean.
        test_share: share of the rows that become the test table where no column says it.

    Raises:
        UsageError: a file is missing or faulty (column, row and value are named).
    """
    return from_file(Path(data), Path(schema), test_share)


def make_task(
    data: Dataset,
    classifier: str | Classifier = "mlp",
    seed: int = 0,
    *,
    params: Mapping[str, Any] | None = None,
    threshold: float = 0.5,
    weights: Mapping[str, float] | None = None,
    mismatch: bool = False,
    device: str = "cpu",
    threads: int = 1,
    cache: Path | str | None = None,
) -> Task:
    """Return a task that methods can be fitted on.

    A classifier that is named is trained as in a benchmark run: on labels drawn from the gold labeller
    (docs/protocol.md), and accuracy is measured against such labels. For one that is handed in, the
    labels are the table's own.

    Args:
        data: the tables.
        classifier: a name of :func:`recbench.classifiers`, or a fitted one.
        seed: of the gold labels, the training and the order of the people.
        params: of the classifier that is named.
        threshold: a person is accepted when P(favourable | row) is above it.
        weights: cost of one encoded unit of each feature that is named; others cost 1.
        mismatch: count a changed nominal category as 1, whatever the distance of the codes.
        device: ``cpu`` or ``cuda``.
        threads: that torch may use meanwhile.
        cache: a folder in which gold labels and classifiers are kept; None keeps nothing.

    Raises:
        UsageError: no such classifier, a wrong parameter, or weights of unknown features.
        RecbenchError: the classifier turns nobody down.
    """
    check_weights(data, weights or {})
    if isinstance(classifier, str):
        recipe = TaskRecipe(
            classifier=ClassifierSpec(name=classifier, params=dict(params or {})),
            threshold=threshold,
            factuals=None,
            weights=dict(weights or {}),
            mismatch=mismatch,
        )
        store = Cache(None if cache is None else Path(cache))
        prepared = prepare(data, recipe, seed, store, threads, device)
        return Task(data, prepared.task, prepared.rows, prepared.accuracy)
    task = handed_task(data, classifier.to(device), threshold, weights, mismatch).to(device)
    x = data.encoder.encode(data.test).to(device)
    accepted = task.accepts(x).cpu().numpy()
    if accepted.all():
        raise RecbenchError(
            f"the classifier turns down nobody in the test rows of {data.name!r}.", "Raise the threshold."
        )
    order = Rng(seed).stream("factuals").numpy().permutation(np.flatnonzero(~accepted))
    accuracy = float((accepted.astype(int) == data.favourable(data.test)).mean())
    return Task(data, task, order, accuracy)


def get_method(name: str, **params: Any) -> Method:
    """Return a recourse method with its parameters, not fitted.

    Args:
        name: one of :func:`recbench.methods`.
        params: as :func:`recbench.describe` lists them.

    Raises:
        UsageError: no such method, it is unavailable, or a parameter is wrong.
    """
    return Method(name, params)
