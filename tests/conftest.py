"""What several tests share: a small table of people, and the command line in a real process."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from recbench.data.dataset import Dataset
from recbench.data.schema import Feature, Schema, Target
from recbench.hashing import digest
from recbench.store.folder import Store
from recbench.store.record import CellRecord, Score, Status
from recbench.task.recipes import LofRecipe, TaskRecipe

from .faulty import faulty
from .hostile import hostile
from .imported import (
    pytest_addoption,
    pytest_sessionfinish,
    pytest_terminal_summary,
    pytest_testnodedown,
)
from .loopback import bare, loopback
from .records import record_from

__all__ = [
    "bare",
    "faulty",
    "hostile",
    "loopback",
    "pytest_addoption",
    "pytest_sessionfinish",
    "pytest_terminal_summary",
    "pytest_testnodedown",
]

PEOPLE_SCHEMA = Schema(
    id="name",
    features=(
        Feature(name="age", kind="integer", lower=18, monotone="increase"),
        Feature(name="sex", kind="categorical", categories=("f", "m"), immutable=True),
        Feature(name="job", kind="categorical", categories=("none", "clerk", "smith", "nurse")),
        Feature(name="school", kind="ordinal", categories=("low", "middle", "high"), monotone="increase"),
        Feature(name="income", kind="continuous", lower=0),
        Feature(name="loans", kind="integer", lower=0, upper=9),
    ),
    target=Target(name="paid", favourable=("yes",)),
)


def people_frame(rows: int, seed: int) -> pd.DataFrame:
    """Return made-up people; those with income, school and few loans tend to pay back."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "name": [f"p{seed}-{row}" for row in range(rows)],
            "age": rng.integers(18, 80, rows),
            "sex": rng.choice(["f", "m"], rows),
            "job": rng.choice(["none", "clerk", "smith", "nurse"], rows),
            "school": rng.choice(["low", "middle", "high"], rows),
            "income": np.round(rng.gamma(4, 8, rows), 2),
            "loans": rng.integers(0, 10, rows),
        }
    )
    school = frame["school"].map({"low": 0, "middle": 1, "high": 2})
    logit = 0.08 * (frame["income"] - 30) + 0.8 * (school - 1) - 0.4 * (frame["loans"] - 5)
    frame["paid"] = np.where(rng.random(rows) < 1 / (1 + np.exp(-logit)), "yes", "no")
    return frame


@pytest.fixture(scope="session")
def people() -> Dataset:
    """A small data set with every kind of feature."""
    return Dataset("people", PEOPLE_SCHEMA, people_frame(500, 1), people_frame(200, 2))


