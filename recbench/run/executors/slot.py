"""Slot: one long-lived child process and the watch over it. Used by ``local`` and ``dask`` alike.

Children are started by subprocess: forking a process in which torch has started threads can hang, and
a dask worker's process may not start multiprocessing children.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import IO, TYPE_CHECKING

import psutil

from recbench.run.executors.base import TRIES, Job, Limits, ended
from recbench.run.executors.wire import receive, send
from recbench.store.record import Outcome, Status

if TYPE_CHECKING:
    from recbench.data.dataset import Dataset
    from recbench.run.recourse import Progress

WATCH = 0.1
"""Seconds between two looks at the clock and the memory."""

_SAID = 20_000
"""Characters kept of what a process that died had printed."""


class Slot:
    """Does one job at a time in a child process, within limits.

    A child that dies is replaced and its job tried once more. Nothing a method does to its process
    reaches this one: it may hang, crash, or allocate without end.

    Attributes:
        limits: what one cell may take.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._child: _Child | None = None
        self._job: Job | None = None
        self._with: tuple[Dataset, Path] | None = None
        self._tries = 0
        self._began: float | None = None

    @property
    def job(self) -> Job | None:
        """The job that is being done."""
        return self._job

    @property
    def connection(self) -> Connection:
        """What to wait on while a job is being done."""
        assert self._child is not None
        return self._child.connection

    def begin(self, job: Job, dataset: Dataset, cache: Path) -> None:
        """Give the slot a job, the data set of its cell, and the folder of prepared tasks."""
        self._job, self._with, self._tries = job, (dataset, cache), 0
        self._try()

    def check(self, progress: Progress) -> Outcome | None:
        """Return the outcome of the job if it has ended; never blocks for long."""
        assert self._child is not None and self._job is not None
        outcome = self._read(progress)
        if outcome is None and not self._child.lives:
            # It may have answered and died between the two looks.
            outcome = self._read(progress) or self._lost()
        if outcome is None:
            outcome = self._past_limits()
        if outcome is not None:
            self._job = None
            self._retire_if_large()
        return outcome

    def do(self, job: Job, dataset: Dataset, cache: Path, progress: Progress) -> Outcome:
        """Do a job to its end."""
        self.begin(job, dataset, cache)
        while True:
            wait([self.connection], timeout=WATCH)
            outcome = self.check(progress)
            if outcome is not None:
                return outcome

    def close(self) -> None:
        """End the child."""
        self._end_child()
        self._job = None

    def _try(self) -> None:
        assert self._job is not None and self._with is not None
        self._tries += 1
        self._began = None
        if self._child is None or not self._child.lives:
            self._end_child()
            self._child = _Child()
        # A child that dies at once is noticed by the next check.
        with suppress(OSError):
            self._child.send(self._job, *self._with)

    def _end_child(self) -> None:
        if self._child is not None:
            self._child.end()
            self._child = None

    def _read(self, progress: Progress) -> Outcome | None:
        assert self._child is not None
        with suppress(EOFError, OSError):
            while self._child.connection.poll():
                what, load = receive(self._child.connection)
                if what == "outcome":
                    outcome: Outcome = load
                    return outcome
                phase = load[0]
                if phase != "prepare" and self._began is None:
                    self._began = time.monotonic()
                progress(*load)
        return None

    def _lost(self) -> Outcome | None:
        """Begin once more, or return that the cell is lost."""
        assert self._child is not None and self._job is not None
        reason, said = self._child.how_it_died()
        self._end_child()
        if self._tries < TRIES:
            self._try()
            return None
        return ended(self._job, Status.LOST, f"{reason}, {TRIES} times", said)

    def _past_limits(self) -> Outcome | None:
        assert self._child is not None and self._job is not None
        seconds, memory = self.limits.seconds, self.limits.memory
        if seconds is not None and self._began is not None and time.monotonic() - self._began > seconds:
            self._end_child()
            return ended(self._job, Status.TIMEOUT, f"stopped after {seconds:g} seconds (--cell-timeout)")
        if memory is not None and self._child.memory() > memory:
            self._end_child()
            gigabytes = memory / 2**30
            return ended(self._job, Status.MEMORY, f"stopped above {gigabytes:.3g} GiB (--cell-memory)")
        return None

    def _retire_if_large(self) -> None:
        """End a child that holds much memory after its cell: the next one has a right to its own share."""
        memory = self.limits.memory
        if memory is not None and self._child is not None and self._child.memory() > memory / 2:
            self._end_child()


class _Child:
    """A running child process."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        self.log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the child
        # The child finds what this process finds, and nothing that lies in the current folder by chance.
        path = os.pathsep.join(entry for entry in sys.path if entry)
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "recbench.run.executors.child", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONPATH": path},
            # Ctrl-C on the terminal is for the driver, which decides what ends.
            start_new_session=True,
        )
        theirs.close()
        self.connection: Connection = Connection(ours.detach())
        self._known: set[str] = set()

    @property
    def lives(self) -> bool:
        return self._process.poll() is None

    def send(self, job: Job, dataset: Dataset, cache: Path) -> None:
        if dataset.content_hash not in self._known:
            send(self.connection, ("dataset", dataset))
            self._known.add(dataset.content_hash)
        send(self.connection, ("job", (job, cache)))

    def memory(self) -> int:
        """Return the resident bytes of the process and of all that it started."""
        total = 0
        with suppress(psutil.Error):
            process = psutil.Process(self._process.pid)
            for one in [process, *process.children(recursive=True)]:
                with suppress(psutil.Error):
                    total += one.memory_info().rss
        return total

    def how_it_died(self) -> tuple[str, str]:
        """Return how the process ended in words, and the last that it printed."""
        code = self._process.wait()
        self.log.seek(max(0, self.log.seek(0, os.SEEK_END) - _SAID))
        said = self.log.read().decode(errors="replace").strip()
        if code >= 0:
            return f"its process ended with exit code {code}", said
        try:
            name = signal.Signals(-code).name
        except ValueError:
            name = f"signal {-code}"
        return f"its process was ended by {name}", said

    def end(self) -> None:
        """Kill the process and all that it started."""
        with suppress(OSError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self.connection.close()
        self.log.close()
