"""Manners: how MLflow behaves while recbench talks to it; afterwards the process is as it was."""

from __future__ import annotations

import logging
import os
import threading
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

NO_TELEMETRY = {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}

# What MLflow would print, a tracker's `problem` says. Of a server that is gone MLflow must notice in seconds,
# not after its own 7 retries of 120 s: one that never answers is given two times 10 s. The tracker sees to it
# that this does not happen for every cell.
_VARIABLES = {
    **NO_TELEMETRY,
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
    "GIT_PYTHON_REFRESH": "quiet",
}
_LOGGERS = ("mlflow", "alembic", "urllib3.connectionpool")
_TRIES = 2
"""At opening a database: MLflow's own 10 take 100 s where it cannot be opened."""


@contextmanager
def polite() -> Iterator[None]:
    """Keep MLflow quiet and quick inside the block. Variables that are set in the environment win.

    Imports MLflow, which takes seconds. Environment, loggers and warnings belong to the whole process:
    other threads see the change while the block lasts, and blocks may be nested or overlap in threads. The
    first to begin changes what the last to end puts back.
    """
    _block.begin()
    try:
        yield
    finally:
        _block.end()


class _Block:
    """The time in which somebody talks to MLflow."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._undo = ExitStack()

    def begin(self) -> None:
        with self._lock:
            if not self._inside:
                self._undo.enter_context(_changed())
            self._inside += 1

    def end(self) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside:
                self._undo.close()


_block = _Block()


@contextmanager
def _changed() -> Iterator[None]:
    with _environment():
        # The import gives loggers the levels, and warnings the filters, that they shall have again.
        from mlflow.store.db import utils

        levels = {logging.getLogger(name): logging.getLogger(name).level for name in _LOGGERS}
        tries = utils.MAX_RETRY_COUNT
        with warnings.catch_warnings():
            # Somebody's `python -W error` is about their code; SQLAlchemy warns of MLflow's.
            warnings.simplefilter("ignore")
            for logger in levels:
                logger.setLevel(logging.CRITICAL)
            utils.MAX_RETRY_COUNT = _TRIES
            try:
                yield
            finally:
                utils.MAX_RETRY_COUNT = tries
                for logger, level in levels.items():
                    logger.setLevel(level)


@contextmanager
def _environment() -> Iterator[None]:
    ours = {name: value for name, value in _VARIABLES.items() if name not in os.environ}
    os.environ.update(ours)
    try:
        yield
    finally:
        for name, value in ours.items():
            if os.environ.get(name) == value:
                del os.environ[name]
