"""Results: a folder of finished cells, as tables, frames, figures and pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from recbench.api.findings import Findings, Say, nobody
from recbench.api.person import newest
from recbench.errors import UsageError
from recbench.report.notes import warnings_of
from recbench.report.prefix import first_people
from recbench.report.selection import TABLED, Selection, select, select_sweep
from recbench.store.cell import Cell, labels_of
from recbench.store.folder import Store
from recbench.store.record import CellRecord

if TYPE_CHECKING:
    import pandas as pd

    from recbench.data.dataset import Dataset
    from recbench.run.sweep import Sweep
    from recbench.tracking.tracker import MlflowTracker


class Results(Findings):
    """The finished cells of a benchmark.

    Attributes:
        store: where they are.
        suite: the suite's name; None is every cell of the folder.
        cells: the plan that was run, if these results come from a run: only its cells are shown.
        sweep: what the run did, and which of its cells failed.
        tracker: MLflow, where the run was logged.
    """

    def __init__(
        self,
        store: Store,
        suite: str | None = None,
        *,
        datasets: Sequence[str] = (),
        cells: Sequence[Cell] | None = None,
        sweep: Sweep | None = None,
        tracker: MlflowTracker | None = None,
        say: Say = nobody,
    ) -> None:
        self.store, self.suite, self.cells = store, suite, cells
        self.sweep, self.tracker = sweep, tracker
        self._datasets, self._say = tuple(datasets), say
        self._selected: Selection | None = None

    @property
    def folder(self) -> Path:
        """The folder of results."""
        return self.store.root

    @property
    def selection(self) -> Selection:
        """The cells that tables and figures show, read when first asked for."""
        if self._selected is None:
            self._selected = self._select()
        return self._selected

    def records(self) -> list[CellRecord]:
        """Return what is kept of each cell beside its people."""
        return self.selection.records

    def stored(self) -> Iterator[CellRecord]:
        """Yield the records of the run's cells one by one: there may be more than fit into memory."""
        yield from self.store.some(labels_of(self.cells or ()))

    @property
    def is_tabled(self) -> bool:
        """Whether the run is small enough for a table of all its cells."""
        return self.cells is None or len(self.cells) <= TABLED

    def warnings(self) -> list[str]:
        """Return what makes these numbers weaker than they look: few people turned down."""
        return warnings_of(self.records() if self.is_tabled else ())

    def __repr__(self) -> str:
        failed = sum(record.status.is_failure for record in self.records())
        missing = f", {failed} of them failed" if failed else ""
        return f"<results in {self.folder}: {len(self.records())} cells{missing}>"

    def of(self, *datasets: str) -> Results:
        """Return the results on some data sets only.

        Raises:
            UsageError: there are none.
        """
        part = Results(self.store, self.suite)
        part._selected = self.selection.on(datasets)
        return part

    def first(self, count: int) -> Findings:
        """Return what a run with ``factuals=count`` would have found; nothing is computed again.

        Args:
            count: people per cell. Cells with fewer, of whom there were more, are left out, and seconds too.

        Raises:
            UsageError: no finished cell has so many people.
        """
        return _First(first_people(self.selection, count))

    def record(
        self,
        method: str | None = None,
        dataset: str | None = None,
        seed: int | None = None,
        classifier: str | None = None,
    ) -> CellRecord:
        """Return the newest finished cell with these properties.

        Args:
            method: its name or label.
            dataset: name of the data set.
            seed: the seed.
            classifier: name of the classifier.

        Raises:
            UsageError: there is none.
        """
        return newest(
            self.records(),
            None if method is None else [method],
            None if dataset is None else [dataset],
            None if seed is None else [seed],
            None if classifier is None else [classifier],
        )

    def people(
        self,
        method: str | None = None,
        dataset: str | None = None,
        seed: int | None = None,
        classifier: str | None = None,
    ) -> pd.DataFrame:
        """Return every person of a cell: before (``f__``) and after (``c__``) in own units, and the metrics.

        See :meth:`record` for the arguments; of several cells the newest is shown.

        Raises:
            UsageError: there is no such cell.
        """
        people = self.store.people(self.record(method, dataset, seed, classifier).key)
        return people.drop(columns=[name for name in people if str(name).startswith("e__")])

    def score(
        self,
        metrics: Sequence[str] | None = None,
        neighbours: int | None = None,
        datasets: Mapping[str, Dataset] | None = None,
        said: Say = nobody,
    ) -> int:
        """Add metrics to every finished cell of the folder without running a method; return how many changed.

        Args:
            metrics: names; None is those that are default.
            neighbours: judge plausibility by LOF with this k; None keeps each cell's own.
            datasets: data sets that are not in the catalogue, by name.
            said: told of cells that cannot be scored, and why.

        Raises:
            UsageError: a metric is unknown.
        """
        from recbench.run.rescore import rescore_store

        changed = rescore_store(self.store, metrics or (), neighbours, dict(datasets or {}), said)
        self._selected = None
        return changed

    def _select(self) -> Selection:
        if self.cells is None:
            return select(self.store, self.suite, self._datasets, self._say)
        records = list(self.store.some(labels_of(self.cells)))
        if not records:
            raise UsageError(f"there are no such cells in {self.folder}.", "Run `recbench run` first.")
        noted = None if self.sweep is None else select_sweep(self.store, self.sweep.id, len(self.cells))
        if noted is None:
            return Selection(self.suite or self.folder.name, self.store, records, [], [])
        # A note has one label for each cell; a plan may have several.
        return replace(noted, records=records)


class _First(Findings):
    """The first people of some cells."""

    def __init__(self, selection: Selection) -> None:
        self._selection = selection

    @property
    def selection(self) -> Selection:
        return self._selection


def open_results(
    folder: Path | str = "results",
    suite: str | None = None,
    datasets: Sequence[str] | None = None,
    say: Say = nobody,
) -> Results:
    """Return the results in a folder.

    Args:
        folder: the folder of results.
        suite: only what was run under this suite's name.
        datasets: only these data sets.
        say: told what was left out because it cannot be read.

    Raises:
        UsageError: there are none.
    """
    return Results(Store(Path(folder), create=False), suite, datasets=datasets or (), say=say)
