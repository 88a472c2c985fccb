"""Stores and archives that several tests start from."""

from __future__ import annotations

from pathlib import Path

import pytest

from recbench.store.archive import export_cells
from recbench.store.folder import Store
from recbench.store.record import Status

from .archives import A, B, Made
from .cells import PEOPLE_FRAME


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store without a cell."""
    return Store(tmp_path / "results")


@pytest.fixture
def stocked(tmp_path: Path, made_up: Made) -> Store:
    """A store with a finished and a failed cell."""
    store = Store(tmp_path / "results")
    store.write(made_up(key=A), PEOPLE_FRAME)
    store.write(made_up(key=B, status=Status.FAILED, reason="it broke"), None)
    return store


@pytest.fixture
def other(tmp_path: Path) -> Store:
    """An empty store on another machine."""
    return Store(tmp_path / "elsewhere")


@pytest.fixture
def whole(stocked: Store, tmp_path: Path) -> Path:
    """An archive of that store."""
    export_cells(stocked, tmp_path / "whole.tar.gz")
    return tmp_path / "whole.tar.gz"
