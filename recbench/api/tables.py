"""Tables: where the files of the catalogue's data sets are, and whether they are what was published."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recbench.data.catalogue.download import CF_DATA, Repository, State
from recbench.errors import RecbenchError, UsageError
from recbench.plugins import registry
from recbench.plugins.cards import DatasetCard

__all__ = ["DataFile", "data_state", "fetch", "files_of", "verify"]


@dataclass(frozen=True)
class DataFile:
    """A file of a data set.

    Attributes:
        dataset: whose.
        path: where it is, or would be.
        state: in words: right, absent, corrupt.
        is_ready: whether it is there and right.
        is_corrupt: whether it is there and wrong.
    """

    dataset: str
    path: Path
    state: str
    is_ready: bool
    is_corrupt: bool


def files_of(name: str) -> list[Path]:
    """Return where the files of a data set are.

    Raises:
        UsageError: there is no such data set, or it has no files.
        RecbenchError: one of them is not here.
    """
    card = registry.datasets.card(name)
    if not card.files:
        raise UsageError(f"data set {name!r} is generated: it has no files.")
    found = [_repository(card).find(file) for file in card.files]
    for file in found:
        if not file.ready:
            raise RecbenchError(f"{file.path} is {file.state}.", f"Run: recbench data fetch {name}")
    return [file.path for file in found]


def verify(names: Sequence[str] = ()) -> Iterator[DataFile | str]:
    """Yield every file with its state, checked against its pinned SHA-256; a name has none if generated.

    Args:
        names: of data sets; empty is all that have files.

    Raises:
        UsageError: there is no such data set.
    """
    for card in _cards(names):
        if not card.files:
            yield card.name
        for file in card.files:
            found = _repository(card).find(file)
            state = "right" if found.ready else str(found.state)
            yield DataFile(card.name, found.path, state, found.ready, found.state is State.CORRUPT)


def fetch(
    names: Sequence[str] = (), bar: Callable[[str], Any] = lambda file: None
) -> Iterator[tuple[str, Path | None, bool]]:
    """Download what is not here or corrupt; yield each data set, its file (None: generated), whether new.

    Args:
        names: of data sets; empty is all that have files.
        bar: gives a progress bar, as pooch wants one, for a file that is downloaded.

    Raises:
        UsageError: there is no such data set.
        RecbenchError: a file cannot be downloaded, or is not what was published.
    """
    for card in _cards(names):
        if not card.files:
            yield card.name, None, False
            continue
        repository = _repository(card)
        for file in card.files:
            here = repository.find(file)
            if here.ready:
                yield card.name, here.path, False
            else:
                yield card.name, repository.fetch(file, bar(file)), True


def data_state(card: DatasetCard) -> str:
    """Return where a data set's files stand, in a word or two."""
    if not card.files:
        return "embedded"
    if set(card.files) <= set(CF_DATA.checksums):
        return str(max((CF_DATA.find(file).state for file in card.files), key=list(State).index))
    return "kept by its plug-in"


def _cards(names: Sequence[str]) -> list[DatasetCard]:
    """Return the cards of the named data sets, or of all that have files."""
    if not names:
        return [card for card in registry.datasets.cards() if card.files]
    return [registry.datasets.card(name) for name in dict.fromkeys(names)]


def _repository(card: DatasetCard) -> Repository:
    """Return where the files of a data set are pinned; a plug-in's own files are its own affair."""
    if not set(card.files) <= set(CF_DATA.checksums):
        raise UsageError(f"data set {card.name!r} keeps its files itself.", "See its own documentation.")
    return CF_DATA
