"""Classifiers that are not differentiable: random forest and gradient boosting of scikit-learn."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field
from torch import Tensor

from recbench.classifiers.base import ClassifierRecipe, EstimatorClassifier
from recbench.params import Params
from recbench.rng import Rng


class ForestParams(Params):
    """Parameters of the random forest."""

    trees: int = Field(100, ge=1, description="number of trees")
    leaf: int = Field(5, ge=1, description="fewest training rows in a leaf")


class Forest(ClassifierRecipe):
    """Random forest (scikit-learn)."""

    Params: ClassVar[type[Params]] = ForestParams

    def fit(self, x: Tensor, y: Tensor, rng: Rng) -> EstimatorClassifier:
        """Grow the trees on encoded rows."""
        from sklearn.ensemble import RandomForestClassifier

        forest = RandomForestClassifier(
            self.params.trees, min_samples_leaf=self.params.leaf, random_state=rng.integer()
        )
        return EstimatorClassifier(forest.fit(x.cpu().numpy(), y.cpu().numpy()), "forest")


class BoostingParams(Params):
    """Parameters of gradient boosting."""

    rounds: int = Field(100, ge=1, description="number of trees, one after another")
    learning_rate: float = Field(0.1, gt=0, description="weight of each tree")
    depth: int = Field(3, ge=1, description="depth of each tree")


class Boosting(ClassifierRecipe):
    """Gradient boosted trees (scikit-learn)."""

    Params: ClassVar[type[Params]] = BoostingParams

    def fit(self, x: Tensor, y: Tensor, rng: Rng) -> EstimatorClassifier:
        """Grow the trees on encoded rows."""
        from sklearn.ensemble import GradientBoostingClassifier

        model = GradientBoostingClassifier(
            n_estimators=self.params.rounds,
            learning_rate=self.params.learning_rate,
            max_depth=self.params.depth,
            random_state=rng.integer(),
        )
        return EstimatorClassifier(model.fit(x.cpu().numpy(), y.cpu().numpy()), "boosting")
