from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import parse_qs, unquote

import pandas as pd
import pytest
from mlflow import MlflowClient
from mlflow.entities import Run, ViewType

from recbench import tracking
from recbench.errors import UsageError
from recbench.mlflow_client import default_uri, without_password
from recbench.record import CellRecord, Score
from recbench.store import PEOPLE, Store, sha256
from recbench.sync import sync
from recbench.tracking import Change, Tracker

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


def log(tracker: Tracker, store: Store, record: CellRecord, sweep: str = "5eed") -> bool:
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


def test_a_cell_is_one_flat_run(store: Store, cell: CellRecord, tmp_path: Path) -> None:
    assert log(Tracker(None, store.root), store, cell)
    (run,) = runs_in(store)
    assert run.info.run_name == "genre on loan, seed 0"
    assert run.info.status == "FINISHED"
    assert (run.info.start_time, run.info.end_time) == (1767323042000, 1767323045000)
    assert "mlflow.parentRunId" not in run.data.tags
    assert run.data.tags["recbench.cell"] == cell.key
    assert run.data.tags["recbench.sweep.5eed"] == "1"
    assert run.data.params["dataset"] == "loan"
    assert run.data.params["set.genre.steps"] == "600"
    assert {name: run.data.metrics[name] for name in cell.scores} == {
        name: score.mean for name, score in cell.scores.items()
    }
    kept = file_of(run, PEOPLE, default_uri(store.root), tmp_path / "download")
    assert sha256(kept) == cell.people_sha256
    assert Path(run.info.artifact_uri.removeprefix("file://")).is_relative_to(store.root / "mlartifacts")


def test_a_cell_that_is_there_gets_only_the_sweeps_tag(store: Store, cell: CellRecord) -> None:
    tracker = Tracker(None, store.root)
    assert tracker.mirror(cell, people_of(store, cell), ["a"]) is Change.ADDED
    assert tracker.mirror(cell, people_of(store, cell), ["a"]) is Change.UNCHANGED
    assert Tracker(None, store.root).mirror(cell, people_of(store, cell), ["b"]) is Change.UPDATED
    (run,) = runs_in(store)
    assert {"recbench.sweep.a", "recbench.sweep.b"} <= set(run.data.tags)
    assert tracker.compare_url("a") == tracker.compare_url("b")


