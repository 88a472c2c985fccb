"""Experiment: what makes cells repetitions of each other. Everything but seed, label and versions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recbench.documents.declared import Declared
from recbench.task.recipes import LofRecipe, TaskRecipe

if TYPE_CHECKING:
    from recbench.store.cell import Cell


class Experiment(Declared):
    """A method with fixed parameters on one table, under one protocol and judge.

    Attributes:
        dataset: name of the data set.
        data_hash: of its content: two tables can have one name.
        recipe: the task's.
        lof: how plausibility is judged.
        method: the method's registered name.
        params: of the method.
        device: ``cpu`` or ``cuda``.
    """

    dataset: str
    data_hash: str
    recipe: TaskRecipe
    lof: LofRecipe
    method: str
    params: dict[str, Any]
    device: str

    @classmethod
    def of(cls, cell: Cell) -> Experiment:
        """Return the experiment of a cell."""
        return cls(
            dataset=cell.dataset,
            data_hash=cell.data_hash,
            recipe=cell.recipe,
            lof=cell.lof,
            method=cell.method,
            params=cell.params,
            device=cell.device.partition(":")[0],
        )

    @property
    def task(self) -> dict[str, Any]:
        """What is the same for all methods beside table and classifier, one fact a name."""
        recipe, gold = self.recipe, self.recipe.gold
        return {
            "factuals": recipe.factuals or "all",
            "threshold": recipe.threshold,
            **{f"weights.{feature}": weight for feature, weight in recipe.weights.items()},
            "mismatch": recipe.mismatch,
            "judge": gold.kind,
            "judge.trees": gold.trees,
            "judge.folds": gold.folds,
            "lof.neighbours": self.lof.neighbours,
            "lof.algorithm": self.lof.algorithm,
        }
