"""Tables: the data sets of a plan. What is noted of one of the catalogue stands for it until a cell needs it.

To make or read tables, and to check them, takes libraries and seconds that a sweep whose cells are all in the
store can do without.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from recbench.data.catalogue.loading import load
from recbench.data.described import Described
from recbench.errors import RecbenchError
from recbench.hashing import digest
from recbench.plugins import registry
from recbench.source import code_of
from recbench.store.datasets import described, note_datasets

if TYPE_CHECKING:
    from recbench.data.dataset import Dataset

_OWN = "recbench.data.catalogue."
"""Data sets made here: by this code from nothing, or from files whose checksums it holds."""

_LIBRARIES = ("numpy", "pandas", "scipy")
"""What may compute or read a value otherwise in another version."""


class Tables(Mapping[str, "Dataset"]):
    """Data sets by content hash; one that is only described is loaded when it is asked for.

    Attributes:
        described: all of them by name, loaded or not.

    Args:
        names: of the data sets, in their order.
        given: data sets that were handed in; they stand before the catalogue's of the same name.
        results: the results folder, which may have notes of them.

    Raises:
        UsageError: a data set is unknown.
        RecbenchError: one of which nothing is noted cannot be loaded.
    """

    def __init__(self, names: Iterable[str], given: Mapping[str, Dataset], results: Path) -> None:
        self.described: dict[str, Dataset | Described] = {}
        self._origins: dict[str, str] = {}
        for name in names:
            if name in given:
                self.described[name] = given[name]
                continue
            self._origins[name] = origin(name)
            self.described[name] = described(results, name, self._origins[name]) or load(name)

    def load(self, names: Iterable[str]) -> bool:
        """Load the data sets of these names; return whether one of them is not what was noted."""
        differs = False
        for name in set(names):
            known = self.described[name]
            if isinstance(known, Described):
                self.described[name] = load(name)
                differs |= self.described[name].content_hash != known.content_hash
        return differs

    def note(self, results: Path) -> None:
        """Write down what was loaded.

        Raises:
            RecbenchError: the results cannot be written.
        """
        note_datasets(results, self._loaded(), self._origins)

    def _loaded(self) -> list[Dataset]:
        return [one for one in self.described.values() if not isinstance(one, Described)]

    def __getitem__(self, content_hash: str) -> Dataset:
        for name, known in self.described.items():
            if known.content_hash == content_hash:
                if self.load([name]):
                    raise RecbenchError(f"data set {name!r} is not what was planned.", "Run it again.")
                return next(one for one in self._loaded() if one.content_hash == content_hash)
        raise KeyError(content_hash)

    def __iter__(self) -> Iterator[str]:
        return (known.content_hash for known in self.described.values())

    def __len__(self) -> int:
        return len(self.described)


def origin(name: str) -> str:
    """Return what the tables of a catalogue's data set depend on: same origin, same tables.

    Nothing where that is not known: a plug-in may read what changes.

    Raises:
        UsageError: there is no such data set, or it is unavailable.
    """
    modules = registry.datasets.modules(name)
    if not all(module.startswith(_OWN) for module in modules):
        return ""
    return digest([code_of(*modules).version, *(version(library) for library in _LIBRARIES)])