def test_new_scores_reach_the_same_run(
    store: Store, cell: CellRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    tracker = Tracker(None, store.root)
    log(tracker, store, cell)
    (before,) = runs_in(store)
    for value in (0.9, 0.1):  # the second time the clock has gone back, and the value is smaller
        scores = {
            **cell.scores,
            "cost": Score(key="t", mean=value),
            "extra": Score(key="t", mean=3.0, low=2.0, high=4.0, n=9),
        }
        assert log(tracker, store, cell.model_copy(update={"scores": scores}))
        monkeypatch.setattr(time, "time", lambda: 1000.0)
    (after,) = runs_in(store)
    assert after.info.run_id == before.info.run_id
    assert after.data.metrics["cost"] == 0.1
    assert after.data.metrics["extra"] == 3.0
    assert "2 to 4" in after.data.tags["recbench.spread.extra"]


def test_a_metric_that_is_gone_is_not_shown(store: Store, cell: CellRecord) -> None:
    tracker = Tracker(None, store.root)
    log(tracker, store, cell, "a")
    fewer = {name: score for name, score in cell.scores.items() if name != "lof"}
    lost = cell.model_copy(update={"scores": fewer, "unscored": {"lof": "ValueError: singular"}})
    assert log(tracker, store, lost, "b")
    (run,) = runs_in(store)
    assert "lof" not in run.data.metrics
    assert run.data.tags["recbench.unscored"] == "lof: ValueError: singular"
    assert {"recbench.sweep.a", "recbench.sweep.b"} <= set(run.data.tags)
    client = MlflowClient(default_uri(store.root))
    client.set_tag(run.info.run_id, "note", "somebody's own")
    assert log(tracker, store, cell, "b")
    (again,) = runs_in(store)
    assert again.info.run_id == run.info.run_id
    assert "lof" in again.data.metrics
    assert "recbench.unscored" not in again.data.tags
    assert again.data.tags["note"] == "somebody's own"


def test_a_failure_shows_why_until_it_succeeds(
    store: Store,
    made_up,  # type: ignore[no-untyped-def]
    tmp_path: Path,
) -> None:
    trace = "Traceback (most recent call last):\nValueError: no way"
    failed = made_up(status="failed", reason="ValueError: no way", traceback=trace, scores={})
    tracker = Tracker(None, store.root)
    assert log(tracker, store, store.write(failed, None), "a")
    (run,) = runs_in(store)
    assert run.info.status == "FAILED"
    assert run.data.tags["recbench.reason"] == "ValueError: no way"
    assert "no way" in run.data.tags["mlflow.note.content"]
    assert not run.data.metrics
    kept = file_of(run, "traceback.txt", default_uri(store.root), tmp_path / "download")
    assert kept.read_text() == trace
    assert tracker.compare_url("a") is None

    assert log(tracker, store, store.write(made_up(), PEOPLE_FRAME), "b")
    (run,) = runs_in(store)
    assert run.info.status == "FINISHED"
    assert "recbench.reason" not in run.data.tags
    assert {"recbench.sweep.a", "recbench.sweep.b"} <= set(run.data.tags)


def test_a_skipped_cell_shows_why(store: Store, made_up) -> None:  # type: ignore[no-untyped-def]
    record = store.write(made_up(status="skipped", reason="needs gradients", scores={}), None)
    assert log(Tracker(None, store.root), store, record)
    (run,) = runs_in(store)
    assert run.info.status == "FINISHED"
    assert run.data.tags["recbench.status"] == "skipped"
    assert run.data.tags["recbench.reason"] == "needs gradients"
    assert not run.data.metrics


@pytest.mark.parametrize("step", ["log_artifact", "log_batch", "set_terminated"])
def test_logging_that_was_cut_off_is_made_up_for(
    store: Store, cell: CellRecord, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut_off(*arguments: object, **named: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(MlflowClient, step, cut_off)
        log(Tracker(None, store.root), store, cell)
    (run,) = runs_in(store)
    assert run.info.status == "RUNNING"
    assert log(Tracker(None, store.root), store, cell)
    (run,) = runs_in(store)
    assert run.info.status == "FINISHED"
    assert run.data.metrics["cost"] == cell.mean("cost")
    assert run.data.params["seed"] == "0"


def test_of_duplicates_one_is_left_with_all_sweeps(store: Store, cell: CellRecord) -> None:
    log(Tracker(None, store.root), store, cell, "a")
    client = MlflowClient(default_uri(store.root))
    (run,) = runs_in(store)
    # What a create_run leaves whose answer was lost, and that was tried again.
    tags = {**run.data.tags, "recbench.sweep.b": "1"}
    twin = client.create_run(run.info.experiment_id, tags=tags)
    client.set_terminated(twin.info.run_id)
    assert len(runs_in(store)) == 2
    log(Tracker(None, store.root), store, cell, "c")
    (left,) = runs_in(store)
    assert {"recbench.sweep.a", "recbench.sweep.b", "recbench.sweep.c"} <= set(left.data.tags)


def test_people_that_were_kept_out_stay_out(store: Store, cell: CellRecord) -> None:
    client = MlflowClient(default_uri(store.root))

    def files() -> list[str]:
        (run,) = runs_in(store)
        return [file.path for file in client.list_artifacts(run.info.run_id)]

    assert log(Tracker(None, store.root, people_artifact=False), store, cell)
    assert files() == []
    assert log(Tracker(None, store.root), store, cell)
    assert files() == []
    assert log(Tracker(None, store.root, people_artifact=True), store, cell)
    assert files() == [PEOPLE]


def test_a_deleted_experiment_is_restored(store: Store, cell: CellRecord) -> None:
    log(Tracker(None, store.root), store, cell)
    client = MlflowClient(default_uri(store.root))
    (run,) = runs_in(store)
    client.delete_experiment(run.info.experiment_id)
    assert log(Tracker(None, store.root), store, cell)
    assert len(runs_in(store)) == 1


def test_compare_page_has_the_finished_runs_in_order(mirrored: Store) -> None:
    tracker = Tracker(None, mirrored.root, "quick")
    page = tracker.compare_url("5eed")
    assert page is not None
    route, _, query = page.partition("?")
    assert route == "/#/compare-runs"
    asked = {name: json.loads(values[0]) for name, values in parse_qs(query).items()}
    names = {run.info.run_id: run.info.run_name for run in runs_of(default_uri(mirrored.root), "quick")}
    assert len(names) == 8
    assert [names[run] for run in asked["runs"]] == [
        f"{method} on {dataset}, seed 0"
        for dataset in ("loan", "moons")
        for method in ("genre", "nnr", "wachter")
    ]
    charts = tracker.charts_url("5eed")
    assert charts is not None
    assert charts.startswith(f"/#/experiments/{asked['experiments'][0]}/runs?")
    assert unquote(charts).endswith("searchFilter=tags.`recbench.sweep.5eed` = '1'")
    assert tracker.compare_url("0ther") is None


def test_a_large_sweep_is_compared_by_charts(mirrored: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracking, "COMPARABLE", 5)
    tracker = Tracker(None, mirrored.root, "quick")
    assert tracker.compare_url("5eed") == tracker.charts_url("5eed")


@pytest.mark.parametrize(
    "uri", ["localhost:5000", "htp://x", "mlruns", "sqlite:mlflow.db", "ftp://u:secret@x"]
)
def test_an_address_that_is_none_is_misuse(tmp_path: Path, uri: str) -> None:
    with pytest.raises(UsageError, match="no address of an MLflow server") as error:
        Tracker(uri, tmp_path)
    assert "secret" not in str(error.value)


def test_passwords_are_not_printed() -> None:
    assert without_password("https://me:secret@host:5000/mlflow") == "https://host:5000/mlflow"
    assert without_password("postgresql+psycopg2://me:secret@host/db") == "postgresql+psycopg2://host/db"
    assert without_password("sqlite:////a@b/mlflow.db") == "sqlite:////a@b/mlflow.db"


def test_a_server_that_is_gone_costs_little_and_is_said_once(store: Store, cell: CellRecord) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    tracker = Tracker(f"http://me:secret@127.0.0.1:{port}", store.root)
    start = time.monotonic()
    assert [log(tracker, store, cell) for _ in range(100)] == [False] * 100
    assert time.monotonic() - start < 20
    assert tracker.problem == (
        f"MLflow at http://127.0.0.1:{port} cannot be reached (nothing answers there) and lacks 100 cells. "
        f"The results are safe: `recbench sync --results {store.root} "
        f"--tracking-uri http://127.0.0.1:{port}` mirrors them once it works."
    )
    assert tracker.compare_url("5eed") is None
    assert tracker.charts_url("5eed") is None


def test_a_server_that_hangs_costs_its_time_out_once(
    store: Store, cell: CellRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "1")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        tracker = Tracker(f"http://127.0.0.1:{silent.getsockname()[1]}", store.root)
        assert not tracker.problem
        log(tracker, store, cell)
        start = time.monotonic()
        assert not log(tracker, store, cell)
    assert time.monotonic() - start < 0.5
    assert "cannot be reached (no answer in time) and lacks 2 cells" in tracker.problem


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda path: path.mkdir(), "cannot be opened"),
        (
            lambda path: path.write_text("no database at all, but long enough to be looked at"),
            "not a database",
        ),
    ],
)
def test_a_database_that_cannot_be_used_is_said(
    store: Store,
    cell: CellRecord,
    spoil,  # type: ignore[no-untyped-def]
    said: str,
) -> None:
    (store.root / "mlflow.db").unlink()
    spoil(store.root / "mlflow.db")
    tracker = Tracker(None, store.root)
    start = time.monotonic()
    assert not log(tracker, store, cell)
    assert time.monotonic() - start < 20
    assert said in tracker.problem
    assert "\n" not in tracker.problem


