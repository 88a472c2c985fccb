"""Classifiers that are not differentiable: random forest and gradient boosting of scikit-learn."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field
from torch import Tensor

from recbench.classifiers.base import ClassifierParams, ClassifierRecipe, EstimatorClassifier, class_weights
from recbench.rng import Rng


class ForestParams(ClassifierParams):
    """Parameters of the random forest."""

    trees: int = Field(100, ge=1, description="number of trees")
    leaf: int = Field(5, ge=1, description="fewest training rows in a leaf")


class Forest(ClassifierRecipe):
    """Random forest (scikit-learn)."""

    Params: ClassVar[type[ClassifierParams]] = ForestParams

    def fit(self, x: Tensor, y: Tensor, rng: Rng) -> EstimatorClassifier:
        """Grow the trees on encoded rows."""
        from sklearn.ensemble import RandomForestClassifier

        forest = RandomForestClassifier(
            self.params.trees, min_samples_leaf=self.params.leaf, random_state=rng.integer()
        )
        return EstimatorClassifier(_fitted(forest, x, y, self.params.balanced), "forest")


class BoostingParams(ClassifierParams):
    """Parameters of gradient boosting."""

    rounds: int = Field(100, ge=1, description="number of trees, one after another")
    learning_rate: float = Field(0.1, gt=0, description="weight of each tree")
    depth: int = Field(3, ge=1, description="depth of each tree")


class Boosting(ClassifierRecipe):
    """Gradient boosted trees (scikit-learn)."""

    Params: ClassVar[type[ClassifierParams]] = BoostingParams

    def fit(self, x: Tensor, y: Tensor, rng: Rng) -> EstimatorClassifier:
        """Grow the trees on encoded rows."""
        from sklearn.ensemble import GradientBoostingClassifier

        model = GradientBoostingClassifier(
            n_estimators=self.params.rounds,
            learning_rate=self.params.learning_rate,
            max_depth=self.params.depth,
            random_state=rng.integer(),
        )
        return EstimatorClassifier(_fitted(model, x, y, self.params.balanced), "boosting")


def _fitted(estimator: Any, x: Tensor, y: Tensor, balanced: bool) -> Any:
    weights = class_weights(y, balanced).cpu().numpy()
    return estimator.fit(x.cpu().numpy(), y.cpu().numpy(), sample_weight=weights)
