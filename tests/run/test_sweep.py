"""A sweep and whoever keeps an image of it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd

from recbench.data.dataset import Dataset
from recbench.run.executors.base import Host, Job
from recbench.run.plan import plan
from recbench.run.sweep import run_sweep
from recbench.store.cell import Cell
from recbench.store.folder import Store
from recbench.store.record import CellRecord, Outcome, Status
from recbench.suite import Suite


class Notebook:
    """Keeps an image of a sweep without any library."""

    problem = "the ink is out"

    def __init__(self) -> None:
        self.lines: list[tuple[str, str, bool, str]] = []
        self.sums: list[str] = []

    def log(self, record: CellRecord, people: Path | None, sweep: str) -> bool:
        has_people = people is not None and people.is_file()
        self.lines.append((record.cell.label, str(record.status), has_people, sweep))
        return False

    def summarise(self, store: Store, sweep: str) -> None:
        self.sums.append(sweep)


class Instant:
    """An executor that computes nothing: ``dice`` fails, everybody else is done."""

    slots = 1

    def __enter__(self) -> Instant:
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def run(self, jobs: Sequence[Job], host: Host) -> Iterator[tuple[Job, Outcome]]:
        for job in jobs:
            begun = host.begin(job)
            if begun is not None:
                yield begun, self._outcome(begun.cell)

    def _outcome(self, cell: Cell) -> Outcome:
        record = CellRecord(key=cell.key, cell=cell, status=Status.FAILED, reason="no way")
        if cell.method == "dice":
            return Outcome(record)
        done = {"status": Status.DONE, "reason": "", "fit_seconds": 0.0, "generate_seconds": 0.0}
        return Outcome(record.model_copy(update=done), pd.DataFrame({"person": ["x"]}))


class Listener:
    """Hears what is said."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def planned(self, cells: int, stored: int) -> None:
        pass

    def phase(self, cell: Cell, phase: str, fraction: float, text: str) -> None:
        pass

    def finished(self, record: CellRecord, left: float | None) -> None:
        pass

    def said(self, text: str) -> None:
        self.heard.append(text)


def test_whoever_keeps_an_image_is_given_every_cell(people: Dataset, tmp_path: Path) -> None:
    store, notebook, listener = Store(tmp_path), Notebook(), Listener()

    def run(methods: list[str]) -> str:
        suite = Suite(datasets=["people"], methods=methods, metrics=["found"])
        cells = plan(suite, {"people": people})
        return run_sweep(suite, cells, Instant(), store, notebook, listener).id

    first = run(["nnr"])
    assert notebook.lines == [("nnr", "done", True, first)]
    assert notebook.sums == [first]
    assert listener.heard == ["the ink is out"]
    second = run(["nnr", "dice"])
    assert notebook.lines[1:] == [("nnr", "done", True, second), ("dice", "failed", False, second)]


def test_a_sweep_knows_nothing_of_mlflow() -> None:
    code = "import sys, recbench.run.sweep; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    loaded = done.stdout.split()
    assert "recbench.run.sweep" in loaded, done.stderr
    assert not [name for name in loaded if name.startswith(("mlflow", "recbench.tracking"))]
