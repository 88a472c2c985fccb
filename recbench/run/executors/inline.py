"""Inline: one cell after another in this process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType

from recbench.data.dataset import Dataset
from recbench.run.executors.base import Host, Job
from recbench.run.executors.bench import Bench
from recbench.store.record import Outcome
from recbench.task.cache import Cache


class Inline:
    """The executor for one job at a time without limits: nothing to start, nothing to send.

    Args:
        datasets: what the cells run on.
        cache: folder of prepared tasks.
    """

    slots = 1

    def __init__(self, datasets: Sequence[Dataset], cache: Path) -> None:
        self._bench = Bench({dataset.content_hash: dataset for dataset in datasets}, Cache(cache))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing to free."""

    def __enter__(self) -> Inline:
        return self

    def run(self, jobs: Sequence[Job], host: Host) -> Iterator[tuple[Job, Outcome]]:
        """See :class:`~recbench.run.executors.base.Executor`."""
        for job in jobs:
            if host.stopping:
                return
            begun = host.begin(job)
            if begun is not None:
                cell = begun.cell
                yield begun, self._bench.do(begun, lambda *at, cell=cell: host.phase(cell, *at))