def test_results_that_were_moved_do_not_write_to_their_old_place(
    store: Store,
    cell: CellRecord,
    recbench,  # type: ignore[no-untyped-def]
    tmp_path: Path,
) -> None:
    log(Tracker(None, store.root), store, cell)
    shutil.move(store.root, tmp_path / "elsewhere")
    moved = Store(tmp_path / "elsewhere")
    tracker = Tracker(None, moved.root)
    assert not log(tracker, moved, cell)
    assert "these results were moved (remove mlflow.db)" in tracker.problem
    assert not store.root.exists()
    (moved.root / "mlflow.db").unlink()
    done = recbench("sync", "--results", moved.root)
    assert (done.returncode, done.stdout) == (0, "1 cell: 1 added, 0 updated, 0 unchanged.\n"), done.stderr


def test_files_that_cannot_be_kept_do_not_cost_the_metrics(store: Store, cell: CellRecord) -> None:
    (store.root / "mlartifacts").write_text("in the way")
    tracker = Tracker(None, store.root)
    assert log(tracker, store, cell)
    assert "took the runs but not their files" in tracker.problem
    (run,) = runs_in(store)
    assert run.data.metrics["cost"] == cell.mean("cost")
    (store.root / "mlartifacts").unlink()
    assert Tracker(None, store.root).mirror(cell, people_of(store, cell), []) is Change.UPDATED
    files = MlflowClient(default_uri(store.root)).list_artifacts(run.info.run_id)
    assert [file.path for file in files] == [PEOPLE]


