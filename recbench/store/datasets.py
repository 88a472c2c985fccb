"""Dataset notes: what a results folder remembers of the data its cells were run on. No person, no rows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ValidationError

from recbench.data.described import Described
from recbench.data.schema import Schema
from recbench.files import clear_way, read_regular, write_whole
from recbench.store.folder import unwritable
from recbench.store.paths import Paths

if TYPE_CHECKING:
    from recbench.data.dataset import Dataset

_LONGEST = 2**24
"""Bytes of a note: some for each category."""


class DatasetNote(BaseModel):
    """``datasets/<content hash>.json``: a data set without its tables."""

    name: str
    content_hash: str
    rows: tuple[int, int]
    """Of training and test table."""
    data_schema: Schema
    source: str
    licence: str
    citation: str
    equation: str = ""
    """The module of the label equation, if it is known."""
    origin: str = ""
    """What the tables depend on, where that is known: same origin, same tables."""


def note_datasets(
    results: Path, datasets: Iterable[Dataset], origins: Mapping[str, str] | None = None
) -> None:
    """Write down data sets, so that they can be described without their files.

    Args:
        results: the results folder.
        datasets: what to note.
        origins: by name, what the tables of some depend on.

    Raises:
        RecbenchError: the results cannot be written.
    """
    folder = Paths(results).datasets
    for dataset in datasets:
        note = DatasetNote(
            name=dataset.name,
            content_hash=dataset.content_hash,
            rows=(len(dataset.train), len(dataset.test)),
            data_schema=dataset.schema,
            source=dataset.source,
            licence=dataset.licence,
            citation=dataset.citation,
            equation=dataset.equation,
            origin=(origins or {}).get(dataset.name, ""),
        )
        text = json.dumps(note.model_dump(mode="json"), indent=1, ensure_ascii=False)
        place = folder / f"{dataset.content_hash}.json"
        if noted_dataset(results, dataset.content_hash) != note:
            try:
                folder.mkdir(exist_ok=True)
                clear_way(place)
                write_whole(place, text)
            except OSError as error:
                raise unwritable(results, error) from error


def noted_dataset(results: Path, content_hash: str) -> DatasetNote | None:
    """Return what was noted of a data set; None if nothing was, such as of imported cells."""
    if not re.fullmatch("[0-9a-f]+", content_hash):
        return None
    try:
        note = DatasetNote.model_validate_json(
            read_regular(Paths(results).datasets / f"{content_hash}.json", _LONGEST)
        )
    except (OSError, ValidationError):
        return None
    return note if note.content_hash == content_hash else None


def described(results: Path, name: str, origin: str) -> Described | None:
    """Return what was noted of the data set of this name and origin; None if nothing was."""
    for path in Paths(results).datasets.glob("[!.]*.json") if origin else ():
        note = noted_dataset(results, path.stem)
        if note is not None and (note.name, note.origin) == (name, origin):
            return Described(name, note.data_schema, note.content_hash, note.equation)
    return None
