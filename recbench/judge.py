"""Judge: the gold labeller and the fitted LOF. Metrics see it; methods never do.

Gold labeller of kind ``forest`` (GenRe, Section 5): a random forest with balanced sample weights and
isotonic calibration, fitted on training and test rows. Kind ``known``: the label equation of a
synthetic set. Plausibility: scikit-learn's LocalOutlierFactor with novelty detection (Breunig et
al. 2000), fitted on all rows that the gold labeller calls positive, once as they are (the paper's
LOF) and once on distinct rows, because duplicates make the local density degenerate.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from recbench.datasets.base import Dataset
from recbench.errors import UsageError
from recbench.recipes import GoldRecipe, LofRecipe
from recbench.sealed import Form
from recbench.threads import all_cores


class GoldLabeller(Protocol):
    """P(favourable | row) for encoded rows."""

    def probability(self, x: np.ndarray) -> np.ndarray:
        """Return (n,) float64 for (n, d) float32 encoded rows."""


class ForestLabeller:
    """Calibrated random forest (GenRe, Section 5)."""

    def __init__(self, dataset: Dataset, recipe: GoldRecipe, seed: int) -> None:
        from sklearn.calibration import CalibratedClassifierCV
        from sklearn.ensemble import RandomForestClassifier
        from sklearn.utils.class_weight import compute_sample_weight

        x = _rows(dataset)
        y = np.concatenate([dataset.favourable(dataset.train), dataset.favourable(dataset.test)])
        if min(np.bincount(y, minlength=2)) < recipe.folds:
            raise UsageError(
                f"data set {dataset.name!r} has too few rows of one class for {recipe.folds} folds.",
                "Check target.favourable in the schema.",
            )
        forest = RandomForestClassifier(recipe.trees, random_state=seed, n_jobs=all_cores())
        model = CalibratedClassifierCV(forest, method="isotonic", cv=recipe.folds)
        model.fit(x, y, sample_weight=compute_sample_weight("balanced", y))
        for part in model.calibrated_classifiers_:
            # Growing trees in parallel is exact; adding up their votes in parallel is not.
            part.estimator.n_jobs = 1
        self._model = model

    @classmethod
    def of(cls, model: Any) -> ForestLabeller:
        """Return the labeller around a fitted model."""
        labeller = cls.__new__(cls)
        labeller._model = model
        return labeller

    @property
    def model(self) -> Any:
        """The fitted ``CalibratedClassifierCV``."""
        return self._model

    def probability(self, x: np.ndarray) -> np.ndarray:  # noqa: D102
        scores: np.ndarray = self._model.predict_proba(x)[:, 1]
        return scores


class KnownLabeller:
    """The label equation of a synthetic data set."""

    def __init__(self, dataset: Dataset) -> None:
        if dataset.known is None:
            raise UsageError(
                f"data set {dataset.name!r} has no known label equation.", "Use the judge of kind forest."
            )
        self._known = dataset.known
        self._encoder = dataset.encoder

    def probability(self, x: np.ndarray) -> np.ndarray:  # noqa: D102
        return np.asarray(self._known(self._encoder.decode(torch.from_numpy(x))), dtype=np.float64)


def _labeller(parts: Any) -> ForestLabeller:
    from sklearn.calibration import CalibratedClassifierCV

    if not isinstance(parts, CalibratedClassifierCV):
        raise TypeError(f"{type(parts).__name__} is no gold labeller")
    return ForestLabeller.of(parts)


GOLD_FORM: Form[ForestLabeller] = Form(lambda labeller: labeller.model, _labeller)
"""How a gold labeller is stored."""


@dataclass(frozen=True)
class Judge:
    """The gold labeller and both LOF models.

    NaN rows (no recourse) are invalid, implausible, and have no LOF score.
    """

    gold: GoldLabeller
    lof: Any
    lof_distinct: Any

    def probability(self, x: Tensor) -> np.ndarray:
        """Return (n,) gold P(favourable | row); NaN where the row is NaN."""
        return _where_found(x, self.gold.probability)

    def lof_score(self, x: Tensor, distinct: bool = False) -> np.ndarray:
        """Return (n,) local outlier factor, about 1 among the positives and larger outside; NaN for NaN."""
        return -_where_found(x, lambda rows: self._model(distinct).score_samples(rows.astype(np.float64)))

    def inlier(self, lof_score: np.ndarray, distinct: bool = False) -> np.ndarray:
        """Return (n,) whether LOF scores belong to inliers (scikit-learn's own rule); NaN is none."""
        inside: np.ndarray = -lof_score - self._model(distinct).offset_ >= 0
        return inside

    def _model(self, distinct: bool) -> Any:
        return self.lof_distinct if distinct else self.lof


def fit_lof(dataset: Dataset, gold: GoldLabeller, recipe: LofRecipe) -> tuple[Any, Any]:
    """Fit LOF on the rows that ``gold`` calls positive (training and test), and on the distinct ones.

    Raises:
        UsageError: fewer positive rows than LOF has neighbours.
    """
    from sklearn.neighbors import LocalOutlierFactor

    rows = _rows(dataset)
    positive = rows[gold.probability(rows) > 0.5].astype(np.float64)
    distinct = np.unique(positive, axis=0)
    if len(distinct) <= recipe.neighbours:
        raise UsageError(
            f"data set {dataset.name!r}: the judge calls only {len(distinct)} distinct rows positive,"
            f" too few for LOF with {recipe.neighbours} neighbours.",
            "Use a larger data set.",
        )

    def fitted(points: np.ndarray) -> Any:
        return LocalOutlierFactor(recipe.neighbours, algorithm=recipe.algorithm, novelty=True).fit(points)

    return fitted(positive), fitted(distinct)


def _two_lofs(parts: Any) -> tuple[Any, Any]:
    from sklearn.neighbors import LocalOutlierFactor

    one, other = parts
    if not (isinstance(one, LocalOutlierFactor) and isinstance(other, LocalOutlierFactor)):
        raise TypeError("these are no LOF models")
    return one, other


LOF_FORM: Form[tuple[Any, Any]] = Form(lambda models: models, _two_lofs)
"""How LOF models are stored."""


def _rows(dataset: Dataset) -> np.ndarray:
    both = [dataset.encoder.encode(frame) for frame in (dataset.train, dataset.test)]
    return torch.cat(both).numpy()


def _where_found(x: Tensor, measure: Any) -> np.ndarray:
    rows = x.detach().cpu().numpy()
    found = ~np.isnan(rows).any(axis=1)
    values = np.full(len(rows), np.nan)
    if found.any():
        values[found] = measure(rows[found])
    return values