@pytest.fixture(scope="session")
def people_files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The same kind of people as files: a CSV and its schema."""
    folder = tmp_path_factory.mktemp("people")
    people_frame(600, 3).to_csv(folder / "people.csv", index=False)
    (folder / "people.yaml").write_text(PEOPLE_SCHEMA.to_yaml())
    return folder / "people.csv", folder / "people.yaml"


class Recbench:
    """The command line, as a user calls it."""

    def __call__(
        self, *words: object, cwd: Path | None = None, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run it in this process, which is quicker; what it prints goes to no terminal.

        With an environment of its own it runs in a process of its own: libraries read theirs when they are
        imported.
        """
        if environment:
            return self.process(*words, cwd=cwd, **environment)
        from recbench.cli import main

        out, err, code = io.StringIO(), io.StringIO(), 0
        with ExitStack() as stack:
            stack.enter_context(contextlib.chdir(cwd or Path.cwd()))
            stack.enter_context(contextlib.redirect_stdout(out))
            stack.enter_context(contextlib.redirect_stderr(err))
            try:
                main([str(word) for word in words])
            except SystemExit as end:
                code = int(end.code or 0)
        return subprocess.CompletedProcess(
            [str(word) for word in words], code, out.getvalue(), err.getvalue()
        )

    def process(
        self, *words: object, cwd: Path | None = None, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run it in a process of its own, where that is the point."""
        return subprocess.run(
            [sys.executable, "-m", "recbench", *map(str, words)],
            capture_output=True,
            text=True,
            timeout=300,
            cwd=cwd,
            env={**os.environ, **environment},
            check=False,
        )


@pytest.fixture(scope="session")
def recbench() -> Recbench:
    return Recbench()


def cell_record(method: str = "genre", dataset: str = "loan", seed: int = 0, **changes: object) -> CellRecord:
    """Return the record of a cell that nobody ran: its numbers depend on what it is called."""
    rng = np.random.default_rng([seed, *f"{method}{dataset}".encode()])
    scores = {}
    for metric, scale in {"cost": 2.0, "validity": 1.0, "lof": 1.0, "score": 1.5, "found": 1.0}.items():
        mean = float(rng.uniform(0.2, 1.0) * scale)
        scores[metric] = Score(key="s", mean=mean, std=0.1, low=mean - 0.05, high=mean + 0.05, n=200)
    plain = f"{method}-{dataset}-{seed}"
    values: dict[str, object] = {
        "key": plain if re.fullmatch(r"[\w-]{1,99}", plain, re.ASCII) else digest(plain),
        "status": Status.DONE,
        "dataset": dataset,
        "data_hash": "0" * 64,
        "classifier": "mlp",
        "method": method,
        "label": method,
        "params": {"steps": 100 * (1 + len(method)), "rate": 0.01},
        "made_by": "recbench 0.1.0 0123456789ab",
        "seed": seed,
        "device": "cpu",
        "threads": 1,
        "chunk": 10_000,
        "recipe": TaskRecipe(),
        "lof": LofRecipe(),
        "people": 200,
        "found": 200,
        "fit_seconds": 2.0,
        "generate_seconds": 1.0,
        "scores": scores,
        "finished": "2026-01-02T03:04:05+00:00",
        "environment": {"python": "3.11.7", "torch": "2.13.0"},
    }
    return record_from({**values, **changes})


@pytest.fixture(scope="session")
def made_up() -> Callable[..., CellRecord]:
    """Make up the record of a cell."""
    return cell_record


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """MLflow's tables without a row, to be copied: MLflow takes seconds to create them."""
    from mlflow import MlflowClient

    path = tmp_path_factory.mktemp("mlflow") / "mlflow.db"
    MlflowClient(f"sqlite:///{path}").search_experiments()
    return path


@pytest.fixture
def filled(tmp_path: Path) -> Store:
    """A store with one sweep: three methods on two data sets, one cell that failed and one skipped."""
    store = Store(tmp_path / "results")
    people = pd.DataFrame({"person": ["x", "y"], "cost": [0.25, None]})
    cells = [
        cell_record(method, data) for data in ("loan", "moons") for method in ("genre", "nnr", "wachter")
    ]
    for cell in cells:
        store.write(cell, people)
    bare: dict[str, Any] = {"scores": {}, "fit_seconds": None, "generate_seconds": None}
    broken = "Traceback (most recent call last):\nValueError: no way"
    lost = cell_record("dice", status="failed", reason="ValueError: no way", traceback=broken, **bare)
    spared = cell_record("roar", status="skipped", reason="needs gradients", **bare)
    cells += [store.write(cell, None) for cell in (lost, spared)]
    (store.root / "sweeps").mkdir()
    note = {"id": "5eed", "started": "2026-01-02T03:00:00+00:00", "suite": {"name": "quick"}}
    note["cells"] = {cell.key: cell.cell.label for cell in cells}
    (store.root / "sweeps" / "5eed.json").write_text(json.dumps(note))
    return store


class TrackingServer:
    """A real ``mlflow server`` that keeps its own files and can be stopped and started again."""

    def __init__(self, home: Path) -> None:
        self._home = home
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self.uri = f"http://127.0.0.1:{self._port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "mlflow", "server", "--port", str(self._port), "--workers", "1"),
                *("--backend-store-uri", f"sqlite:///{self._home / 'server.db'}"),
                *("--artifacts-destination", str(self._home / "artifacts")),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env={
                **os.environ,
                "MLFLOW_DISABLE_TELEMETRY": "true",
                "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
            },
        )
        for _ in range(600):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"{self.uri}/health", timeout=5).close()
                return
            assert self._process.poll() is None, "mlflow server did not start"
            time.sleep(0.2)
        raise AssertionError("mlflow server did not answer")

    def kill(self) -> None:
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None


@pytest.fixture
def tracking_server(tmp_path: Path) -> Iterator[TrackingServer]:
    """A tracking server that runs."""
    (tmp_path / "server").mkdir()
    server = TrackingServer(tmp_path / "server")
    try:
        server.start()
        yield server
    finally:
        server.kill()
