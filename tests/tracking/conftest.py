"""What the tests of MLflow share: a store, and what its runs say."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest
from mlflow import MlflowClient
from mlflow.entities import Run, ViewType

from recbench.store.folder import Store
from recbench.store.paths import PEOPLE
from recbench.store.record import CellRecord
from recbench.tracking.client import default_uri
from recbench.tracking.sync import sync
from recbench.tracking.tracker import Change, MlflowTracker

PEOPLE_FRAME = pd.DataFrame({"person": ["x", "y"], "cost": [0.25, None]})


@pytest.fixture
def store(tmp_path: Path, empty_database: Path) -> Store:
    store = Store(tmp_path / "results")
    shutil.copy(empty_database, store.root / "mlflow.db")
    return store


@pytest.fixture
def cell(store: Store, made_up) -> CellRecord:  # type: ignore[no-untyped-def]
    return store.write(made_up(), PEOPLE_FRAME)


@pytest.fixture
def mirrored(filled: Store, empty_database: Path) -> Store:
    shutil.copy(empty_database, filled.root / "mlflow.db")
    assert sync(filled, None) == {Change.ADDED: 8}
    return filled


def people_of(store: Store, record: CellRecord) -> Path | None:
    path = store.cells / record.key / PEOPLE
    return path if path.is_file() else None


def log(tracker: MlflowTracker, store: Store, record: CellRecord, sweep: str = "5eed") -> bool:
    return tracker.log(record, people_of(store, record), sweep)


def runs_of(uri: str, name: str = "recbench", view: int = ViewType.ACTIVE_ONLY) -> list[Run]:
    """Return the runs of cells, without the summaries of sweeps."""
    client = MlflowClient(uri)
    experiment = client.get_experiment_by_name(name)
    assert experiment is not None
    found = client.search_runs([experiment.experiment_id], run_view_type=view, max_results=1000)
    return [run for run in found if "recbench.summary" not in run.data.tags]


def runs_in(store: Store) -> list[Run]:
    return runs_of(default_uri(store.root))


def file_of(run: Run, name: str, uri: str, place: Path) -> Path:
    place.mkdir(exist_ok=True)
    return Path(MlflowClient(uri).download_artifacts(run.info.run_id, name, str(place)))
