"""The plug-in registries: entry points become cards, and cards become implementations.

Listing reads entry points and cards only. A plug-in that is broken, lacks a library or was written for
a newer recbench is listed as unavailable with the reason; it never breaks the others.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from recbench.errors import RecbenchError, UsageError, unknown_name
from recbench.plugins.cards import (
    CONTRACT,
    Card,
    CardWithParams,
    ClassifierCard,
    DatasetCard,
    MethodCard,
    MetricCard,
)

if TYPE_CHECKING:
    from recbench.plugins.params import Params

T = TypeVar("T")
C = TypeVar("C", bound=Card)
W = TypeVar("W", bound=CardWithParams)


@dataclass(frozen=True)
class Listing(Generic[C]):
    """One registered plug-in: its card, or the reason there is none.

    ``unavailable`` is empty when the plug-in can be used, else the reason and how to mend it.
    ``distribution`` is the ``name version`` of the package that registered it.
    """

    name: str
    card: C | None
    unavailable: str
    distribution: str


class Registry(Generic[C]):
    """The plug-ins of one kind, whose cards are of one class.

    Args:
        group: of the entry points.
        card: class of the cards.
    """

    def __init__(self, group: str, card: type[C]) -> None:
        self.group, self.kind = group, card.kind
        self._card = card

    def names(self) -> list[str]:
        """Return the registered names, sorted, without importing anything."""
        return sorted(_entry_points(self.group))

    def listing(self, name: str) -> Listing[C]:
        """Return what is known of one plug-in; a faulty one is reported, not raised.

        Raises:
            UsageError: no such name.
        """
        points = _entry_points(self.group)
        if name not in points:
            raise unknown_name(self.kind, name, points)
        point = points[name]
        distribution = _distribution(self.group, name)
        try:
            card = point.load()
        except Exception as error:
            reason = f"importing {point.value} failed: {type(error).__name__}: {error}"
            return Listing(name, None, reason, distribution)
        if not isinstance(card, self._card):
            reason = f"{point.value} is a {type(card).__name__}, not a {self._card.__name__} of recbench"
            return Listing(name, None, reason, distribution)
        return Listing(name, card, _hindrance(card), distribution)

    def listings(self) -> list[Listing[C]]:
        """Return every plug-in, sorted by name, faulty ones included."""
        return [self.listing(name) for name in self.names()]

    def cards(self) -> list[C]:
        """Return the cards of all usable plug-ins, sorted by name."""
        return [each.card for each in self.listings() if each.card and not each.unavailable]

    def card(self, name: str) -> C:
        """Return the card of a usable plug-in.

        Raises:
            UsageError: no such name, or it is registered but unavailable (with the reason).
        """
        found = self.listing(name)
        if found.card is None or found.unavailable:
            raise UsageError(f"{self.kind} {name!r} is unavailable: {found.unavailable}.")
        return found.card

    def modules(self, name: str) -> list[str]:
        """Return the modules in which a usable plug-in's card and implementation are.

        Raises:
            UsageError: no such name, or it is registered but unavailable (with the reason).
        """
        implementation = self.card(name).implementation.partition(":")[0]
        return [_entry_points(self.group)[name].module, implementation]

    def load(self, name: str) -> object:
        """Import and return the implementation of a plug-in.

        Raises:
            UsageError: no such name, or it is registered but unavailable (with the reason).
            RecbenchError: its module cannot be imported.
        """
        card = self.card(name)
        return self._imported(name, card.load, f"Its implementation is {card.implementation}.")

    def load_class(self, name: str, base: type[T]) -> type[T]:
        """Import and return the implementation of a plug-in, which is a subclass of ``base``.

        Raises:
            UsageError: no such name, or it is registered but unavailable (with the reason).
            RecbenchError: its module cannot be imported, or has something else.
        """
        found = self.load(name)
        if not (isinstance(found, type) and issubclass(found, base)):
            place = self.card(name).implementation
            raise RecbenchError(f"{self.kind} {name!r}: {place} is no subclass of {base.__name__}.")
        return found

    def _imported(self, name: str, load: Callable[[], T], hint: str) -> T:
        try:
            return load()
        except RecbenchError:
            raise
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
            raise RecbenchError(f"{self.kind} {name!r} cannot be imported: {reason}.", hint) from error


class RegistryWithParams(Registry[W]):
    """The plug-ins of a kind that has parameters."""

    def modules(self, name: str) -> list[str]:
        """Return the modules in which a usable plug-in's card, implementation and parameters are.

        Raises:
            UsageError: no such name, or it is registered but unavailable (with the reason).
        """
        params = self.card(name).params.partition(":")[0]
        return [*super().modules(name), *([params] if params else [])]

    def params(self, name: str) -> type[Params]:
        """Return the model of a plug-in's parameters; its implementation is imported only if it must be.

        Raises:
            UsageError: no such name, or it is registered but unavailable (with the reason).
            RecbenchError: the model cannot be imported, or is none.
        """
        card = self.card(name)
        return self._imported(
            name, card.load_params, f"Its parameters are {card.params or card.implementation}."
        )


methods = RegistryWithParams("recbench.methods", MethodCard)
classifiers = RegistryWithParams("recbench.classifiers", ClassifierCard)
datasets = Registry("recbench.datasets", DatasetCard)
metrics = Registry("recbench.metrics", MetricCard)

ALL: tuple[Registry[Any], ...] = (methods, classifiers, datasets, metrics)
"""Every kind of plug-in there is."""


@cache
def _entry_points(group: str) -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=group)}


@cache
def _distribution(group: str, name: str) -> str:
    """Return the ``name version`` of what registered a plug-in; each look at it parses a file."""
    found = _entry_points(group)[name].dist
    return f"{found.name} {found.version}" if found else "unknown"


def _hindrance(card: Card) -> str:
    """Return why a plug-in cannot be used, and how to mend it; nothing if it can."""
    if card.contract not in range(1, CONTRACT + 1):
        return f"needs contract {card.contract!r} of plug-ins, this recbench has {CONTRACT}: update recbench"
    missing = card.missing()
    if not missing:
        return ""
    return f"needs {', '.join(missing)}" + (f": {card.install}" if card.install else "")
