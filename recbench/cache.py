"""Cache: gold labellers, classifiers and judges on disk, so that each is made once."""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import joblib

T = TypeVar("T")

_SUFFIX = ".joblib"


class Cache:
    """Pickled intermediate results by key; a damaged entry is computed anew.

    ``folder`` None keeps them in memory only. The last few stay in memory in any case.
    """

    def __init__(self, folder: Path | None, keep: int = 4) -> None:
        self.folder = folder
        self._keep = keep
        self._memory: dict[str, Any] = {}

    def get(self, what: str, key: object, make: Callable[[], T]) -> T:
        """Return the value of ``key``, made and stored if it is not there yet."""
        digest = hashlib.sha256(json.dumps(key, sort_keys=True, default=str).encode()).hexdigest()[:32]
        name = f"{what}-{digest}"
        if name not in self._memory:
            value = self._read(name)
            if value is None:
                value = make()
                self._write(name, value)
            while len(self._memory) >= self._keep:
                self._memory.pop(next(iter(self._memory)))
            self._memory[name] = value
        kept: T = self._memory[name]
        return kept

    def _read(self, name: str) -> Any:
        if self.folder is None:
            return None
        path = self.folder / f"{name}{_SUFFIX}"
        try:
            return joblib.load(path)
        except FileNotFoundError:
            return None
        except (OSError, EOFError, ValueError, KeyError, AttributeError, ImportError, pickle.PickleError):
            path.unlink(missing_ok=True)
            return None

    def _write(self, name: str, value: Any) -> None:
        if self.folder is None:
            return
        # A cache is a convenience: when it cannot be written, the run goes on without it.
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(dir=self.folder, suffix=".tmp")
            os.close(handle)
        except OSError:
            return
        try:
            # Forests are large and compress to a sixth, which also reads back quicker.
            joblib.dump(value, temporary, compress=3)
            Path(temporary).replace(self.folder / f"{name}{_SUFFIX}")
        except OSError:
            Path(temporary).unlink(missing_ok=True)
