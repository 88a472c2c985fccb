"""Executors: where the cells of a sweep are computed. They change when and where, never what.

``inline`` is this process, ``local`` a few child processes, ``dask`` the workers of a cluster. Each is
given jobs and yields outcomes as they come; none touches the store or MLflow, which are the driver's.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from recbench.run.executors.base import Executor, Limits

__all__ = ["Executor", "Limits", "make_executor"]

if TYPE_CHECKING:
    from recbench.data.dataset import Dataset


def make_executor(
    datasets: Mapping[str, Dataset],
    cache: Path,
    jobs: int = 1,
    limits: Limits | None = None,
    scheduler: str | None = None,
    resources: Mapping[str, float] | None = None,
) -> Executor:
    """Return the executor for what was asked.

    Args:
        datasets: what the cells run on, by content hash; each is looked up when a cell needs it.
        cache: folder of prepared tasks.
        jobs: how many cells at a time on this machine.
        limits: what one cell may take; any limit needs a process that can be stopped.
        scheduler: address of a dask scheduler; None is this machine.
        resources: what each cell takes of a dask worker's resources.
    """
    limits = limits or Limits()
    if scheduler is not None:
        from recbench.run.executors.dask import Dask

        return Dask(datasets, scheduler, limits, resources or {})
    if jobs == 1 and not limits:
        from recbench.run.executors.inline import Inline

        return Inline(datasets, cache)
    from recbench.run.executors.local import Local

    return Local(datasets, cache, jobs, limits)
