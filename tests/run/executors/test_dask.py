"""What sending cells to dask leaves behind in the process that asked for it."""

from __future__ import annotations

import logging
import sys

import pytest

from recbench.errors import UsageError
from recbench.run.executors.base import Limits
from recbench.run.executors.dask import Dask


def levels() -> dict[str, int]:
    names = ("asyncio", "distributed", "distributed.comm", "tornado.application")
    return {name: logging.getLogger(name).level for name in names}


def test_a_call_that_fails_leaves_everybody_s_loggers_as_they_were() -> None:
    pytest.importorskip("distributed")
    before = levels()
    with pytest.raises(UsageError, match="--scheduler is empty"):
        Dask({}, "", Limits(), {})
    assert levels() == before


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(UsageError, match=r"needs dask\.distributed\. pip install distributed"):
        Dask({}, "tcp://127.0.0.1:1", Limits(), {})
