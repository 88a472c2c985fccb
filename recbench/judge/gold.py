"""Gold: who says what a row's true label is. Training labels are drawn from it; methods never see it.

Kind ``forest`` (GenRe, Section 5): a random forest with balanced sample weights and isotonic
calibration, fitted on training and test rows. Kind ``known``: the label equation of a synthetic set.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import torch

from recbench.data.dataset import Dataset
from recbench.errors import UsageError
from recbench.judge.compact import CompactForest
from recbench.source import code_of
from recbench.task.cache import Cache
from recbench.task.recipes import GoldRecipe
from recbench.task.sealed import Form
from recbench.threads import all_cores


class GoldLabeller(Protocol):
    """P(favourable | row) for encoded rows."""

    def probability(self, x: np.ndarray, threads: int = 1) -> np.ndarray:
        """Return (n,) float64 for (n, d) float32 encoded rows, whatever the number of threads."""


class ForestLabeller:
    """Calibrated random forest (GenRe, Section 5)."""

    def __init__(self, dataset: Dataset, recipe: GoldRecipe, seed: int) -> None:
        from sklearn.calibration import CalibratedClassifierCV
        from sklearn.ensemble import RandomForestClassifier
        from sklearn.utils.class_weight import compute_sample_weight

        x = known_rows(dataset)
        y = np.concatenate([dataset.favourable(dataset.train), dataset.favourable(dataset.test)])
        if min(np.bincount(y, minlength=2)) < recipe.folds:
            raise UsageError(
                f"data set {dataset.name!r} has too few rows of one class for {recipe.folds} folds.",
                "Check target.favourable in the schema.",
            )
        forest = RandomForestClassifier(recipe.trees, random_state=seed, n_jobs=all_cores())
        model = CalibratedClassifierCV(forest, method="isotonic", cv=recipe.folds)
        model.fit(x, y, sample_weight=compute_sample_weight("balanced", y))
        self.forest = CompactForest.of(model)

    @classmethod
    def of(cls, parts: Any) -> ForestLabeller:
        """Return the labeller around the parts of its forest. Parts that do not fit raise."""
        labeller = cls.__new__(cls)
        labeller.forest = CompactForest(**parts)
        return labeller

    def probability(self, x: np.ndarray, threads: int = 1) -> np.ndarray:  # noqa: D102
        return self.forest.probability(x, threads)


class KnownLabeller:
    """The label equation of a synthetic data set."""

    def __init__(self, dataset: Dataset) -> None:
        if dataset.known is None:
            raise UsageError(
                f"data set {dataset.name!r} has no known label equation.", "Use the judge of kind forest."
            )
        self._known = dataset.known
        self._encoder = dataset.encoder

    def probability(self, x: np.ndarray, threads: int = 1) -> np.ndarray:  # noqa: D102
        return np.asarray(self._known(self._encoder.decode(torch.from_numpy(x))), dtype=np.float64)


def gold_labeller(dataset: Dataset, recipe: GoldRecipe, seed: int, cache: Cache) -> GoldLabeller:
    """Train the gold labeller of a data set or take it from the cache; a label equation is looked up."""
    if recipe.kind == "known":
        return KnownLabeller(dataset)
    form = Form(lambda labeller: labeller.forest.parts(), ForestLabeller.of)
    key = gold_labels_key(dataset, recipe, seed)
    return cache.get("gold", key, lambda: ForestLabeller(dataset, recipe, seed), form)


def known_probability(
    dataset: Dataset, recipe: GoldRecipe, seed: int, gold: GoldLabeller, cache: Cache
) -> np.ndarray:
    """Return (N + M,) what ``gold`` says of the known rows; labels and judges ask it once for all."""

    def fitting(parts: Any) -> np.ndarray:
        said = np.asarray(parts, dtype=np.float64)
        if said.shape != (len(dataset.train) + len(dataset.test),):
            raise ValueError("one probability for each row")
        return said

    form = Form(lambda said: said, fitting)
    key = gold_labels_key(dataset, recipe, seed)
    return cache.get("known", key, lambda: gold.probability(known_rows(dataset), all_cores()), form)


def equation_module(dataset: Dataset, recipe: GoldRecipe) -> str:
    """Return the module of the label equation, or nothing where gold labels do not come from one."""
    return dataset.equation if recipe.kind == "known" else ""


def gold_labels_key(dataset: Dataset, recipe: GoldRecipe, seed: int) -> list[object]:
    """Return what gold labels depend on: same key, same labels."""
    equation = equation_module(dataset, recipe)
    code = code_of(__name__, *([equation] if equation else []))
    return [code.version, dataset.content_hash, recipe.model_dump(), seed]


def known_rows(dataset: Dataset) -> np.ndarray:
    """Return (N + M, d) float32: the encoded training and test rows."""
    both = [dataset.encoder.encode(frame) for frame in (dataset.train, dataset.test)]
    return torch.cat(both).numpy()