def test_more_parameters_than_mlflow_takes_at_once(store: Store, made_up) -> None:  # type: ignore[no-untyped-def]
    record = store.write(made_up(params={f"p{number}": number for number in range(250)}), PEOPLE_FRAME)
    tracker = Tracker(None, store.root)
    assert log(tracker, store, record), tracker.problem
    (run,) = runs_in(store)
    assert run.data.params["set.genre.p249"] == "249"


_QUIETLY = """
import sys
from pathlib import Path
from recbench.record import CellRecord
from recbench.tracking import Tracker
assert "mlflow" not in sys.modules, "MLflow is imported before it is needed"

def watch(event, arguments):
    if event == "socket.connect":
        print("connects to", arguments[1])

sys.addaudithook(watch)
results = Path(sys.argv[1])
record = CellRecord.model_validate_json(next(results.glob("cells/*/cell.json")).read_bytes())
assert Tracker(None, results).log(record, next(results.glob("cells/*/people.parquet")), "5eed")
"""


def test_mlflow_prints_nothing_and_calls_nobody(store: Store, cell: CellRecord) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _QUIETLY, str(store.root)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={"PATH": "/usr/bin:/bin"},
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert not (Path.cwd() / "mlruns").exists()


@pytest.mark.slow
def test_a_hundred_cells_take_seconds(store: Store, made_up) -> None:  # type: ignore[no-untyped-def]
    records = [store.write(made_up(seed=seed), PEOPLE_FRAME) for seed in range(101)]
    tracker = Tracker(None, store.root)
    assert log(tracker, store, records.pop())  # imports MLflow and creates the database
    start = time.process_time()
    assert all(log(tracker, store, record) for record in records)
    assert time.process_time() - start < 8
    assert len(runs_in(store)) == 101


@pytest.mark.slow
def test_a_server_that_was_killed_and_came_back_lacks_nothing(  # type: ignore[no-untyped-def]
    filled: Store, tracking_server, tmp_path: Path
) -> None:
    records = list(filled.records())
    tracker = Tracker(tracking_server.uri, filled.root, "quick")
    assert all(log(tracker, filled, record) for record in records[:4]), tracker.problem
    tracking_server.kill()
    start = time.monotonic()
    assert not any(log(tracker, filled, record) for record in records[4:])
    assert time.monotonic() - start < 20
    assert "lacks 4 cells" in tracker.problem
    tracking_server.start()
    changes = sync(filled, tracking_server.uri)
    assert changes[Change.ADDED] == 4
    assert sync(filled, tracking_server.uri) == {Change.UNCHANGED: 8}
    runs = runs_of(tracking_server.uri, "quick")
    assert sorted(run.data.tags["recbench.cell"] for run in runs) == sorted(one.key for one in records)
    assert {run.info.status for run in runs} == {"FINISHED", "FAILED"}
    for record in records:
        (run,) = (run for run in runs if run.data.tags["recbench.cell"] == record.key)
        name = PEOPLE if record.people_sha256 else "traceback.txt" if record.status == "failed" else None
        if name:
            place = tmp_path / record.key
            kept = file_of(run, name, tracking_server.uri, place)
            assert not record.people_sha256 or sha256(kept) == record.people_sha256
    fresh = Tracker(tracking_server.uri, filled.root, "quick")
    page = fresh.compare_url("5eed")
    assert page is not None
    assert fresh.server == tracking_server.uri
