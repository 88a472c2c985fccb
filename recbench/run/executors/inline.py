"""Inline: one cell after another in this process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from recbench.run.executors.base import Host, Job
from recbench.store.record import Outcome

if TYPE_CHECKING:
    from recbench.data.dataset import Dataset


class Inline:
    """The executor for one job at a time without limits: nothing to start, nothing to send.

    Args:
        datasets: what the cells run on, by content hash.
        cache: folder of prepared tasks.
    """

    slots = 1

    def __init__(self, datasets: Mapping[str, Dataset], cache: Path) -> None:
        self._datasets, self._cache = datasets, cache

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing to free."""

    def __enter__(self) -> Inline:
        return self

    def run(self, jobs: Sequence[Job], host: Host) -> Iterator[tuple[Job, Outcome]]:
        """See :class:`~recbench.run.executors.base.Executor`."""
        # A sweep that finds everything in the store needs neither torch nor tables.
        from recbench.run.executors.bench import Bench
        from recbench.task.cache import Cache

        bench = Bench(self._datasets, Cache(self._cache))
        for job in jobs:
            if host.stopping:
                return
            begun = host.begin(job)
            if begun is not None:
                cell = begun.cell
                yield begun, bench.do(begun, lambda *at, cell=cell: host.phase(cell, *at))
