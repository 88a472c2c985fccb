"""Cell: one method with its parameters on one data set, classifier and seed, and its key.

The one spelling of what was asked for: plans consist of cells, executors are given them, records hold them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError

from recbench.hashing import digest
from recbench.method.oracle import ORACLE
from recbench.source import Code
from recbench.task.recipes import ClassifierSpec, GoldRecipe, LofRecipe, TaskRecipe

PathName = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z][0-9A-Za-z._-]{0,200}$")]
"""A text that becomes the name of a file or folder: it leads nowhere else."""


def _task_recipe(value: object) -> object:
    """Return a stored recipe as it was run, also where today's rules would refuse to run it again."""
    try:
        return TaskRecipe.model_validate(value)
    except ValidationError:
        if not isinstance(value, dict) or set(value) != set(TaskRecipe.model_fields):
            raise
        parts = {
            "classifier": ClassifierSpec.model_construct(**value["classifier"]),
            "gold": GoldRecipe.model_construct(**value["gold"]),
        }
        return TaskRecipe.model_construct(**{**value, **parts})


class Cell(BaseModel):
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
        code: what produces the recourse can run; the key covers its hash.
        equation: the module of the label equation, where gold labels come from one.
        made_by: the distribution that registered the method, for people to read.
        seed: of everything.
        device: where torch computes.
        threads: of the cell.
        chunk: people given to ``generate`` at a time.
        metrics: those wanted; not kept with the result, which says what was computed.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    dataset: str
    data_hash: PathName
    recipe: Annotated[TaskRecipe, BeforeValidator(_task_recipe)]
    lof: LofRecipe
    method: str
    label: str
    params: dict[str, Any]
    code: Code
    equation: str = ""
    made_by: str = ""
    seed: int
    device: str
    threads: int
    chunk: int
    metrics: tuple[str, ...] = Field((), exclude=True)

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

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Cell:
        """Return a copy, whose key is computed anew."""
        copied = super().model_copy(update=update, deep=deep)
        copied.__dict__.pop("key", None)
        return copied

    @property
    def classifier(self) -> str:
        """The classifier's registered name."""
        return self.recipe.classifier.name

    @property
    def sees_judge(self) -> bool:
        """Whether it is the oracle's: then what it returns depends on the whole judge."""
        return self.method == ORACLE.name

    def __str__(self) -> str:
        return f"{self.dataset} / {self.classifier} / {self.label} / seed {self.seed}"


def labels_of(cells: Sequence[Cell]) -> list[tuple[str, str]]:
    """Return the key and label of each cell."""
    return [(cell.key, cell.label) for cell in cells]
