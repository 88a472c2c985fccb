"""Classifiers: the models that turn people down, and the recipes that train them."""

from typing import TYPE_CHECKING

from recbench.faces import lazily

if TYPE_CHECKING:
    from recbench.classifiers.base import Classifier, ClassifierRecipe, EstimatorClassifier, TorchClassifier
    from recbench.classifiers.loading import recipe_class
    from recbench.classifiers.params import ClassifierParams

_HOMES = {
    "Classifier": "recbench.classifiers.base",
    "ClassifierParams": "recbench.classifiers.params",
    "ClassifierRecipe": "recbench.classifiers.base",
    "EstimatorClassifier": "recbench.classifiers.base",
    "TorchClassifier": "recbench.classifiers.base",
    "recipe_class": "recbench.classifiers.loading",
}

__all__ = [
    "Classifier",
    "ClassifierParams",
    "ClassifierRecipe",
    "EstimatorClassifier",
    "TorchClassifier",
    "recipe_class",
]

__getattr__ = lazily(__name__, _HOMES)
