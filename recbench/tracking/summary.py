"""Summary: a sweep as one MLflow run, with its tables and the figures drawn of its cells."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from recbench import __version__
from recbench.escape import markdown
from recbench.hashing import sha256
from recbench.report import layout, tables
from recbench.report.captions import drawn_of
from recbench.report.selection import TABLED, Selection, select_sweep
from recbench.store.folder import Store
from recbench.store.record import Status
from recbench.tracking.image import SUMMARY, RunImage, experiment_name
from recbench.tracking.runs import Files
from recbench.tracking.words import LONGEST_TAG, mark

FIGURES = "figures"
"""The folder in the results, where `recbench plot` draws unless it is told otherwise, and in the run."""
_SHOW_PEOPLE = ("distributions", "plane")
"""Figures on which single people can be seen."""


def summary_of(store: Store, sweep: str, with_people: bool) -> tuple[RunImage, Files] | None:
    """Return the summary run of a sweep and its files.

    None if no such sweep was noted, if it has no cells yet, or more than anyone reads in a table.

    Args:
        store: the cells.
        sweep: its id.
        with_people: whether figures may show single people.
    """
    selection = select_sweep(store, sweep, TABLED)
    if selection is None:
        return None
    wide = layout.wide(selection.rows, spread="std")
    table = tables.markdown(wide, marks=True)
    numbers = tables.as_csv(selection.rows, list(layout.COLUMNS))
    keys = {record.key for record in selection.records}
    pictures = [
        path
        for name, paths in drawn_of(store.root / FIGURES, keys).items()
        if with_people or not name.startswith(_SHOW_PEOPLE)
        for path in paths
    ]
    # The other tables say the same in other formats, and HTML takes pandas to make.
    digest = mark([__version__, table, numbers, {path.name: sha256(path) for path in pictures}])

    def texts() -> dict[str, str]:
        return {
            "table.md": table,
            "table.html": tables.html_page(wide),
            "table.tex": tables.latex(wide),
            "table.csv": numbers,
        }

    finished = [round(1000 * datetime.fromisoformat(r.finished).timestamp()) for r in selection.records]
    image = RunImage(
        name=f"summary of {experiment_name(selection.title)[:200]} ({sweep})",
        params={},
        metrics={},
        tags={
            SUMMARY: sweep,
            "recbench.cells": _counts(selection),
            "mlflow.source.name": "recbench",
            "mlflow.source.type": "LOCAL",
            "mlflow.note.content": _note(selection, table),
        },
        state=digest,
        failed=False,
        started=min(finished),
        ended=max(finished),
    )
    return image, Files(digest, texts, tuple(pictures), FIGURES)


def _counts(selection: Selection) -> str:
    counts = Counter(str(record.status) for record in selection.records)
    counts["not run"] = len(selection.missing)
    return ", ".join(f"{counts[name]} {name}" for name in (*map(str, Status), "not run") if counts[name])


def _note(selection: Selection, table: str) -> str:
    """Return the run's description: MLflow's page shows Markdown."""
    said = f"{markdown(selection.title)}: {_counts(selection)}.\n\n"
    whole = said + table
    return whole if len(whole) <= LONGEST_TAG else f"{said}The table is among the artifacts: `table.html`."
