"""Tracking: MLflow as a mirror of the store, where people compare runs.

Never the truth, and never in the way: whatever is wrong with MLflow, the sweep goes on, and
``recbench sync`` brings MLflow to the state of the store later.
"""

from __future__ import annotations

import getpass
import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar
from urllib.parse import quote

from recbench.mirror import CELL, STATUS, SWEEP, RunImage, image_of
from recbench.mlflow_client import Board, in_short, without_password
from recbench.record import CellRecord, Status

if TYPE_CHECKING:
    from mlflow.entities import Run

T = TypeVar("T")

COMPARABLE = 100
"""Most runs that one compare page shows; larger sweeps are shown in the runs table."""

_BOOKS = "recbench.mirror"


class Change(StrEnum):
    """What mirroring a cell did."""

    ADDED = "added"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


class _Books(NamedTuple):
    """What is noted on a run, in one tag, to know later what it lacks."""

    state: str = ""
    files: str = ""
    logged: int = 0


@dataclass(frozen=True)
class _Held:
    """A run that MLflow holds of a cell. It is ``whole`` unless logging it was cut off."""

    id: str
    whole: bool
    status: str
    books: _Books
    sweeps: frozenset[str]


class Tracker:
    """Mirrors cells into one MLflow experiment, one flat run per cell.

    Args:
        uri: a tracking server (``http://...``) or database (``sqlite:///...``); None is ``mlflow.db``
            in ``results``, with the files beside it.
        results: the results folder.
        experiment: the name of the MLflow experiment.
        people_artifact: whether runs get their ``people.parquet``. What was chosen is kept with the
            experiment; None is what was chosen before, at first yes.

    Raises:
        UsageError: MLflow does not understand ``uri``.
    """

    def __init__(
        self,
        uri: str | None,
        results: Path,
        experiment: str = "recbench",
        people_artifact: bool | None = None,
    ) -> None:
        self._board = Board(uri, results, experiment)
        self._results = results
        self._people_artifact = people_artifact
        self._failure = self._file_failure = ""
        self._missed = 0
        self._surveyed: dict[str, list[_Held]] | None = None

    @property
    def uri(self) -> str:
        """Where MLflow is, fit to be printed."""
        return without_password(self._board.address)

    @property
    def server(self) -> str:
        """The address of MLflow's pages; empty if it is a database, which ``recbench ui`` shows."""
        return self.uri if self.uri.startswith(("http:", "https:")) else ""

    @property
    def problem(self) -> str:
        """One line on what MLflow lacks, why, and how to mend it; empty if all is well."""
        option = "" if self._board.own else f" --tracking-uri {self.uri}"
        sync = f"`recbench sync --results {self._results}{option}`"
        if self._failure:
            lacking = f"{self._missed} {'cell' if self._missed == 1 else 'cells'}"
            missing = f" and lacks {lacking}" if self._missed else ""
            return (
                f"MLflow at {self.uri} {self._failure}{missing}. "
                f"The results are safe: {sync} mirrors them once it works."
            )
        if self._file_failure:
            return (
                f"MLflow at {self.uri} took the runs but not their files: the upload {self._file_failure}. "
                f"{sync} adds them once that is mended."
            )
        return ""

    def log(self, record: CellRecord, people: Path | None, sweep: str) -> bool:
        """Mirror one cell of a sweep, as :meth:`mirror` does; return whether MLflow has it."""
        return self.mirror(record, people, [sweep]) is not None

    def mirror(self, record: CellRecord, people: Path | None, sweeps: Iterable[str]) -> Change | None:
        """Make MLflow show a cell as it is, exactly once; return what that took.

        Never raises. After the first failure it returns None at once, and :attr:`problem` says why.

        Args:
            record: the cell.
            people: its ``people.parquet``, if it has one.
            sweeps: ids of the sweeps in whose comparison it belongs.
        """
        tags = frozenset(f"{SWEEP}{sweep}" for sweep in sweeps)
        change = self._attempt(lambda: self._mirror(record, people, tags))
        self._missed += change is None
        return change

    def survey(self) -> None:
        """Read all runs at once: far quicker than looking for each where all cells are mirrored."""
        self._surveyed = self._attempt(self._survey)

    def compare_url(self, sweep: str) -> str | None:
        """Return the page that compares the runs of a sweep, relative to the server's address.

        Only finished cells: the page draws no metric that one of its runs lacks. Above
        :data:`COMPARABLE` runs it is :meth:`charts_url`. None if MLflow cannot be reached or has no such
        runs.
        """
        done = f"{_of(sweep)} and tags.`{STATUS}` = '{Status.DONE}'"
        runs = self._attempt(lambda: list(self._board.search(done, at_most=COMPARABLE + 1)))
        if not runs:
            return None
        if len(runs) > COMPARABLE:
            return self.charts_url(sweep)
        runs.sort(key=_by_dataset_and_method)
        ids = json.dumps([run.info.run_id for run in runs], separators=(",", ":"))
        return f"/#/compare-runs?runs={quote(ids)}&experiments={quote(json.dumps([self._board.id]))}"

    def charts_url(self, sweep: str) -> str | None:
        """Return the page with a chart per metric and a bar per run; failed and skipped ones are listed.

        Relative to the server's address; None if MLflow cannot be reached.
        """
        experiment = self._attempt(lambda: self._board.id)
        chosen = quote(_of(sweep), safe="")
        page = f"/#/experiments/{experiment}/runs?compareRunsMode=CHART&searchFilter={chosen}"
        return None if experiment is None else page

    def _attempt(self, call: Callable[[], T]) -> T | None:
        """Return what a call returns, or None if MLflow fails or has failed before."""
        if not self._failure:
            try:
                return call()
            except Exception as error:
                self._failure = in_short(error)
        return None

    def _survey(self) -> dict[str, list[_Held]]:
        found: dict[str, list[_Held]] = {}
        for run in self._board.search(f"tags.`{CELL}` LIKE '%'"):
            found.setdefault(run.data.tags[CELL], []).append(_held(run))
        return found

    @cached_property
    def _with_people(self) -> bool:
        return self._board.wants_people(self._people_artifact)

    def _mirror(self, record: CellRecord, people: Path | None, sweeps: frozenset[str]) -> Change:
        image = image_of(record)
        runs = self._find(record.key)
        sweeps = sweeps.union(*(run.sweeps for run in runs))
        kept = next((run for run in runs if self._fits(run, image)), None)
        if kept is None:
            change = Change.UPDATED if any(run.whole for run in runs) else Change.ADDED
            kept = self._create(image, record, people, sweeps)
        else:
            kept, change = self._update(kept, image, record, people, sweeps)
        for run in runs:
            if run.id != kept.id:
                self._board.client.delete_run(run.id)
        if self._surveyed is not None:
            self._surveyed[record.key] = [kept]
        return change

    def _fits(self, run: _Held, image: RunImage) -> bool:
        """Return whether a run can be brought up to date: MLflow never forgets a metric."""
        if not run.whole or run.status != image.tags[STATUS]:
            return False
        if run.books.state == image.state:
            return True
        return set(image.metrics).issuperset(self._board.client.get_run(run.id).data.metrics)

    def _create(
        self, image: RunImage, record: CellRecord, people: Path | None, sweeps: frozenset[str]
    ) -> _Held:
        tags = {**image.tags, **dict.fromkeys(sweeps, "1"), "mlflow.user": _user()}
        created = self._board.client.create_run(self._board.id, image.started, tags, image.name)
        run = created.info.run_id
        books = _Books(image.state, self._send(run, record, people, ""), image.ended)
        self._log(run, image.metrics, image.params, {}, books)
        self._board.client.set_terminated(run, "FAILED" if image.failed else "FINISHED", image.ended)
        return _Held(run, True, image.tags[STATUS], books, sweeps)

    def _update(
        self, run: _Held, image: RunImage, record: CellRecord, people: Path | None, sweeps: frozenset[str]
    ) -> tuple[_Held, Change]:
        books = run.books._replace(files=self._send(run.id, record, people, run.books.files))
        metrics, tags = {}, dict.fromkeys(sweeps - run.sweeps, "1")
        if books.state != image.state:
            self._forget(run, image)
            metrics, tags = image.metrics, {**image.tags, **tags}
            # MLflow shows the value with the latest time, and clocks can go back.
            books = books._replace(state=image.state, logged=max(_now(), books.logged + 1))
        if not tags and books == run.books:
            return run, Change.UNCHANGED
        self._log(run.id, metrics, {}, tags, books)
        return _Held(run.id, True, run.status, books, sweeps), Change.UPDATED

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
        for start in range(100, max(len(named), len(marks)), 100):  # the most that MLflow takes at a time
            rest = slice(start, start + 100)
            self._board.client.log_batch(run, params=named[rest], tags=marks[rest])
        self._board.client.log_batch(run, values, named[:100], marks[:100])

    def _send(self, run: str, record: CellRecord, people: Path | None, held: str) -> str:
        """Upload a cell's files unless they are ``held``; return what is held then.

        A failure is remembered, not raised: many servers take metrics but no files.
        """
        try:
            if self._file_failure:
                return held
            if record.traceback and not held:
                self._board.client.log_text(run, record.traceback, "traceback.txt")
                return "traceback"
            if people is not None and record.people_sha256 != held and self._with_people:
                self._board.client.log_artifact(run, str(people))
                return record.people_sha256
        except Exception as error:
            self._file_failure = in_short(error)
        return held

    def _find(self, key: str) -> list[_Held]:
        if self._surveyed is not None:
            return self._surveyed.get(key, [])
        return [_held(run) for run in self._board.search(f"tags.`{CELL}` = '{key}'")]


def _of(sweep: str) -> str:
    return f"tags.`{SWEEP}{sweep}` = '1'"


def _held(run: Run) -> _Held:
    tags = run.data.tags
    try:
        books = _Books(*json.loads(tags.get(_BOOKS, "[]")))
    except (ValueError, TypeError):  # somebody wrote into it: as if there were none
        books = _Books()
    sweeps = frozenset(name for name in tags if name.startswith(SWEEP))
    return _Held(run.info.run_id, run.info.status != "RUNNING", tags.get(STATUS, ""), books, sweeps)


def _by_dataset_and_method(run: Run) -> tuple[str, str, int]:
    params = run.data.params
    label = run.data.tags.get("recbench.label", "")
    return params.get("dataset", ""), label, int(params.get("seed", 0))


def _now() -> int:
    return round(time.time() * 1000)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # no such user in this container
        return "unknown"
