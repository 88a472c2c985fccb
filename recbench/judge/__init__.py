"""The judge: gold labels and the plausibility model, which metrics see and no method does."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from recbench.judge.judge import Judge

_HOMES = {
    "Judge": "recbench.judge.judge",
}

__all__ = ["Judge"]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
