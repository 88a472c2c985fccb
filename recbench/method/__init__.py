"""The method: the contract of recourse methods, and the rules for their answers."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from recbench.method.method import Params, Reason, Recourse, RecourseMethod

_HOMES = {
    "Params": "recbench.method.method",
    "Reason": "recbench.method.method",
    "Recourse": "recbench.method.method",
    "RecourseMethod": "recbench.method.method",
}

__all__ = ["Params", "Reason", "Recourse", "RecourseMethod"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
