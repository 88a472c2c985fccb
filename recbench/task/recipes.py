"""Recipes: plain, hashable descriptions of how a task and its judge come about. Light to import."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from recbench.documents.declared import Declared


class GoldRecipe(Declared):
    """How gold labels come about; part of the recourse key, because training labels are drawn from them."""

    kind: Literal["forest", "known"] = Field("forest", description="forest, or the known label equation")
    trees: int = Field(100, ge=1, description="trees per forest (kind forest)")
    folds: int = Field(5, ge=2, description="folds of the isotonic calibration (kind forest)")


class LofRecipe(Declared):
    """How plausibility is judged; part of the score key. Distances are float64, L2, on encoded rows."""

    neighbours: int = Field(5, ge=1, description="k of LOF")
    algorithm: Literal["brute", "kd_tree", "ball_tree"] = "brute"


class ClassifierSpec(Declared):
    """A classifier by name, and its parameters."""

    name: str = "mlp"
    params: dict[str, Any] = Field(default_factory=dict)


class TaskRecipe(Declared):
    """Everything besides the data set and the seed that decides what a method is given."""

    classifier: ClassifierSpec = ClassifierSpec()
    gold: GoldRecipe = GoldRecipe()
    threshold: float = Field(0.5, gt=0, lt=1, description="accepted when h is above it")
    factuals: int | None = Field(200, ge=1, description="people per seed; None is all of them")
    weights: dict[str, float] = Field(default_factory=dict, description="cost per encoded unit, by feature")
    mismatch: bool = Field(False, description="a changed nominal category costs 1")
