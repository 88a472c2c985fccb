"""Loading: the one typed way from a registered classifier's name to its recipe."""

from __future__ import annotations

from recbench.classifiers.base import ClassifierRecipe
from recbench.plugins import registry


def recipe_class(name: str) -> type[ClassifierRecipe]:
    """Import and return the recipe of a registered classifier.

    Raises:
        UsageError: no such name, or it is registered but unavailable (with the reason).
        RecbenchError: it cannot be imported, or is no subclass of :class:`ClassifierRecipe`.
    """
    return registry.classifiers.load_class(name, ClassifierRecipe)  # type: ignore[type-abstract]
