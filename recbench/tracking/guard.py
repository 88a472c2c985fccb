"""Guard: a module as a child process that ends with this one, however this one ends.

Started as ``python -m recbench.tracking.guard MODULE WORDS...`` the child runs the module as ``python -m``
does. Its standard input is a pipe from its parent, which closes when the parent is gone, even by SIGKILL.
"""

from __future__ import annotations

import contextlib
import os
import runpy
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from typing import Self

_GRACE = 10.0
"""Seconds to end in good order."""


class Guarded:
    """``python -m MODULE WORDS...``, which runs during a ``with`` block.

    Args:
        module: what to run.
        words: of its command line; other users of the machine can read them.
        environment: further variables.
    """

    def __init__(self, module: str, words: list[str], environment: Mapping[str, str]) -> None:
        self._command = [sys.executable, "-m", __name__, module, *words]
        # The child finds what this process finds, and nothing that lies in the current folder by chance.
        path = os.pathsep.join(entry for entry in sys.path if entry)
        self._environment = {**os.environ, **environment, "PYTHONPATH": path, "PYTHONSAFEPATH": "1"}

    def __enter__(self) -> Self:
        self._said = tempfile.TemporaryFile()
        self._process = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=self._said,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # a Ctrl-C on the terminal is for us; we end it in good order
            env=self._environment,
        )
        return self

    def __exit__(self, *error: object) -> None:
        """End it and whatever it started."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(2 * _GRACE)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._said.close()

    @property
    def lives(self) -> bool:
        """Whether it runs."""
        return self._process.poll() is None

    def wait(self) -> None:
        """Wait until it ends by itself."""
        self._process.wait()

    def last_words(self) -> str:
        """Return the last line that it printed; empty if it said nothing."""
        self._said.seek(0)
        lines = self._said.read().decode(errors="replace").strip().splitlines()
        return lines[-1].strip() if lines else ""


def _end_with_parent() -> None:
    os.read(0, 1)
    os.killpg(0, signal.SIGTERM)
    time.sleep(_GRACE)
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    threading.Thread(target=_end_with_parent, daemon=True).start()
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
