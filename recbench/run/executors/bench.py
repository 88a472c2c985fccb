"""Bench: where jobs are done, in whichever process. It remembers the task it prepared last."""

from __future__ import annotations

from collections.abc import Mapping

from recbench.data.dataset import Dataset
from recbench.judge import Judge
from recbench.protocol.judging import prepare_judge
from recbench.protocol.prepare import Prepared, prepare
from recbench.run.execute import blank_record, failed, run_cell
from recbench.run.executors.base import Job
from recbench.run.recourse import Progress
from recbench.run.rescore import rescore
from recbench.store.cell import Cell
from recbench.store.record import Outcome
from recbench.task.cache import Cache


class Bench:
    """Prepares tasks and does jobs on them.

    Args:
        datasets: by content hash; may grow.
        cache: where gold labellers, classifiers and judges are kept.
    """

    def __init__(self, datasets: Mapping[str, Dataset], cache: Cache) -> None:
        self.datasets = datasets
        self.cache = cache
        self._task: tuple[object, ...] = ()
        self._prepared: tuple[Prepared, Judge] | Exception | None = None

    def do(self, job: Job, progress: Progress) -> Outcome:
        """Run or score a cell. Whatever goes wrong becomes a failed outcome."""
        try:
            prepared, judge = self._ready(job, progress)
        except Exception as error:
            return failed(blank_record(job.cell), error)
        if job.prepares:
            return Outcome(blank_record(job.cell))
        if job.stored is None:
            return run_cell(job.cell, prepared, judge, progress)
        stored = job.stored
        progress("score", 0.0, ", ".join(job.missing))
        judged = stored.record.judged_by(job.cell.lof)
        try:
            return rescore(judged, stored.people, prepared, judge, job.missing)
        except Exception as error:
            return failed(judged, error)

    def prepare(self, cell: Cell) -> tuple[Prepared, Judge]:
        """Return the task of a cell and its judge, made now or taken from the cache."""
        prepared = prepare(
            self.datasets[cell.data_hash], cell.recipe, cell.seed, self.cache, cell.threads, cell.device
        )
        return prepared, prepare_judge(prepared, cell.recipe, cell.lof, cell.seed, self.cache)

    def _ready(self, job: Job, progress: Progress) -> tuple[Prepared, Judge]:
        """Return the prepared task; what failed once for a task is not tried again for its next cell."""
        if job.task != self._task:
            progress("prepare", 0.0, "gold labels, classifier, judge")
            self._task, self._prepared = job.task, None
            try:
                self._prepared = self.prepare(job.cell)
            except Exception as error:
                self._prepared = error
        if isinstance(self._prepared, Exception):
            raise self._prepared
        assert self._prepared is not None
        return self._prepared
