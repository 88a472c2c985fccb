"""The plug-in registry: entry points become cards, and cards become implementations.

Listing reads entry points and cards only. A plug-in that is broken or lacks a library is listed as
unavailable with the reason; it never breaks the others.
"""

from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from recbench.errors import RecbenchError, UsageError, unknown_name
from recbench.plugins.cards import Card

GROUPS = {
    "method": "recbench.methods",
    "data set": "recbench.datasets",
    "metric": "recbench.metrics",
    "classifier": "recbench.classifiers",
}


@dataclass(frozen=True)
class Listing:
    """One registered plug-in: its card, or the reason there is none.

    ``unavailable`` is empty when the plug-in can be used, else the reason and how to mend it.
    ``distribution`` is the ``name version`` of the package that registered it.
    """

    name: str
    card: Card | None
    unavailable: str
    distribution: str


@cache
def _entry_points(kind: str) -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=GROUPS[kind])}


def names(kind: str) -> list[str]:
    """Return the registered names of one ``kind``, sorted, without importing any of them."""
    return sorted(_entry_points(kind))


def listing(kind: str, name: str) -> Listing:
    """Return what is known of one plug-in; a faulty one is reported, not raised."""
    points = _entry_points(kind)
    if name not in points:
        raise unknown_name(kind, name, points)
    point = points[name]
    distribution = f"{point.dist.name} {point.dist.version}" if point.dist else "unknown"
    try:
        card = point.load()
    except Exception as error:
        reason = f"importing {point.value} failed: {type(error).__name__}: {error}"
        return Listing(name, None, reason, distribution)
    if not isinstance(card, Card):
        reason = f"{point.value} is a {type(card).__name__}, not a recbench card"
        return Listing(name, None, reason, distribution)
    missing = card.missing()
    reason = ""
    if missing:
        reason = f"needs {', '.join(missing)}" + (f": {card.install}" if card.install else "")
    return Listing(name, card, reason, distribution)


def listings(kind: str) -> list[Listing]:
    """Return every plug-in of one ``kind``, sorted by name, faulty ones included."""
    return [listing(kind, name) for name in names(kind)]


def card(kind: str, name: str) -> Card:
    """Return the card of a usable plug-in.

    Raises:
        UsageError: no such name, or it is registered but unavailable (with the reason).
    """
    found = listing(kind, name)
    if found.card is None or found.unavailable:
        raise UsageError(f"{kind} {name!r} is unavailable: {found.unavailable}.")
    return found.card


def modules(kind: str, name: str) -> list[str]:
    """Return the modules in which a usable plug-in's card and implementation are.

    Raises:
        UsageError: no such name, or it is registered but unavailable (with the reason).
    """
    implementation = card(kind, name).implementation.partition(":")[0]
    return [_entry_points(kind)[name].module, implementation]


def load(kind: str, name: str) -> Any:
    """Import and return the implementation of a plug-in.

    Raises:
        UsageError: no such name, or its requirements are missing.
        RecbenchError: its module cannot be imported.
    """
    found = card(kind, name)
    try:
        return found.load()
    except Exception as error:
        raise RecbenchError(
            f"{kind} {name!r} cannot be imported: {type(error).__name__}: {error}.",
            f"Its implementation is {found.implementation}.",
        ) from error
