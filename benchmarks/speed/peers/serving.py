"""One contestant in a process of its own, which does as it is told line by line.

Only the standard library and numpy: this also runs in the environments of peers, where there is no recbench.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import numpy as np

AT_ONCE = 10_000
"""People given to a method at a time, as in a benchmark run."""


class Contestant(Protocol):
    """What can be timed; making one imports its libraries and reads the problem, untimed."""

    def fit(self) -> None:
        """Learn what the method needs."""

    def warm(self, people: int) -> None:
        """Answer some of the first ``people``, so that nothing is compiled or loaded later."""

    def generate(self, people: int) -> np.ndarray:
        """Return (people, d) encoded answers for the first ``people``, or (people, k, d)."""


def serve(make: Callable[[], Contestant]) -> None:
    """Answer requests, a line of JSON each, until there are no more.

    A request has ``do`` (a contestant's function), ``people``, and ``keep``, a file for the answer. A reply
    has ``seconds``, ``cpu`` (of all threads) and ``peak`` (MiB so far), or ``error``.
    """
    # Libraries print what they like, so replies have a stream of their own.
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    def reply(**said: Any) -> None:
        print(json.dumps(said), file=replies, flush=True)

    try:
        contestant = make()
        reply(seconds=0.0, cpu=0.0, peak=_peak())
        for line in sys.stdin:
            reply(**_done(contestant, **json.loads(line)))
    except Exception as error:
        reply(error=f"{type(error).__name__}: {error}".splitlines()[0])
        raise


def _done(contestant: Contestant, do: str, people: int = 0, keep: str | None = None) -> dict[str, float]:
    answer = None
    started, used = time.perf_counter(), time.process_time()
    if do == "fit":
        contestant.fit()
    elif do == "warm":
        contestant.warm(people)
    else:
        answer = contestant.generate(people)
    done = {"seconds": time.perf_counter() - started, "cpu": time.process_time() - used, "peak": _peak()}
    if keep and answer is not None:
        np.save(keep, answer)
    return done


def _peak() -> float:
    """Return the most memory (MiB) that was resident since the program started."""
    status = Path("/proc/self/status")
    if status.exists():
        # The kernel hands `ru_maxrss` on to children, so there it may be the parent's.
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (2**20 if sys.platform == "darwin" else 2**10)


def check_network(said: np.ndarray, expected: np.ndarray) -> None:
    """Refuse a copy of the classifier that says something else.

    Args:
        said: (n,) probabilities of the copy.
        expected: (n,) probabilities of the classifier itself.

    Raises:
        ValueError: they differ by more than 1e-5.
    """
    apart = float(np.abs(said - expected).max())
    if not apart <= 1e-5:
        raise ValueError(f"the copy of the classifier is {apart:.1e} away from it")


def layers(arrays: Any) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return weights (out, in) and biases (out,) of the network in a problem file, first layer first."""
    count = sum(name.startswith("weight_") for name in arrays.files)
    return [(arrays[f"weight_{i}"], arrays[f"bias_{i}"]) for i in range(count)]
