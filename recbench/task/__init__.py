"""The task: what a method may see of a classifier and its people."""

from typing import TYPE_CHECKING

from recbench.faces import lazily

if TYPE_CHECKING:
    from recbench.task.task import TOLERANCE, Feasible, RecourseTask

_HOMES = {
    "Feasible": "recbench.task.task",
    "RecourseTask": "recbench.task.task",
    "TOLERANCE": "recbench.task.task",
}

__all__ = ["TOLERANCE", "Feasible", "RecourseTask"]

__getattr__ = lazily(__name__, _HOMES)
