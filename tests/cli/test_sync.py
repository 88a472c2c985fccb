from __future__ import annotations

import shutil
import socket
from pathlib import Path

import pytest
from mlflow import MlflowClient

from recbench.store.folder import Store
from recbench.store.sweeps import sweep_notes
from recbench.tracking.client import default_uri


def test_sync_adds_what_is_missing_once(recbench, filled: Store, empty_database: Path) -> None:  # type: ignore[no-untyped-def]
    shutil.copy(empty_database, filled.root / "mlflow.db")
    first = recbench("sync", "--results", filled.root, "--no-people-artifact")
    assert (first.returncode, first.stderr) == (0, "")
    assert first.stdout.splitlines() == [
        "8 cells: 8 added, 0 updated, 0 unchanged.",
        "1 sweep: 1 added, 0 updated, 0 unchanged.",
    ]
    second = recbench("sync", "--results", filled.root)
    assert second.stdout.splitlines() == [
        "8 cells: 0 added, 0 updated, 8 unchanged.",
        "1 sweep: 0 added, 0 updated, 1 unchanged.",
    ]

    client = MlflowClient(default_uri(filled.root))
    experiment = client.get_experiment_by_name("quick")
    assert experiment is not None
    runs = client.search_runs([experiment.experiment_id])
    (summary,) = (run for run in runs if "recbench.summary" in run.data.tags)
    runs.remove(summary)
    assert len(runs) == 8
    assert all(run.data.tags["recbench.sweep.5eed"] == "1" for run in runs)
    files = {file.path for run in runs for file in client.list_artifacts(run.info.run_id)}
    assert files == {"settings.json", "traceback.txt"}


def test_a_server_that_is_gone_is_one_clear_line(recbench, filled: Store) -> None:  # type: ignore[no-untyped-def]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        uri = f"http://127.0.0.1:{free.getsockname()[1]}"
    done = recbench("sync", "--results", filled.root, "--tracking-uri", uri)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"error: MLflow at {uri} cannot be reached (nothing answers there)")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--results", "nowhere"], "there are no results in nowhere"),
        (["--tracking-uri", "localhost:5000"], "'localhost:5000' is no address of an MLflow server"),
    ],
)
def test_misuse_is_one_clear_line(recbench, filled: Store, words: list[str], said: str) -> None:  # type: ignore[no-untyped-def]
    done = recbench("sync", "--results", filled.root, *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"error: {said}")
    assert done.stderr.count("\n") == 1


def test_notes_of_sweeps_are_read_oldest_first_and_unreadable_ones_left_out(filled: Store) -> None:
    folder = filled.root / "sweeps"
    note = (folder / "5eed.json").read_text()
    (folder / "0lder.json").write_text(
        note.replace("5eed", "0lder").replace("2026-01-02T03", "2025-01-02T03")
    )
    (folder / "broken.json").write_text(note[:50])
    (folder / "other.json").write_text("[]")
    assert [one.id for one in sweep_notes(filled.root)] == ["0lder", "5eed"]
    assert sweep_notes(filled.root / "nowhere") == []
