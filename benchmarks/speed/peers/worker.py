"""The parent's end of a contestant's process."""

from __future__ import annotations

import contextlib
import json
import os
import select
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


class ContestantError(Exception):
    """A contestant failed, or took longer than it may."""


@dataclass(frozen=True)
class Spent:
    """What a request took.

    Attributes:
        seconds: of wall-clock.
        cpu: seconds of all its threads.
        peak: MiB, the most that was resident in the process so far.
    """

    seconds: float
    cpu: float
    peak: float


class Worker:
    """A process that serves one contestant.

    Args:
        words: the command.
        limit: seconds that a request may take before the process is ended.
        environment: variables beside this process's own, of which the number of threads is left out.
    """

    def __init__(self, words: Sequence[str], limit: float, environment: Mapping[str, str]) -> None:
        self.limit = limit
        # What libraries print goes to a file, since a pipe that nobody reads would fill up.
        self._log = tempfile.TemporaryFile()  # noqa: SIM115
        kept = {name: value for name, value in os.environ.items() if name != "OMP_NUM_THREADS"}
        self._process = subprocess.Popen(
            list(words),
            cwd=ROOT,
            env={**kept, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
        )

    def ready(self) -> Spent:
        """Wait until the contestant has its libraries and its problem."""
        return self._reply()

    def ask(self, do: str, people: int = 0, keep: Path | None = None) -> Spent:
        """Have something done.

        Args:
            do: ``fit``, ``warm`` or ``generate``.
            people: the first so many.
            keep: file (.npy) for the answer.

        Raises:
            ContestantError: it failed or took too long; the process has ended.
        """
        assert self._process.stdin is not None
        line = json.dumps({"do": do, "people": people, "keep": str(keep) if keep else None})
        with contextlib.suppress(BrokenPipeError):  # why it ended is read with the reply
            self._process.stdin.write(line.encode() + b"\n")
            self._process.stdin.flush()
        return self._reply()

    def close(self) -> None:
        """End the process."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()
        self._log.close()

    def _reply(self) -> Spent:
        assert self._process.stdout is not None
        started = time.monotonic()
        there, _, _ = select.select([self._process.stdout], [], [], self.limit)
        if not there:
            self.close()
            raise ContestantError(f"took more than {time.monotonic() - started:.0f} s")
        said = json.loads(self._process.stdout.readline() or "{}")
        if "seconds" not in said:
            reason = said.get("error") or self._last_words()
            self.close()
            raise ContestantError(reason)
        return Spent(**said)

    def _last_words(self) -> str:
        self._process.wait()
        self._log.seek(0)
        lines = self._log.read().decode(errors="replace").split("\n")
        said = [line.strip() for line in lines if line.strip()]
        return said[-1] if said else f"ended with code {self._process.returncode}"
