"""Cell: one method with its parameters on one data set, classifier and seed, and its key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from recbench.hashing import digest
from recbench.method.oracle import ORACLE
from recbench.source import Code
from recbench.task.recipes import LofRecipe, TaskRecipe


@dataclass(frozen=True)
class Cell:
    """One method with its parameters on one data set, classifier and seed.

    ``key`` (the recourse key) covers everything that can change what the method returns.

    Attributes:
        dataset: name of the data set.
        data_hash: its content hash.
        recipe: of the task.
        lof: of the judge; only the oracle sees it.
        method: the method's registered name.
        label: how its row is called.
        params: of the method, defaults included.
        code: what produces the recourse can run.
        equation: the module of the label equation, where gold labels come from one.
        made_by: the distribution that registered the method, for people to read.
        seed: of everything.
        device: where torch computes.
        threads: of the cell.
        chunk: people given to ``generate`` at a time.
        metrics: those wanted.
    """

    dataset: str
    data_hash: str
    recipe: TaskRecipe
    lof: LofRecipe
    method: str
    label: str
    params: dict[str, Any]
    code: Code
    equation: str
    made_by: str
    seed: int
    device: str
    threads: int
    chunk: int
    metrics: tuple[str, ...] = field(default=())

    @cached_property
    def key(self) -> str:
        """The recourse key: same key, same recourse."""
        return digest(
            {
                "code": self.code.version,
                "data": self.data_hash,
                "recipe": self.recipe.model_dump(mode="json"),
                "lof": self.lof.model_dump(mode="json") if self.sees_judge else None,
                "method": self.method,
                "params": self.params,
                "seed": self.seed,
                "device": self.device.split(":")[0],
                "threads": self.threads,
                "chunk": self.chunk,
            }
        )

    @property
    def sees_judge(self) -> bool:
        """Whether it is the oracle's: then what it returns depends on the whole judge."""
        return self.method == ORACLE.name

    def __str__(self) -> str:
        return f"{self.dataset} / {self.recipe.classifier.name} / {self.label} / seed {self.seed}"


def labels_of(cells: Sequence[Cell]) -> list[tuple[str, str]]:
    """Return the key and label of each cell."""
    return [(cell.key, cell.label) for cell in cells]
