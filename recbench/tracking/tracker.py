"""Tracking: MLflow as a mirror of the store, where people compare runs.

Never the truth, and never in the way: whatever is wrong with MLflow, the sweep goes on, and
``recbench sync`` brings MLflow to the state of the store later.
"""

from __future__ import annotations

import json
import shlex
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote

from recbench.store.datasets import noted_dataset
from recbench.store.record import CellRecord, Status
from recbench.tracking.addresses import shown_address
from recbench.tracking.client import Board, in_short
from recbench.tracking.image import CELL, STATUS, SUMMARY, SWEEP, RunImage, experiment_name, image_of
from recbench.tracking.manners import polite
from recbench.tracking.runs import Change, Files, Runs
from recbench.tracking.settings import settings_of
from recbench.tracking.words import mark

if TYPE_CHECKING:
    from mlflow.entities import Run

    from recbench.store.folder import Store

__all__ = ["COMPARABLE", "Change", "MlflowTracker"]

T = TypeVar("T")

COMPARABLE = 100
"""Most runs that one compare page shows; larger sweeps are shown in the runs table."""

_VIEW = "workflowType=machine_learning"
"""MLflow's pages open in the view that one chose last, at first that of language models."""

_PAUSE, _SHARE = 60.0, 20.0
"""After a failure MLflow is left alone for a minute, or for 20 times as long as the failure took: a
server that never answers costs a sweep at most a twentieth of its time, and one that comes back is used."""
_SLOW = 10.0
"""Seconds for one cell after which a server counts as failing, though it answers."""


