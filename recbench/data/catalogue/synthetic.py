"""Moons, circles and corr: two features, with the true density and label probability known exactly.

The GenRe paper (arXiv 2505.07351) draws its pictures, and states its consistency, on plane data like
these; it gives no formulas, so the shapes here are analogues. Each is a mixture of Gaussians whose
components belong to a class: components along two half circles, along two rings, or one elongated
component per class. So density, P(y = 1 | x) and exact draws come from one short piece of algebra.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.spatial.distance import cdist
from scipy.special import logsumexp, ndtri

from recbench.data.catalogue import cards
from recbench.data.dataset import Dataset
from recbench.data.schema import Feature, Schema, Target
from recbench.plugins.cards import DatasetCard

NAMES = ["x1", "x2"]
_ROWS, _TRAIN, _SEED = 5_000, 4_000, 20_250_512

SCHEMA = Schema(
    features=tuple(Feature(name=name, kind="continuous") for name in NAMES),
    target=Target(name="label", favourable=(1,)),
)


@dataclass(frozen=True, eq=False)
class Mixture:
    """A mixture of m equally likely Gaussians in the plane, half of them class 0, half class 1.

    It is the label equation of its data set: called on a frame it gives P(y = 1 | x).

    Attributes:
        means: (m, 2), the first half class 0, the second half class 1 (favourable).
        covariance: (2, 2), shared by all components.
    """

    means: np.ndarray
    covariance: np.ndarray

    def __call__(self, frame: pd.DataFrame) -> np.ndarray:
        """Return (n,) P(y = 1 | x) for rows in own units."""
        return self.probability(frame[NAMES].to_numpy(dtype=np.float64))

    def probability(self, x: np.ndarray) -> np.ndarray:
        """Return (n,) P(y = 1 | x) for (n, 2) points."""
        parts = self._log_components(x)
        chance: np.ndarray = np.exp(logsumexp(parts[:, len(self.means) // 2 :], axis=1) - logsumexp(parts, 1))
        return chance

    def log_density(self, x: np.ndarray) -> np.ndarray:
        """Return (n,) log p(x) for (n, 2) points, both classes together."""
        density: np.ndarray = logsumexp(self._log_components(x), axis=1)
        return density

    def sample(self, n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Return n draws: (n, 2) points and (n,) int64 labels."""
        # Plain uniforms through inverse distribution functions, as in recbench.data.catalogue.loan.
        u = rng.random((n, 3))
        component = np.floor(u[:, 0] * len(self.means)).astype(np.int64)
        noise = ndtri(u[:, 1:]) @ np.linalg.cholesky(self.covariance).T
        return self.means[component] + noise, component // (len(self.means) // 2)

    def _log_components(self, x: np.ndarray) -> np.ndarray:
        """Return (n, m) log of each component's weight times its density."""
        whiten = np.linalg.inv(np.linalg.cholesky(self.covariance)).T
        distance = cdist(x @ whiten, self.means @ whiten, "sqeuclidean")
        scale = np.log(2 * np.pi * len(self.means)) + 0.5 * np.linalg.slogdet(self.covariance)[1]
        logs: np.ndarray = -0.5 * distance - scale
        return logs


def _arc(centre: tuple[float, float], radius: float, start: float, end: float, count: int) -> np.ndarray:
    """Return (count, 2) points evenly spaced on an arc, each in the middle of its piece."""
    angle = start + (end - start) * (np.arange(count) + 0.5) / count
    return np.column_stack([centre[0] + radius * np.cos(angle), centre[1] + radius * np.sin(angle)])


# Neighbouring components lie less than one standard deviation apart, so no ripple shows along an arc.
MOONS = Mixture(
    np.concatenate([_arc((0, 0), 1, 0, np.pi, 24), _arc((1, 0.5), 1, np.pi, 2 * np.pi, 24)]),
    0.15**2 * np.eye(2),
)
"""Two interleaving half circles; the lower one is favourable."""

CIRCLES = Mixture(
    np.concatenate([_arc((0, 0), 1, 0, 2 * np.pi, 48), _arc((0, 0), 0.45, 0, 2 * np.pi, 48)]),
    0.14**2 * np.eye(2),
)
"""A ring around a smaller ring; the inner one is favourable."""

CORR = Mixture(np.array([[-1.0, -1.0], [1.0, 1.0]]), np.array([[1.0, 0.9], [0.9, 1.0]]))
"""Two features with correlation 0.9 within each class; the classes lie apart along their common direction.

The label equation is logistic in x1 + x2, so moving one feature is enough to change the label, and
leaves the data; a plausible recourse moves both.
"""


def moons() -> Dataset:
    """Return the moons data set: the same 4,000 and 1,000 rows on every machine."""
    return _generated(cards.moons, MOONS)


def circles() -> Dataset:
    """Return the circles data set: the same 4,000 and 1,000 rows on every machine."""
    return _generated(cards.circles, CIRCLES)


def corr() -> Dataset:
    """Return the corr data set: the same 4,000 and 1,000 rows on every machine."""
    return _generated(cards.corr, CORR)


def _generated(card: DatasetCard, mixture: Mixture) -> Dataset:
    points, labels = mixture.sample(_ROWS, np.random.default_rng(_SEED))
    # Rounding hides the last bits of a libm, so that the content hash is the same everywhere.
    table = pd.DataFrame(points.round(6), columns=NAMES).assign(label=labels)
    train, test = table.iloc[:_TRAIN], table.iloc[_TRAIN:].reset_index(drop=True)
    return Dataset(card.name, SCHEMA, train, test, card.source, card.licence, card.citation, mixture)
