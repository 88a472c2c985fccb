"""What runs on a dask worker: every job in a slot, since dask itself does not stop a task that hangs."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from recbench.cache import SUFFIX
from recbench.datasets.base import Dataset
from recbench.errors import RecbenchError
from recbench.execute import Outcome, environment
from recbench.executors.base import Job, Limits
from recbench.executors.slot import Slot
from recbench.plan import core_version, digest, method_card, method_version

Entries = dict[str, bytes]
"""A prepared task: the files of its cache, by name."""

_COMPARED = ("python", "recbench", "torch")

_slots: dict[int, Slot] = {}
"""The slot of each thread of this worker."""


@dataclass(frozen=True)
class Code:
    """What computes: versions, and hashes of recbench's and the methods' sources."""

    versions: dict[str, str]
    core: str
    methods: dict[str, str]


def code_of(methods: Sequence[str]) -> Code:
    """Return what would compute these methods in this process."""
    versions = {name: version for name, version in environment().items() if name in _COMPARED}
    return Code(versions, core_version(), {name: _method_version(name) for name in methods})


def differs(theirs: Code, ours: Code) -> str:
    """Return in what a worker's code differs from the driver's, or nothing."""
    for name, version in ours.versions.items():
        if theirs.versions[name] != version:
            return f"has {name} {theirs.versions[name]}, the driver has {version}"
    if theirs.core != ours.core:
        return "has another source of recbench than the driver"
    for name, version in ours.methods.items():
        if theirs.methods[name] != version:
            return f"has another method {name!r} ({theirs.methods[name]}) than the driver ({version})"
    return ""


def prepare_task(job: Job, dataset: Dataset, limits: Limits) -> Entries:
    """Prepare the task of a job and return it; empty if that fails: its cells then say why."""
    folder = _folder(job)
    preparing = replace(job, missing=(), stored=None, prepares=True)
    _slot(limits).do(preparing, dataset, folder, _unseen)
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix == SUFFIX}


def run_job(job: Job, dataset: Dataset, entries: Entries, limits: Limits, code: Code) -> Outcome:
    """Do a job.

    Raises:
        RecbenchError: this worker joined later and runs other code than the driver.
    """
    problem = differs(code_of(list(code.methods)), code)
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


def _method_version(name: str) -> str:
    try:
        return method_version(method_card(name))
    except RecbenchError as error:
        return f"unavailable: {error}"


def _unseen(phase: str, fraction: float, text: str) -> None:
    """Progress stays on the worker: sending it would cost more than it tells."""
