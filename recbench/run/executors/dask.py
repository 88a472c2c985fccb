"""Dask: the workers of an existing dask.distributed scheduler.

Every task (gold labeller, classifier, judge) is prepared once, by one keyed dask task, and travels to
each worker that needs it once. Workers need nothing of the driver's disk.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from importlib import import_module
from types import TracebackType
from typing import Any

from recbench.data.dataset import Dataset
from recbench.errors import RecbenchError, UsageError
from recbench.hashing import digest
from recbench.run.execute import blank_record, failed
from recbench.run.executors.base import TRIES, Host, Job, Limits, ended
from recbench.run.executors.dask_worker import (
    Running,
    cell_code,
    close_slots,
    differs,
    prepare_task,
    run_job,
    running,
)
from recbench.store.record import Outcome, Status

_CONNECT = 20
"""Seconds to wait for the scheduler, and for its first worker."""
_AHEAD = 3
"""Cells handed over per worker thread: enough to keep them busy, few enough to hold in memory."""
_LOOK = 0.5
"""Seconds after which the driver looks whether somebody wants it to stop."""


class Dask:
    """Sends cells to a cluster.

    Args:
        datasets: what the cells run on, by content hash.
        address: of the scheduler.
        limits: what one cell may take.
        resources: what each cell takes of a worker's resources.

    Raises:
        UsageError: dask.distributed is not installed, or no worker has the resources.
        RecbenchError: the scheduler cannot be reached, or has no workers.
    """

    def __init__(
        self, datasets: Mapping[str, Dataset], address: str, limits: Limits, resources: Mapping[str, float]
    ) -> None:
        self._datasets = datasets
        self._address, self._limits, self._resources = address, limits, dict(resources)
        self._sent: dict[object, Any] = {}
        distributed = _library()
        with ExitStack() as started:
            started.enter_context(_hushed())
            self._client = _connect(distributed, address, self._resources)
            self.slots = self._threads()
            self._loud = started.pop_all()

    def __enter__(self) -> Dask:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._loud:
            # A scheduler that is gone cannot be told anything; its workers end by themselves.
            with suppress(Exception):
                if self._client.status == "running":
                    self._client.cancel(list(self._sent.values()))
                    self._client.run(close_slots)
            self._sent.clear()
            with suppress(Exception):
                self._client.close(timeout=5)

    def run(self, jobs: Sequence[Job], host: Host) -> Iterator[tuple[Job, Outcome]]:
        """See :class:`~recbench.run.executors.base.Executor`.

        Raises:
            RecbenchError: the workers run other code than the driver, or the scheduler went away.
        """
        code = running(sorted({cell_code(job.cell) for job in jobs}))
        self._check_workers(code)
        host.said(f"dask: scheduler {self._address}, dashboard {self._client.dashboard_link}")
        waiting = iter(jobs)
        flying: dict[Any, tuple[Job, int]] = {}
        while True:
            while len(flying) < self._room() and not host.stopping:
                job = next(waiting, None)
                if job is None:
                    break
                begun = host.begin(job)
                if begun is not None:
                    flying[self._submit(begun, code)] = begun, 1
            if not flying:
                return
            dropped = []
            for future in self._ended(list(flying)):
                job, tries = flying.pop(future)
                try:
                    outcome = self._outcome(future, job)
                except _DroppedError:
                    dropped.append((job, tries))
                    continue
                if outcome is None and tries < TRIES:
                    dropped.append((job, tries + 1))
                else:
                    yield job, outcome or ended(job, Status.LOST, f"its worker died, {TRIES} times")
            if dropped and not host.stopping:
                # What a dead worker held is gone too, and dask does not say which of it.
                self._sent.clear()
                self._await_worker(host)
                flying |= {self._submit(job, code): (job, tries) for job, tries in dropped}

    def _await_worker(self, host: Host) -> None:
        """Wait until there is a worker again."""
        told = False
        while not self._call(self._client.nthreads) and not host.stopping:
            if not told:
                host.said(f"dask: no worker is left; waiting for one (dask worker {self._address})")
                told = True
            time.sleep(_LOOK)

    def _room(self) -> int:
        """Return how many cells may be on their way: workers come and go."""
        self.slots = self._threads()
        return _AHEAD * self.slots

    def _threads(self) -> int:
        threads: dict[str, int] = self._call(self._client.nthreads)
        return max(1, sum(threads.values()))

    def _submit(self, job: Job, code: Running) -> Any:
        dataset = self._dataset(job.cell.data_hash)
        return self._call(
            self._client.submit,
            run_job,
            job,
            dataset,
            self._prepared(job, dataset),
            self._limits,
            code,
            pure=False,
            resources=self._resources or None,
            # The longest first, as with every executor.
            priority=1e9 if job.expected is None else job.expected,
        )

    def _dataset(self, content_hash: str) -> Any:
        if content_hash not in self._sent:
            self._sent[content_hash] = self._call(
                self._client.scatter, self._datasets[content_hash], hash=False
            )
        return self._sent[content_hash]

    def _prepared(self, job: Job, dataset: Any) -> Any:
        if job.task not in self._sent:
            key = f"recbench-prepare-{digest(repr(job.task))}-{uuid.uuid4().hex[:8]}"
            self._sent[job.task] = self._call(
                self._client.submit, prepare_task, job, dataset, self._limits, key=key, priority=2e9
            )
        return self._sent[job.task]

    def _ended(self, futures: list[Any]) -> list[Any]:
        from distributed import CancelledError, wait

        # What is cancelled has lost its worker, its inputs or the scheduler; its status says so below.
        with suppress(TimeoutError, CancelledError):
            self._call(wait, futures, timeout=_LOOK, return_when="FIRST_COMPLETED")
        if self._client.status != "running":
            raise _gone(self._address)
        return [future for future in futures if future.done()]

    def _outcome(self, future: Any, job: Job) -> Outcome | None:
        """Return what became of a job; None if its worker died with it.

        Raises:
            _DroppedError: it did not run to its end, because what it needs was lost with a worker.
            RecbenchError: the scheduler went away, or a worker runs other code.
        """
        from distributed import CancelledError
        from distributed.scheduler import KilledWorker

        try:
            outcome: Outcome = self._call(future.result)
        except KilledWorker:
            return None
        except CancelledError as error:
            if "scheduler" in str(error) or self._client.status != "running":
                raise _gone(self._address) from error
            raise _DroppedError from error
        except RecbenchError:
            raise
        except Exception as error:
            return failed(blank_record(job.cell), error)
        return outcome

    def _check_workers(self, code: Running) -> None:
        for worker, theirs in self._call(self._client.run, running, list(code.cells)).items():
            problem = differs(theirs, code)
            if problem:
                raise RecbenchError(f"worker {worker} {problem}.", "Install the same versions everywhere.")

    def _call(self, call: Any, *args: Any, **kwargs: Any) -> Any:
        """Call something of dask; a scheduler that went away is one clear error."""
        try:
            return call(*args, **kwargs)
        except OSError as error:
            if isinstance(error, TimeoutError):
                raise
            raise _gone(self._address) from error


class _DroppedError(Exception):
    """Dask dropped a job because what it needs was lost."""


def _gone(address: str) -> RecbenchError:
    return RecbenchError(
        f"the dask scheduler at {address} went away.",
        "Finished cells are kept; the same command goes on once it is back.",
    )


def _check_tls(distributed: Any) -> None:
    """Say what is wrong with the certificates that dask is configured to show; it does not."""
    how = "docs/running.md shows how to set distributed.comm.tls.ca-file and .client.cert and .key."
    try:
        context = distributed.Security().get_connection_args("client").get("ssl_context")
    except (OSError, ValueError, TypeError) as error:
        raise UsageError(f"dask's certificates cannot be used: {error}.", how) from error
    if context is None:
        raise UsageError("--scheduler tls://... needs certificates, and dask knows of none.", how)


def _library() -> Any:
    try:
        return import_module("distributed")
    except ImportError as error:
        raise UsageError("--scheduler needs dask.distributed.", "pip install distributed") from error


@contextmanager
def _hushed() -> Iterator[None]:
    """Keep dask quiet meanwhile: what it would say of a scheduler that went away is one line here."""
    names = [*logging.root.manager.loggerDict, "asyncio"]
    loggers = [
        logging.getLogger(name)
        for name in names
        if name.partition(".")[0] in ("distributed", "tornado", "asyncio")
    ]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def _connect(distributed: Any, address: str, resources: Mapping[str, float]) -> Any:
    if not address:
        raise UsageError("--scheduler is empty.", "Write tcp://HOST:8786 or tls://HOST:8786.")
    if address.startswith("tls:"):
        _check_tls(distributed)
    try:
        client: Any = distributed.Client(address, timeout=_CONNECT)
    except RuntimeError as error:  # dask is told to refuse what is not encrypted
        raise UsageError(f"dask: {error}.", "Write tls://HOST:8786.") from error
    except (OSError, ValueError) as error:
        raise RecbenchError(
            f"there is no dask scheduler at {address}.",
            "Start one with `dask scheduler`, or mend the address.",
        ) from error
    try:
        client.wait_for_workers(1, timeout=_CONNECT)
    except TimeoutError as error:
        client.close()
        raise RecbenchError(
            f"the dask scheduler at {address} has no workers.", f"Start some with `dask worker {address}`."
        ) from error
    offers = [worker["resources"] for worker in client.scheduler_info(n_workers=-1)["workers"].values()]
    if not any(all(offer.get(name, 0) >= number for name, number in resources.items()) for offer in offers):
        client.close()
        asked = ",".join(f"{name}={number:g}" for name, number in resources.items())
        raise UsageError(
            f"no worker of {address} offers {asked}.",
            f"Start one with `dask worker {address} --resources {asked}`.",
        )
    return client
