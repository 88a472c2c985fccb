"""Stopping: Ctrl-C or SIGTERM once lets running cells end, Ctrl-C twice stops at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType, TracebackType
from typing import Any

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stop:
    """Whether somebody wants the sweep to end. A context manager: inside it signals are taken as wishes.

    Args:
        asked: is called at the first signal.
    """

    def __init__(self, asked: Callable[[], None]) -> None:
        self._asked = asked
        self._event = threading.Event()
        self._before: dict[int, Any] = {}
        self._held_off = self._at_once = False

    @property
    def requested(self) -> bool:
        """Whether nothing new shall begin."""
        return self._event.is_set()

    def wait(self, seconds: float) -> None:
        """Wait, but not past a request."""
        self._event.wait(seconds)

    @contextmanager
    def held_off(self) -> Iterator[None]:
        """Inside the block even the second Ctrl-C waits: what is being written is written whole."""
        self._held_off = True
        try:
            yield
        finally:
            self._held_off = False
        if self._at_once:
            raise KeyboardInterrupt

    def __enter__(self) -> Stop:
        # Python allows handlers in the main thread only; elsewhere whoever started the sweep sees to it.
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._handle) for number in _SIGNALS}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self._event.is_set():
            if number == signal.SIGINT:
                self._at_once = True
                if not self._held_off:
                    raise KeyboardInterrupt
            return
        self._event.set()
        # A signal may come in the middle of printing, when nothing else can be printed.
        with suppress(RuntimeError):
            self._asked()
