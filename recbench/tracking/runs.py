"""Runs: the runs of one MLflow experiment, each made once and then brought up to date."""

from __future__ import annotations

import getpass
import json
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from recbench.tracking.client import PREFIX, Board, in_short
from recbench.tracking.image import CELL, STATUS, SUMMARY, SWEEP, DataImage, RunImage

if TYPE_CHECKING:
    from mlflow.entities import Run

_BOOKS = f"{PREFIX}mirror"
_AT_ONCE = 100
"""The most parameters or tags that MLflow takes in one call."""


class Change(StrEnum):
    """What mirroring did to a run."""

    ADDED = "added"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass(frozen=True)
class Files:
    """What is uploaded to a run.

    Attributes:
        digest: tells whether the run has these files already.
        texts: makes those that are texts, by name; called only if they are sent.
        paths: files that keep their names.
        folder: where in the run ``paths`` go.
    """

    digest: str
    texts: Callable[[], Mapping[str, str]] = dict
    paths: tuple[Path, ...] = ()
    folder: str | None = None


class _Books(NamedTuple):
    """What is noted on a run, in one tag, to know later what it lacks."""

    state: str = ""
    files: str = ""
    logged: int = 0


@dataclass(frozen=True)
class _Held:
    """A run that MLflow holds.

    Attributes:
        whole: whether logging it was not cut off.
        notes: tags that somebody else gave it.
    """

    id: str
    whole: bool
    status: str
    books: _Books
    sweeps: frozenset[str]
    has_data: bool
    notes: Mapping[str, str]


