"""Loading: the one typed way from a registered method's name to its class."""

from __future__ import annotations

from recbench.method.method import RecourseMethod
from recbench.plugins import registry


def method_class(name: str) -> type[RecourseMethod]:
    """Import and return the class of a registered method.

    Raises:
        UsageError: no such name, or it is registered but unavailable (with the reason).
        RecbenchError: it cannot be imported, or is no subclass of :class:`RecourseMethod`.
    """
    return registry.methods.load_class(name, RecourseMethod)  # type: ignore[type-abstract]