class MlflowTracker:
    """Mirrors cells into one MLflow experiment: one flat run per cell, and one summary per sweep.

    Args:
        uri: a tracking server (``http://...``) or database (``sqlite:///...``); None is ``mlflow.db``
            in ``results``, with the files beside it.
        results: the results folder.
        experiment: the name of the MLflow experiment.
        people_artifact: whether runs get their ``people.parquet``. What was chosen is kept with the
            experiment; None is what was chosen before, at first only where they stay on this machine.

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
        self._board = Board(uri, results, experiment_name(experiment))
        self._runs = Runs(self._board, people_artifact)
        self._results = results
        self._failure = ""
        self._down = False
        self._missed = 0
        self._resume = 0.0
        self._tried = False

    @property
    def uri(self) -> str:
        """Where MLflow is, fit to be printed."""
        return shown_address(self._board.address)

    @property
    def server(self) -> str:
        """The address of MLflow's pages; empty if it is a database, which ``recbench ui`` shows."""
        return self.uri if self.uri.startswith(("http:", "https:")) else ""

    @property
    def problem(self) -> str:
        """One line on what MLflow lacks, why, and how to mend it; empty if all is well."""
        option = [] if self._board.own else ["--tracking-uri", self.uri]
        sync = f"`{shlex.join(['recbench', 'sync', '--results', str(self._results), *option])}`"
        if self._down or self._missed:
            lacking = f"{self._missed} {'cell' if self._missed == 1 else 'cells'}"
            missing = f" and lacks {lacking}" if self._missed else ""
            return (
                f"MLflow at {self.uri} {self._failure}{missing}. "
                f"The results are safe: {sync} mirrors them once it works."
            )
        if self._runs.file_failure:
            return (
                f"MLflow at {self.uri} took the runs but not their files: "
                f"the upload {self._runs.file_failure}. {sync} adds them once that is mended."
            )
        return ""

    def log(self, record: CellRecord, people: Path | None, sweep: str) -> bool:
        """Mirror one cell of a running sweep; return whether MLflow has it.

        Never raises and never waits long: a server that is gone or slow is left alone for a while. The
        cells it misses meanwhile are counted in :attr:`problem`.
        """
        begun = time.monotonic()
        if begun < self._resume:
            self._missed += 1
            return False
        self._down = False
        kept = self.mirror(record, people, [sweep]) is not None
        spent = time.monotonic() - begun
        if self._down:
            self._resume = time.monotonic() + max(_PAUSE, _SHARE * spent)
        elif self.server and self._tried and spent > _SLOW:
            self._failure = f"answers too slowly ({spent:.0f} s for one cell)"
            self._resume = time.monotonic() + _SHARE * spent
        self._tried = True  # the first time, MLflow is imported and the experiment created
        return kept

    def mirror(self, record: CellRecord, people: Path | None, sweeps: Iterable[str]) -> Change | None:
        """Make MLflow show a cell as it is, exactly once; return what that took.

        Never raises. After a failure it returns None at once, and :attr:`problem` says why.

        Args:
            record: the cell.
            people: its ``people.parquet``, if it has one.
            sweeps: ids of the sweeps in whose comparison it belongs.
        """
        note = noted_dataset(self._results, record.cell.data_hash)

        def pictured(with_people: bool) -> tuple[RunImage, Files]:
            return image_of(record, note), self._files(record, people if with_people else None)

        change = self._mirror(CELL, pictured, list(sweeps))
        self._missed += change is None
        return change

    def summarise(self, store: Store, sweep: str) -> Change | None:
        """Make the summary run of a sweep: its tables, and the figures that were drawn of its cells.

        Never raises; None if MLflow fails or the sweep is unknown.
        """
        from recbench.tracking.summary import summary_of

        return self._mirror(SUMMARY, cache(partial(summary_of, store, sweep)))

    def survey(self) -> None:
        """Read all runs at once: far quicker than looking for each where all cells are mirrored."""
        self._attempt(self._runs.survey)

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
        return f"/#/compare-runs?runs={quote(ids)}&experiments={quote(json.dumps([self._board.id]))}&{_VIEW}"

    def charts_url(self, sweep: str) -> str | None:
        """Return the page with a chart per metric and a bar per run; failed and skipped ones are listed.

        Relative to the server's address; None if MLflow cannot be reached.
        """
        experiment = self._attempt(lambda: self._board.id)
        chosen = quote(_of(sweep), safe="")
        page = f"/#/experiments/{experiment}/runs?compareRunsMode=CHART&searchFilter={chosen}&{_VIEW}"
        return None if experiment is None else page

    def _mirror(
        self,
        identity: str,
        pictured: Callable[[bool], tuple[RunImage, Files] | None],
        sweeps: Sequence[str] = (),
    ) -> Change | None:
        """Mirror what ``pictured`` gives, which is told whether people may be shown; None if MLflow fails.

        MLflow is imported only if its database cannot be read without it, or is to be changed.
        """
        with_people = self._runs.said_of_people
        if with_people is not None:
            with suppress(Exception):  # the attempt below meets it again, and says what it is
                found = pictured(with_people)
                if found is not None and self._runs.shows(identity, *found, sweeps):
                    return Change.UNCHANGED

        def mirror() -> Change | None:
            found = pictured(self._runs.with_people)
            return None if found is None else self._runs.mirror(identity, *found, sweeps)

        return self._attempt(mirror)

    def _attempt(self, call: Callable[[], T]) -> T | None:
        """Return what a call returns, or None if MLflow fails or is known to be down."""
        if not self._down:
            try:
                with polite():
                    return call()
            except Exception as error:
                self._failure = in_short(error, self._board.address)
                self._down = True
        return None

    @staticmethod
    def _files(record: CellRecord, shown: Path | None) -> Files:
        """Return the files of a cell's run; ``shown`` are its people, if they may go there."""
        settings = settings_of(record)

        def texts() -> dict[str, str]:
            found = {"settings.json": settings}
            if record.traceback:
                found["traceback.txt"] = record.traceback
            if shown is not None:
                from recbench.tracking.excerpt import excerpt_of

                # A file that is damaged is uploaded as it is; `recbench store verify` is about that.
                with suppress(OSError, ValueError, KeyError):
                    found["people.html"] = excerpt_of(shown)
            return found

        paths = () if shown is None else (shown,)
        people_mark = "" if shown is None else record.people_sha256
        return Files(mark([settings, record.traceback, people_mark]), texts, paths)


def _of(sweep: str) -> str:
    return f"tags.`{SWEEP}{sweep}` = '1'"


def _by_dataset_and_method(run: Run) -> tuple[str, str, int]:
    params = run.data.params
    label = run.data.tags.get("recbench.label", "")
    return params.get("dataset", ""), label, int(params.get("seed", 0))