class Runs:
    """The runs of an experiment.

    A run is known by one of its tags: that of its cell, or that of the sweep it sums up.

    Args:
        board: the experiment.
        people_artifact: as for :class:`recbench.tracking.tracker.MlflowTracker`.

    Attributes:
        file_failure: why files could not be uploaded; no further ones are tried then.
    """

    def __init__(self, board: Board, people_artifact: bool | None) -> None:
        self._board = board
        self._people_artifact = people_artifact
        self._surveyed: dict[str, list[_Held]] | None = None
        self.file_failure = ""

    @cached_property
    def with_people(self) -> bool:
        """Whether person rows may go there."""
        return self._board.wants_people(self._people_artifact)

    @property
    def said_of_people(self) -> bool | None:
        """:attr:`with_people` where that can be told without MLflow, else None."""
        return self._board.said_of_people(self._people_artifact)

    def shows(
        self, identity: str, image: RunImage, files: Files | None = None, sweeps: Iterable[str] = ()
    ) -> bool:
        """Return whether a look without MLflow tells that :meth:`mirror` would leave everything as it is."""
        runs = self._seen.get((identity, image.tags[identity]), [])
        if len(runs) != 1:
            return False
        (run,) = runs
        return (
            run.whole
            and run.status == image.tags.get(STATUS, "")
            and run.books.state == image.state
            and (files is None or run.books.files == files.digest)
            and (image.data is None or run.has_data)
            and run.sweeps.issuperset(f"{SWEEP}{sweep}" for sweep in sweeps)
        )

    @cached_property
    def _seen(self) -> Mapping[tuple[str, str], list[_Held]]:
        """The runs at the first look, by tag and value of what they are known by."""
        found: dict[tuple[str, str], list[_Held]] = {}
        for run in () if self._board.seen is None else self._board.seen.runs:
            held = _as_held(run.id, run.status, run.tags, run.has_data)
            for identity in run.tags.keys() & {CELL, SUMMARY}:
                found.setdefault((identity, run.tags[identity]), []).append(held)
        return found

    def survey(self) -> None:
        """Read all runs of cells at once: far quicker than looking for each where all are mirrored."""
        found: dict[str, list[_Held]] = {}
        for run in self._board.search(f"tags.`{CELL}` LIKE '%'"):
            found.setdefault(run.data.tags[CELL], []).append(_held(run))
        self._surveyed = found

    def mirror(
        self, identity: str, image: RunImage, files: Files | None = None, sweeps: Iterable[str] = ()
    ) -> Change:
        """Make MLflow show an image as it is, exactly once.

        Args:
            identity: the tag by which the run is known.
            image: what it shows.
            files: what it holds.
            sweeps: ids of the sweeps in whose comparison it belongs.
        """
        runs = self._find(identity, image.tags[identity])
        marks = frozenset(f"{SWEEP}{sweep}" for sweep in sweeps).union(*(run.sweeps for run in runs))
        kept = next((run for run in runs if self._fits(run, image)), None)
        if kept is None:
            change = Change.UPDATED if any(run.whole for run in runs) else Change.ADDED
            notes = {name: said for run in runs for name, said in run.notes.items()}
            kept = self._create(image, files, marks, notes)
        else:
            kept, change = self._update(kept, image, files, marks)
        for run in runs:
            if run.id != kept.id:
                self._board.client.delete_run(run.id)
        if self._surveyed is not None and identity == CELL:
            self._surveyed[image.tags[CELL]] = [kept]
        return change

    def _find(self, identity: str, value: str) -> list[_Held]:
        if self._surveyed is not None and identity == CELL:
            return self._surveyed.get(value, [])
        return [_held(run) for run in self._board.search(f"tags.`{identity}` = '{value}'")]

    def _fits(self, run: _Held, image: RunImage) -> bool:
        """Return whether a run can be brought up to date: MLflow forgets no metric and changes no parameter.

        One that cannot, such as a run with the names of an older recbench, is replaced.
        """
        if not run.whole or run.status != image.tags.get(STATUS, ""):
            return False
        if run.books.state == image.state:
            return True
        held = self._board.client.get_run(run.id).data
        return held.metrics.keys() <= image.metrics.keys() and held.params.items() <= image.params.items()

    def _create(
        self, image: RunImage, files: Files | None, sweeps: frozenset[str], notes: Mapping[str, str]
    ) -> _Held:
        tags = {**notes, **image.tags, **dict.fromkeys(sweeps, "1"), "mlflow.user": _user()}
        created = self._board.client.create_run(self._board.id, image.started, tags, image.name)
        run = created.info.run_id
        self._log_data(run, image.data)
        books = _Books(image.state, self._send(run, files, ""), image.ended)
        self._log(run, image.metrics, image.params, {}, books)
        self._board.client.set_terminated(run, "FAILED" if image.failed else "FINISHED", image.ended)
        return _Held(run, True, image.tags.get(STATUS, ""), books, sweeps, image.data is not None, notes)

    def _update(
        self, run: _Held, image: RunImage, files: Files | None, sweeps: frozenset[str]
    ) -> tuple[_Held, Change]:
        books = run.books._replace(files=self._send(run.id, files, run.books.files))
        metrics, params, tags = {}, {}, dict.fromkeys(sweeps - run.sweeps, "1")
        lacks_data = image.data is not None and not run.has_data
        if lacks_data:
            self._log_data(run.id, image.data)
        if books.state != image.state:
            self._forget(run, image)
            metrics, params, tags = image.metrics, image.params, {**image.tags, **tags}
            # MLflow shows the value with the latest time, and clocks can go back.
            books = books._replace(state=image.state, logged=max(_now(), books.logged + 1))
        if not tags and books == run.books:
            return run, Change.UPDATED if lacks_data else Change.UNCHANGED
        self._log(run.id, metrics, params, tags, books)
        return replace(run, books=books, sweeps=sweeps, has_data=run.has_data or lacks_data), Change.UPDATED

    def _forget(self, run: _Held, image: RunImage) -> None:
        """Remove the tags that no longer hold; those of sweeps and of other people stay."""
        ours = {name for name in self._board.client.get_run(run.id).data.tags if name.startswith("recbench.")}
        for name in ours - set(image.tags) - run.sweeps - {_BOOKS}:
            self._board.client.delete_tag(run.id, name)

    def _log(
        self,
        run: str,
        metrics: dict[str, float],
        params: dict[str, str],
        tags: dict[str, str],
        books: _Books,
    ) -> None:
        """Log everything in one batch: one call per value takes twenty times as long."""
        from mlflow.entities import Metric, Param, RunTag

        named = [Param(*param) for param in params.items()]
        values = [Metric(name, value, books.logged, 0) for name, value in metrics.items()]
        marks = [RunTag(*tag) for tag in {**tags, _BOOKS: json.dumps(books)}.items()]
        for start in range(_AT_ONCE, max(len(named), len(marks)), _AT_ONCE):
            rest = slice(start, start + _AT_ONCE)
            self._board.client.log_batch(run, params=named[rest], tags=marks[rest])
        self._board.client.log_batch(run, values, named[:_AT_ONCE], marks[:_AT_ONCE])

    def _log_data(self, run: str, data: DataImage | None) -> None:
        """Name the data a run used; MLflow keeps one entry for all runs with the same digest."""
        if data is None:
            return
        from mlflow.entities import Dataset, DatasetInput, InputTag

        used = Dataset(data.name, data.digest, data.source_type, data.source, data.columns, data.profile)
        context = [InputTag("mlflow.data.context", "benchmark")]
        self._board.client.log_inputs(run, [DatasetInput(used, context)])

    def _send(self, run: str, files: Files | None, held: str) -> str:
        """Upload files unless they are ``held``; return what is held then.

        A failure is remembered, not raised: many servers take metrics but no files.
        """
        if files is None or files.digest == held or self.file_failure:
            return held
        try:
            for name, text in files.texts().items():
                self._board.client.log_text(run, text, name)
            for path in files.paths:
                self._board.client.log_artifact(run, str(path), files.folder)
        except Exception as error:
            self.file_failure = in_short(error, self._board.address)
            return held
        return files.digest


def _held(run: Run) -> _Held:
    has_data = bool(run.inputs and run.inputs.dataset_inputs)
    return _as_held(run.info.run_id, run.info.status, run.data.tags, has_data)


def _as_held(run: str, status: str, tags: Mapping[str, str], has_data: bool) -> _Held:
    try:
        books = _Books(*json.loads(tags.get(_BOOKS, "[]")))
    except (ValueError, TypeError):  # somebody wrote into it: as if there were none
        books = _Books()
    sweeps = frozenset(name for name in tags if name.startswith(SWEEP))
    whole = status != "RUNNING"
    notes = {name: said for name, said in tags.items() if not name.startswith((PREFIX, "mlflow."))}
    return _Held(run, whole, tags.get(STATUS, ""), books, sweeps, has_data, notes)


def _now() -> int:
    return round(time.time() * 1000)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # no such user in this container
        return "unknown"
