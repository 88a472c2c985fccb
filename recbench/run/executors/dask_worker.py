"""What runs on a dask worker: every job in a slot, since dask itself does not stop a task that hangs."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from recbench.data.dataset import Dataset
from recbench.errors import RecbenchError
from recbench.hashing import digest
from recbench.run.environment import environment
from recbench.run.executors.base import Job, Limits
from recbench.run.executors.slot import Slot
from recbench.run.versions import recourse_code
from recbench.source import code_of
from recbench.store.cell import Cell
from recbench.store.record import Outcome
from recbench.task.cache import SUFFIX

Entries = dict[str, bytes]
"""A prepared task: the files of its cache, by name."""

_COMPARED = ("python", "recbench", "torch")

_slots: dict[int, Slot] = {}
"""The slot of each thread of this worker."""


CellCode = tuple[str, str, str]
"""Method, classifier and label equation: the code of a cell follows from them."""


def cell_code(cell: Cell) -> CellCode:
    """Return what decides which code a cell runs."""
    return cell.method, cell.recipe.classifier.name, cell.equation


@dataclass(frozen=True)
class Running:
    """What computes: versions, and hashes of the code that runs cells, and of that of each kind of cell."""

    versions: dict[str, str]
    core: str
    cells: dict[CellCode, str]


def running(cells: Sequence[CellCode]) -> Running:
    """Return what would compute these kinds of cells in this process."""
    versions = {name: version for name, version in environment().items() if name in _COMPARED}
    core = code_of("recbench.run.execute", "recbench.run.rescore").version
    return Running(versions, core, {cell: _version(*cell) for cell in cells})


def differs(theirs: Running, ours: Running) -> str:
    """Return in what a worker's code differs from the driver's, or nothing."""
    for name, version in ours.versions.items():
        if theirs.versions[name] != version:
            return f"has {name} {theirs.versions[name]}, the driver has {version}"
    if theirs.core != ours.core:
        return "has another source of recbench than the driver"
    for cell, version in ours.cells.items():
        if theirs.cells[cell] != version:
            return f"has another method {cell[0]!r} ({theirs.cells[cell]}) than the driver ({version})"
    return ""


def prepare_task(job: Job, dataset: Dataset, limits: Limits) -> Entries:
    """Prepare the task of a job and return it; empty if that fails: its cells then say why."""
    folder = _folder(job)
    preparing = replace(job, missing=(), stored=None, prepares=True)
    _slot(limits).do(preparing, dataset, folder, _unseen)
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix == SUFFIX}


def run_job(job: Job, dataset: Dataset, entries: Entries, limits: Limits, code: Running) -> Outcome:
    """Do a job.

    Raises:
        RecbenchError: this worker joined later and runs other code than the driver.
    """
    problem = differs(running(list(code.cells)), code)
    if problem:
        raise RecbenchError(f"a worker {problem}.", "Install the same versions everywhere.")
    folder = _folder(job)
    for name, content in entries.items():
        if not (folder / name).exists():
            fresh = folder / f".{name}.{threading.get_ident()}"
            fresh.write_bytes(content)
            fresh.replace(folder / name)
    return _slot(limits).do(job, dataset, folder, _unseen)


def close_slots() -> None:
    """End the child processes of this worker that are doing nothing."""
    for thread, slot in list(_slots.items()):
        if slot.job is None:
            slot.close()
            _slots.pop(thread, None)


def _slot(limits: Limits) -> Slot:
    thread = threading.get_ident()
    slot = _slots.get(thread)
    if slot is None or slot.limits != limits:
        if slot is not None:
            slot.close()
        slot = _slots[thread] = Slot(limits)
    return slot


def _folder(job: Job) -> Path:
    """Return where this worker keeps a prepared task. The worker removes the folder when it ends."""
    from distributed import get_worker

    folder = Path(get_worker().local_directory) / "recbench" / str(os.getpid()) / digest(repr(job.task))
    for place in (folder.parent, folder):
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _version(method: str, classifier: str, equation: str) -> str:
    try:
        return recourse_code(method, classifier, equation).version
    except RecbenchError as error:
        return f"unavailable: {error}"


def _unseen(phase: str, fraction: float, text: str) -> None:
    """Progress stays on the worker: sending it would cost more than it tells."""
