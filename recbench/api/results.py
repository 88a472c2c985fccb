"""Results: a folder of finished cells, as tables, frames, figures and pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pandas as pd

from recbench.api.table import Table
from recbench.data.dataset import Dataset
from recbench.errors import UsageError
from recbench.plugins import registry
from recbench.report import layout
from recbench.report.comparison import COMPARED, PairedTest, compare_with
from recbench.report.selection import TABLED, Selection, select
from recbench.run.rescore import rescore_store
from recbench.store.cell import Cell, labels_of
from recbench.store.folder import Store, unwritable
from recbench.store.record import CellRecord, Status

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from recbench.report.rows import Row
    from recbench.run.sweep import Sweep
    from recbench.tracking.tracker import Tracker

Say = Callable[[str], None]
Spread = Literal["std", "ci", "none"]


_FEW = 30
"""People below which shares say little."""


def _nobody(text: str) -> None:
    """Is told, and does nothing."""


class Results:
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
        tracker: Tracker | None = None,
        say: Say = _nobody,
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

    @property
    def rows(self) -> list[Row]:
        """The cells as rows: by data set and classifier, best Score first."""
        return self.selection.rows

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
        few: dict[str, None] = {}
        for record in self.records() if self.is_tabled else ():
            if record.status == Status.DONE and record.turned_down < _FEW:
                cell = record.cell
                few[
                    f"{cell.dataset} / {cell.classifier} / seed {cell.seed}: the classifier turns down only"
                    f" {record.turned_down} test people; shares over so few say little."
                ] = None
        return list(few)

    def __repr__(self) -> str:
        failed = sum(record.status.is_failure for record in self.records())
        missing = f", {failed} of them failed" if failed else ""
        return f"<results in {self.folder}: {len(self.records())} cells{missing}>"

    def of(self, *datasets: str) -> Results:
        """Return the results on some data sets only.

        Raises:
            UsageError: there are none.
        """
        chosen = [record for record in self.records() if record.cell.dataset in datasets]
        if not chosen:
            raise UsageError(f"there are no cells of {', '.join(map(repr, datasets))} in {self.folder}.")
        part = Results(self.store, self.suite)
        part._selected = replace(self.selection, records=chosen, missing=[])
        return part

    def _repr_html_(self) -> str:
        return self.table()._repr_html_()

    def table(
        self,
        metrics: Sequence[str] | None = None,
        *,
        wide: bool = False,
        spread: Spread | None = None,
        compact: bool = False,
    ) -> Table:
        """Return a table: a row per data set, classifier and method.

        Args:
            metrics: its columns; by default those of the paper.
            wide: a row per method, and a group of columns per data set.
            spread: beside a mean: deviation over seeds, 95 % interval, or nothing. None is the deviation,
                or nothing where the table is wide.
            compact: fewer words, for a paper or a page.

        Raises:
            UsageError: a metric is unknown.
        """
        for metric in metrics or ():
            registry.metrics.card(metric)
        if wide:
            columns = list(metrics or layout.PAPER_COLUMNS)
            sheet = layout.wide(self.rows, columns, spread or "none")
        else:
            columns = list(metrics or layout.COLUMNS)
            sheet = layout.long(self.rows, columns, spread or "std", compact)
        return Table(sheet, [row.plain() for row in self.rows], self.rows, columns)

    def frame(self) -> pd.DataFrame:
        """Return a row per data set, classifier and method, with each metric's mean over the seeds.

        Beside ``cost`` stand ``cost_std``, ``cost_low`` and ``cost_high`` (95 % interval), and so for
        each metric; empty where it is undefined.
        """
        lines = []
        for row in self.rows:
            line: dict[str, object] = {
                "dataset": row.dataset,
                "classifier": row.classifier,
                "method": row.method,
                "people": row.people,
                "seeds": len(row.seeds),
            }
            for name, value in row.values.items():
                line |= {name: value.mean, f"{name}_std": value.std}
                line |= {f"{name}_low": value.low, f"{name}_high": value.high}
            lines.append(line)
        return pd.DataFrame(lines)

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
        wanted = {"dataset": dataset, "classifier": classifier, "seed": seed}
        asked = {name: value for name, value in wanted.items() if value is not None}
        matching = [
            record
            for record in self.records()
            if record.status == Status.DONE
            and (method is None or method in (record.cell.method, record.cell.label))
            and all(getattr(record.cell, name) == value for name, value in asked.items())
        ]
        if not matching:
            named = {} if method is None else {"method": method}
            said = ", ".join(f"{name} {value}" for name, value in {**named, **asked}.items())
            raise UsageError(f"no finished cell has {said or 'people'}.", "`recbench store list` shows them.")
        return max(matching, key=lambda record: record.finished)

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

    def tests(self, against: str, metrics: Sequence[str] | None = None) -> list[PairedTest]:
        """Return the paired tests of every other method against one.

        Args:
            against: the method.
            metrics: what is compared; by default Score, cost, validity and LOF.

        Raises:
            UsageError: the method is not among the rows, or a metric is unknown.
        """
        for metric in metrics or ():
            registry.metrics.card(metric)
        return compare_with(self.rows, against, self.store.people, list(metrics or COMPARED))

    def compare(self, against: str, metrics: Sequence[str] | None = None) -> pd.DataFrame:
        """Return the tests of :meth:`tests` as a frame."""
        return pd.DataFrame([test.model_dump() for test in self.tests(against, metrics)])

    def plot(self, name: str, dataset: str | None = None, style: str = "paper") -> Figure:
        """Return one figure, which has ``savefig``.

        Args:
            name: of the figure; `recbench plot --list` shows them.
            dataset: where a figure is of one data set, which.
            style: ``paper`` or ``talk``.

        Raises:
            UsageError: there is no such figure, it cannot be drawn from these cells, or there are several.
        """
        from recbench.api.drawing import one_figure

        return one_figure((self if dataset is None else self.of(dataset)).selection, name, style)

    def save_figures(
        self,
        folder: Path | str | None = None,
        names: Sequence[str] = (),
        formats: Sequence[str] = ("pdf", "png"),
        style: str = "paper",
        wrote: Callable[[Path], None] = lambda path: None,
        skipped: Callable[[str, str], None] = lambda name, reason: None,
    ) -> list[Path]:
        """Draw figures into a folder, with their captions in ``captions.json``, and return the files.

        Args:
            folder: where; None is ``figures`` beside the results.
            names: which; empty is all that can be drawn.
            formats: of ``pdf``, ``png`` and ``svg``.
            style: ``paper`` or ``talk``.
            wrote: told of each file.
            skipped: told which cannot be drawn, and why.

        Raises:
            UsageError: a name is unknown, or none can be drawn.
            RecbenchError: a file cannot be written.
        """
        from recbench.api.drawing import save_figures

        place = Path(folder) if folder is not None else self.folder / "figures"
        return save_figures(self.selection, place, names, formats, style, wrote, skipped)

    def report(
        self, path: Path | str = "report.html", against: str | None = None, drew: Say = _nobody
    ) -> Path:
        """Write one HTML page with tables, tests, figures, settings and what is missing; return its path.

        Args:
            path: the page.
            against: the method that the others are tested against; None is the best.
            drew: told of each figure.

        Raises:
            UsageError: the method is not among the rows.
            RecbenchError: the page cannot be written.
        """
        from recbench.report.page import page

        out = Path(path)
        text = page(self.selection, against, drew)
        try:
            if not out.parent.is_dir():
                out.parent.mkdir(parents=True)
            out.write_text(text, encoding="utf-8")
        except OSError as error:
            raise unwritable(out, error) from error
        return out

    def score(
        self,
        metrics: Sequence[str] | None = None,
        neighbours: int | None = None,
        datasets: Mapping[str, Dataset] | None = None,
        said: Say = _nobody,
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
        changed = rescore_store(self.store, metrics or (), neighbours, dict(datasets or {}), said)
        self._selected = None
        return changed

    def _select(self) -> Selection:
        if self.cells is None:
            return select(self.store, self.suite, self._datasets, self._say)
        records = list(self.store.some(labels_of(self.cells)))
        if not records:
            raise UsageError(f"there are no such cells in {self.folder}.", "Run `recbench run` first.")
        return Selection(self.suite or self.folder.name, self.store, records, [], [])


def open_results(
    folder: Path | str = "results",
    suite: str | None = None,
    datasets: Sequence[str] | None = None,
    say: Say = _nobody,
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
