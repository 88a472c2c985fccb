"""Findings: what can be shown of some cells, as tables, frames, tests, figures and a page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from recbench.api.table import Table
from recbench.plugins import registry
from recbench.report import layout
from recbench.report.rows import Row
from recbench.report.selection import Selection
from recbench.report.values import Spread
from recbench.store.folder import unwritable

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from recbench.report.comparison import PairedTest

Say = Callable[[str], None]


def nobody(text: str) -> None:
    """Is told, and does nothing."""


class Findings:
    """What can be shown of the cells of a selection."""

    @property
    def selection(self) -> Selection:
        """The cells that tables and figures show."""
        raise NotImplementedError

    @property
    def folder(self) -> Path:
        """The folder of results."""
        return self.selection.store.root

    @property
    def rows(self) -> list[Row]:
        """The cells as rows: by data set and classifier, best Score first."""
        return self.selection.rows

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
        on_screen = None if wide else (tuple(metrics or ()), spread)
        return Table(sheet, [row.plain() for row in self.rows], self.rows, columns, on_screen)

    def frame(self) -> pd.DataFrame:
        """Return a row per data set, classifier and method, with each metric's mean over the seeds.

        ``seeds`` are in the means; ``missing`` are seeds whose cell failed, was skipped or has not run.
        Beside ``cost`` stand ``cost_std``, ``cost_low`` and ``cost_high`` (95 % interval), and so for
        each metric; empty where it is undefined.
        """
        from recbench.report.frame import frame_of

        return frame_of(self.rows)

    def tests(self, against: str, metrics: Sequence[str] | None = None) -> list[PairedTest]:
        """Return the paired tests of every other method against one.

        Args:
            against: the method.
            metrics: what is compared; by default Score, cost, validity and LOF.

        Raises:
            UsageError: the method is not among the rows, or a metric is unknown.
        """
        from recbench.report.comparison import COMPARED, compare_with

        for metric in metrics or ():
            registry.metrics.card(metric)
        return compare_with(self.rows, against, self.selection.store.people, list(metrics or COMPARED))

    def tests_table(self, against: str, metrics: Sequence[str] | None = None) -> Table:
        """Return the tests of :meth:`tests` as a table."""
        from recbench.report.comparison import sheet

        tests = self.tests(against, metrics)
        return Table(sheet(tests), [test.model_dump() for test in tests])

    def compare(self, against: str, metrics: Sequence[str] | None = None) -> pd.DataFrame:
        """Return the tests of :meth:`tests` as a frame."""
        import pandas as pd

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

        return one_figure(self.selection if dataset is None else self.selection.on([dataset]), name, style)

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

        place = Path(folder) if folder is not None else self.selection.store.paths.figures
        return save_figures(self.selection, place, names, formats, style, wrote, skipped)

    def report(
        self, path: Path | str = "report.html", against: str | None = None, drew: Say = nobody
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
