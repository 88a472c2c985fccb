"""Child: the process of a slot. It does what its parent sends and ends when the parent is gone.

Started as ``python -m recbench.run.executors.child FD``; FD is its end of the connection.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import sys
import time
import traceback
from multiprocessing.connection import Connection
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any

from recbench.run.executors.bench import Bench
from recbench.run.executors.wire import receive, send
from recbench.task.cache import Cache

if TYPE_CHECKING:
    from recbench.data.dataset import Dataset

_BETWEEN_PHASES = 0.1
"""Seconds between two messages on how far a phase is."""


class _Reporter:
    """Sends how far the cell is, not more often than anyone can read."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._phase = ""
        self._last = 0.0

    def __call__(self, phase: str, fraction: float, text: str) -> None:
        now = time.monotonic()
        if phase == self._phase and now - self._last < _BETWEEN_PHASES:
            return
        self._phase, self._last = phase, now
        send(self._connection, ("phase", (phase, fraction, text)))


def main() -> None:
    """Do jobs until the parent closes the connection."""
    faulthandler.enable()
    descriptor = int(sys.argv[1])
    os.set_inheritable(descriptor, False)
    connection: Connection = Connection(descriptor)
    inbox: SimpleQueue[tuple[str, Any]] = SimpleQueue()
    Thread(target=_receive, args=(connection, inbox), daemon=True).start()
    datasets: dict[str, Dataset] = {}
    bench = Bench(datasets, Cache(None))
    # A parent that dies between two messages: the receiving thread ends this process.
    with contextlib.suppress(BrokenPipeError):
        while True:
            what, load = inbox.get()
            if what == "dataset":
                datasets[load.content_hash] = load
                continue
            job, folder = load
            if folder != bench.cache.folder:
                bench.cache = Cache(folder)
            send(connection, ("outcome", bench.do(job, _Reporter(connection))))


def _receive(connection: Connection, inbox: SimpleQueue[tuple[str, Any]]) -> None:
    """Pass on what the parent sends. When it is gone, end at once, whatever a method is doing."""
    try:
        while True:
            inbox.put(receive(connection))
    except (EOFError, OSError):
        os._exit(0)
    except BaseException:
        # What cannot be read would leave the parent waiting for ever: it learns why from what was said.
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)


if __name__ == "__main__":
    main()
