"""What a process takes: seconds, CPU seconds, and memory at its peak."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Used(NamedTuple):
    """What a process took.

    Attributes:
        seconds: from start to end.
        cpu: CPU seconds of all its threads, in user and system mode.
        memory: the peak of its resident memory, in MiB.
    """

    seconds: float
    cpu: float
    memory: float


def recbench(*words: object) -> list[str]:
    """Return the command line of a command of recbench."""
    return [sys.executable, "-m", "recbench", *map(str, words)]


def used(command: Sequence[str]) -> Used:
    """Run a command, which says nothing, and return what it took.

    Raises:
        SystemExit: it failed; the message is what it said.
    """
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert process.stderr is not None
    said = process.stderr.read().decode()
    process.stderr.close()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(said)
    took = time.perf_counter() - started
    return Used(took, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def median(several: Iterable[Used]) -> Used:
    """Return the median of each number."""
    return Used(*map(statistics.median, zip(*several, strict=True)))
