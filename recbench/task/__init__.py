"""The task: what a method may see of a classifier and its people."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from recbench.task.task import TOLERANCE, Feasible, RecourseTask

_HOMES = {
    "Feasible": "recbench.task.task",
    "RecourseTask": "recbench.task.task",
    "TOLERANCE": "recbench.task.task",
}

__all__ = ["TOLERANCE", "Feasible", "RecourseTask"]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
