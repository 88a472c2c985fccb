"""Judge: the gold labeller and the fitted LOF. Metrics see it; methods never do.

Plausibility is scikit-learn's LocalOutlierFactor with novelty detection (Breunig et al. 2000), fitted
on all rows that the gold labeller calls positive, once as they are (the LOF of GenRe, Section 5) and
once on distinct rows, because duplicates make the local density degenerate.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from torch import Tensor

from recbench.data.dataset import Dataset
from recbench.errors import UsageError
from recbench.judge.gold import GoldLabeller, known_rows
from recbench.task.recipes import LofRecipe
from recbench.task.sealed import Form


class Lof(Protocol):
    """A fitted ``LocalOutlierFactor`` with novelty detection."""

    offset_: float

    def score_samples(self, rows: np.ndarray, /) -> np.ndarray:
        """Return (n,) the negative local outlier factor of (n, d) float64 rows."""


@dataclass(frozen=True)
class Judge:
    """The gold labeller and both LOF models.

    NaN rows (no recourse) are invalid, implausible, and have no LOF score.
    """

    gold: GoldLabeller
    lof: Lof
    lof_distinct: Lof

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

    def _model(self, distinct: bool) -> Lof:
        return self.lof_distinct if distinct else self.lof


def fit_lof(dataset: Dataset, probability: np.ndarray, recipe: LofRecipe) -> tuple[Lof, Lof]:
    """Fit LOF on the rows that the gold labeller calls positive, and on the distinct ones.

    Args:
        dataset: its training and test rows are judged by.
        probability: (N + M,) gold P(favourable | row) of them, as ``known_probability`` returns it.
        recipe: of the LOF.

    Raises:
        UsageError: fewer positive rows than LOF has neighbours.
    """
    from sklearn.neighbors import LocalOutlierFactor

    positive = known_rows(dataset)[probability > 0.5].astype(np.float64)
    distinct = np.unique(positive, axis=0)
    if len(distinct) <= recipe.neighbours:
        raise UsageError(
            f"data set {dataset.name!r}: the judge calls only {len(distinct)} distinct rows positive,"
            f" too few for LOF with {recipe.neighbours} neighbours.",
            "Use a larger data set.",
        )

    def fitted(points: np.ndarray) -> Lof:
        lof = LocalOutlierFactor(recipe.neighbours, algorithm=recipe.algorithm, novelty=True)
        fitted: Lof = lof.fit(points)
        return fitted

    return fitted(positive), fitted(distinct)


def _two_lofs(parts: tuple[object, object]) -> tuple[Lof, Lof]:
    from sklearn.neighbors import LocalOutlierFactor

    one, other = parts
    if not (isinstance(one, LocalOutlierFactor) and isinstance(other, LocalOutlierFactor)):
        raise TypeError("these are no LOF models")
    return one, other


LOF_FORM: Form[tuple[Lof, Lof]] = Form(lambda models: models, _two_lofs)
"""How the models of :func:`fit_lof` are stored."""


def _where_found(x: Tensor, measure: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    rows = x.detach().cpu().numpy()
    found = ~np.isnan(rows).any(axis=1)
    values = np.full(len(rows), np.nan)
    if found.any():
        values[found] = measure(rows[found])
    return values
