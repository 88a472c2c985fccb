"""Notes: what the driver writes down of each sweep, so that other commands can speak of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, Field, ValidationError, model_validator

from recbench.files import clear_way, read_regular, write_whole
from recbench.store.cell import PathName
from recbench.store.experiment import Experiment
from recbench.store.paths import Paths

if TYPE_CHECKING:
    from recbench.store.cell import Cell
    from recbench.suite import Suite


_LONGEST = 2**30
"""Bytes of a note: about a hundred for each cell."""


class SweepNote(BaseModel):
    """``sweeps/<id>.json``: what a sweep was asked for.

    Attributes:
        id: of the sweep.
        started: date and time, UTC.
        asked: the suite's own fields, flags included.
        cells: the label of each cell, by key.
        places: data set, classifier and seed of each cell, by key.
        experiments: what the cells are repetitions of, by number.
        repeats: the number of each cell's experiment, by key; older notes do not say it.
    """

    id: PathName
    started: str
    asked: dict[str, Any] = Field(alias="suite")
    cells: dict[PathName, str]
    places: dict[PathName, tuple[str, str, int]] = Field(default_factory=dict)
    experiments: dict[int, Experiment] = Field(default_factory=dict)
    repeats: dict[PathName, int] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _check_places(self) -> SweepNote:
        if not self.places.keys() <= self.cells.keys():
            raise ValueError("places of cells that were not asked for")
        return self

    @property
    def suite(self) -> str:
        """The suite's name."""
        return str(self.asked.get("name", self.id))

    def experiment(self, key: str) -> Experiment | None:
        """Return what a cell is a repetition of, or None if the note does not say."""
        return self.experiments.get(self.repeats.get(key, -1))


def sweep_notes(results: Path, say: Callable[[str], None] = lambda problem: None) -> list[SweepNote]:
    """Return the sweeps of a results folder, oldest first; ``say`` is told of notes that cannot be read."""
    notes = []
    for path in sorted(Paths(results).sweeps.glob("[!.]*.json")):
        try:
            note = SweepNote.model_validate_json(read_regular(path, _LONGEST))
        except (OSError, ValidationError):
            note = None
        if note is None or note.id != path.stem:
            say(f"{path} is no note of a sweep: left out")
        else:
            notes.append(note)
    return sorted(notes, key=lambda note: note.started)


def note_sweep(results: Path, suite: Suite, sweep: str, cells: Sequence[Cell]) -> None:
    """Write down what was asked for."""
    place = Paths(results).sweep(sweep)
    place.parent.mkdir(exist_ok=True)
    experiments: dict[str, Experiment] = {}
    repeats: dict[str, str] = {}
    for cell in cells:
        experiment = Experiment.of(cell)
        repeats[cell.key] = experiment.model_dump_json()
        experiments[repeats[cell.key]] = experiment
    numbers = {text: number for number, text in enumerate(experiments)}
    note = SweepNote(
        id=sweep,
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        suite=suite.model_dump(mode="json"),
        cells={cell.key: cell.label for cell in cells},
        places={cell.key: (cell.dataset, cell.recipe.classifier.name, cell.seed) for cell in cells},
        experiments=dict(enumerate(experiments.values())),
        repeats={key: numbers[text] for key, text in repeats.items()},
    )
    clear_way(place)
    write_whole(place, note.model_dump_json(by_alias=True))
