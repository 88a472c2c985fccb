"""Classifiers that are not differentiable: random forest and gradient boosting of scikit-learn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import Tensor

from recbench.classifiers.base import ClassifierRecipe, EstimatorClassifier, class_weights
from recbench.classifiers.params import BoostingParams, ForestParams
from recbench.rng import Rng

if TYPE_CHECKING:
    from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier


class Forest(ClassifierRecipe[ForestParams]):
    """Random forest (scikit-learn)."""

    def fit(self, x: Tensor, y: Tensor, rng: Rng) -> EstimatorClassifier:
        """Grow the trees on encoded rows."""
        from sklearn.ensemble import RandomForestClassifier

        forest = RandomForestClassifier(
            self.params.trees, min_samples_leaf=self.params.leaf, random_state=rng.integer()
        )
        _train(forest, x, y, self.params.balanced)
        return EstimatorClassifier(forest, "forest")


class Boosting(ClassifierRecipe[BoostingParams]):
    """Gradient boosted trees (scikit-learn)."""

    def fit(self, x: Tensor, y: Tensor, rng: Rng) -> EstimatorClassifier:
        """Grow the trees on encoded rows."""
        from sklearn.ensemble import GradientBoostingClassifier

        model = GradientBoostingClassifier(
            n_estimators=self.params.rounds,
            learning_rate=self.params.learning_rate,
            max_depth=self.params.depth,
            random_state=rng.integer(),
        )
        _train(model, x, y, self.params.balanced)
        return EstimatorClassifier(model, "boosting")


def _train(
    model: RandomForestClassifier | GradientBoostingClassifier, x: Tensor, y: Tensor, balanced: bool
) -> None:
    weights = class_weights(y, balanced).cpu().numpy()
    model.fit(x.cpu().numpy(), y.cpu().numpy(), sample_weight=weights)
