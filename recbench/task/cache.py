"""Cache: gold labellers, classifiers and judges on disk, so that each is made once.

A convenience, never the truth: an entry that is damaged, that other versions of the libraries made, or that
would run code which somebody else may have written, is made anew.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

from recbench.files import clear_way, open_to_others, read_regular, written_whole
from recbench.task.sealed import ForeignError, Form, seal, unseal

T = TypeVar("T")

SUFFIX = ".model"
_LARGEST = 8 * 2**30
_LIBRARIES = ("numpy", "scikit-learn", "torch")
"""What another version of these fitted may be read wrongly, or give other numbers."""

_log = logging.getLogger(__name__)


class Cache:
    """Intermediate results by key.

    ``folder`` None keeps them in memory only. The last few stay in memory in any case.
    """

    def __init__(self, folder: Path | None, keep: int = 4) -> None:
        self.folder = folder
        self._keep = keep
        self._memory: dict[str, Any] = {}

    def get(self, what: str, key: object, make: Callable[[], T], form: Form[T] | None = None) -> T:
        """Return the value of ``key``, made and stored if it is not there yet.

        Args:
            what: a word for the kind of value.
            key: plain data on which the value depends.
            make: makes it.
            form: how it is stored without code; None is a pickle.
        """
        text = json.dumps([key, _versions()], sort_keys=True, default=str)
        name = f"{what}-{hashlib.sha256(text.encode()).hexdigest()[:32]}"
        if name not in self._memory:
            value = self._read(name, form)
            if value is None:
                value = make()
                self._write(name, value, form)
            while len(self._memory) >= self._keep:
                self._memory.pop(next(iter(self._memory)))
            self._memory[name] = value
        kept: T = self._memory[name]
        return kept

    def _read(self, name: str, form: Form[T] | None) -> T | None:
        if self.folder is None:
            return None
        path = self.folder / f"{name}{SUFFIX}"
        clear_way(path)
        try:
            sealed = read_regular(path, _LARGEST)
        except OSError:
            return None
        try:
            return unseal(name, sealed, form, lambda: open_to_others(path, folders=2) is None)
        except Exception as error:  # damaged bytes fail in every way there is
            _log.debug("%s is made anew: %s", path, error)
            if isinstance(error, ForeignError):
                _say_foreign(self.folder)
            with suppress(OSError):
                path.unlink()
            return None

    def _write(self, name: str, value: T, form: Form[T] | None) -> None:
        if self.folder is None:
            return
        # What cannot be written, or be pickled at all, is made again by whoever needs it next.
        with suppress(Exception):
            self.folder.mkdir(parents=True, exist_ok=True)
            with written_whole(self.folder / f"{name}{SUFFIX}") as fresh:
                fresh.write_bytes(seal(name, value, form))


@cache
def _versions() -> dict[str, str]:
    return {name: version(name) for name in _LIBRARIES}


@cache
def _say_foreign(folder: Path) -> None:
    """Say once why something takes longer than it need."""
    _log.warning(
        "%s: others may write there, so what would run code when it is read is made anew (chmod -R go-w).",
        folder,
    )
