"""Cells as MLflow runs."""

from __future__ import annotations

import json
import time
from pathlib import Path
from urllib.parse import parse_qs, unquote

import pytest
from mlflow import MlflowClient

from recbench.hashing import sha256
from recbench.store.folder import Store
from recbench.store.paths import PEOPLE
from recbench.store.record import CellRecord, Score
from recbench.tracking import tracker as tracking
from recbench.tracking.client import default_uri
from recbench.tracking.metrics import metric_name
from recbench.tracking.settings import settings_of
from recbench.tracking.sync import sync
from recbench.tracking.tracker import Change, MlflowTracker

from .conftest import PEOPLE_FRAME, file_of, log, people_of, runs_in, runs_of


def test_a_cell_is_one_flat_run(store: Store, cell: CellRecord, tmp_path: Path) -> None:
    assert log(MlflowTracker(None, store.root), store, cell)
    (run,) = runs_in(store)
    assert run.info.run_name == "genre on loan, seed 0"
    assert run.info.status == "FINISHED"
    assert (run.info.start_time, run.info.end_time) == (1767323042000, 1767323045000)
    assert "mlflow.parentRunId" not in run.data.tags
    assert run.data.tags["recbench.cell"] == cell.key
    assert run.data.tags["recbench.sweep.5eed"] == "1"
    assert run.data.params["dataset"] == "loan"
    assert run.data.params["set.rate"] == "0.01"
    assert {name: run.data.metrics[metric_name(name)] for name in cell.scores} == {
        name: score.mean for name, score in cell.scores.items()
    }
    kept = file_of(run, PEOPLE, default_uri(store.root), tmp_path / "download")
    assert sha256(kept) == cell.people_sha256
    assert Path(run.info.artifact_uri.removeprefix("file://")).is_relative_to(store.root / "mlartifacts")


def test_a_cell_that_is_there_gets_only_the_sweeps_tag(store: Store, cell: CellRecord) -> None:
    tracker = MlflowTracker(None, store.root)
    assert tracker.mirror(cell, people_of(store, cell), ["a"]) is Change.ADDED
    assert tracker.mirror(cell, people_of(store, cell), ["a"]) is Change.UNCHANGED
    assert MlflowTracker(None, store.root).mirror(cell, people_of(store, cell), ["b"]) is Change.UPDATED
    (run,) = runs_in(store)
    assert {"recbench.sweep.a", "recbench.sweep.b"} <= set(run.data.tags)
    assert tracker.compare_url("a") == tracker.compare_url("b")


def test_new_scores_reach_the_same_run(
    store: Store, cell: CellRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    tracker = MlflowTracker(None, store.root)
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
    assert after.data.metrics["quality/cost"] == 0.1
    assert after.data.metrics["quality/further/extra"] == 3.0
    assert "2 to 4" in after.data.tags["recbench.spread.extra"]


def test_a_metric_that_is_gone_is_not_shown(store: Store, cell: CellRecord) -> None:
    tracker = MlflowTracker(None, store.root)
    log(tracker, store, cell, "a")
    fewer = {name: score for name, score in cell.scores.items() if name != "lof"}
    lost = cell.model_copy(update={"scores": fewer, "unscored": {"lof": "ValueError: singular"}})
    assert log(tracker, store, lost, "b")
    (run,) = runs_in(store)
    assert "quality/lof" not in run.data.metrics
    assert run.data.tags["recbench.unscored"] == "lof: ValueError: singular"
    assert {"recbench.sweep.a", "recbench.sweep.b"} <= set(run.data.tags)
    client = MlflowClient(default_uri(store.root))
    client.set_tag(run.info.run_id, "note", "somebody's own")
    assert log(tracker, store, cell, "b")
    (again,) = runs_in(store)
    assert again.info.run_id == run.info.run_id
    assert "quality/lof" in again.data.metrics
    assert "recbench.unscored" not in again.data.tags
    assert again.data.tags["note"] == "somebody's own"


def test_a_failure_shows_why_until_it_succeeds(  # type: ignore[no-untyped-def]
    store: Store,
    made_up,
    tmp_path: Path,
) -> None:
    trace = "Traceback (most recent call last):\nValueError: no way"
    failed = made_up(status="failed", reason="ValueError: no way", traceback=trace, scores={})
    tracker = MlflowTracker(None, store.root)
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
    assert log(MlflowTracker(None, store.root), store, record)
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
        log(MlflowTracker(None, store.root), store, cell)
    (run,) = runs_in(store)
    assert run.info.status == "RUNNING"
    assert log(MlflowTracker(None, store.root), store, cell)
    (run,) = runs_in(store)
    assert run.info.status == "FINISHED"
    assert run.data.metrics["quality/cost"] == cell.mean("cost")
    assert run.data.params["seed"] == "0"


def test_of_duplicates_one_is_left_with_all_sweeps(store: Store, cell: CellRecord) -> None:
    log(MlflowTracker(None, store.root), store, cell, "a")
    client = MlflowClient(default_uri(store.root))
    (run,) = runs_in(store)
    # What a create_run leaves whose answer was lost, and that was tried again.
    tags = {**run.data.tags, "recbench.sweep.b": "1"}
    twin = client.create_run(run.info.experiment_id, tags=tags)
    client.set_terminated(twin.info.run_id)
    assert len(runs_in(store)) == 2
    log(MlflowTracker(None, store.root), store, cell, "c")
    (left,) = runs_in(store)
    assert {"recbench.sweep.a", "recbench.sweep.b", "recbench.sweep.c"} <= set(left.data.tags)


def test_people_that_were_kept_out_stay_out(store: Store, cell: CellRecord) -> None:
    client = MlflowClient(default_uri(store.root))

    def files() -> list[str]:
        (run,) = runs_in(store)
        return [file.path for file in client.list_artifacts(run.info.run_id)]

    assert log(MlflowTracker(None, store.root, people_artifact=False), store, cell)
    assert files() == ["settings.json"]
    assert log(MlflowTracker(None, store.root), store, cell)
    assert files() == ["settings.json"]
    assert log(MlflowTracker(None, store.root, people_artifact=True), store, cell)
    assert files() == ["people.html", PEOPLE, "settings.json"]


def test_people_that_cannot_be_read_cost_nothing_else(store: Store, cell: CellRecord) -> None:
    (store.cells / cell.key / PEOPLE).write_text("no table")
    tracker = MlflowTracker(None, store.root)
    assert log(tracker, store, cell)
    assert not tracker.problem
    (run,) = runs_in(store)
    files = MlflowClient(default_uri(store.root)).list_artifacts(run.info.run_id)
    assert [file.path for file in files] == [PEOPLE, "settings.json"]


def test_what_was_asked_for_is_one_file(store: Store, cell: CellRecord, tmp_path: Path) -> None:
    log(MlflowTracker(None, store.root), store, cell)
    (run,) = runs_in(store)
    kept = file_of(run, "settings.json", default_uri(store.root), tmp_path / "download")
    assert kept.read_text() == settings_of(cell)


def test_a_deleted_experiment_is_restored(store: Store, cell: CellRecord) -> None:
    log(MlflowTracker(None, store.root), store, cell)
    client = MlflowClient(default_uri(store.root))
    (run,) = runs_in(store)
    client.delete_experiment(run.info.experiment_id)
    assert log(MlflowTracker(None, store.root), store, cell)
    assert len(runs_in(store)) == 1


def test_compare_page_has_the_finished_runs_in_order(mirrored: Store) -> None:
    tracker = MlflowTracker(None, mirrored.root, "quick")
    page = tracker.compare_url("5eed")
    assert page is not None
    route, _, query = page.partition("?")
    assert route == "/#/compare-runs"
    asked = {name: json.loads(parse_qs(query)[name][0]) for name in ("runs", "experiments")}
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
    assert "searchFilter=tags.`recbench.sweep.5eed` = '1'&" in unquote(charts)
    # In MLflow's other view, which is the first that one sees, there is nothing to be found of runs.
    assert page.endswith("&workflowType=machine_learning")
    assert charts.endswith("&workflowType=machine_learning")
    assert tracker.compare_url("0ther") is None


def test_a_large_sweep_is_compared_by_charts(mirrored: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracking, "COMPARABLE", 5)
    tracker = MlflowTracker(None, mirrored.root, "quick")
    assert tracker.compare_url("5eed") == tracker.charts_url("5eed")


def test_more_parameters_than_mlflow_takes_at_once(store: Store, made_up) -> None:  # type: ignore[no-untyped-def]
    record = store.write(made_up(params={f"p{number}": number for number in range(250)}), PEOPLE_FRAME)
    tracker = MlflowTracker(None, store.root)
    assert log(tracker, store, record), tracker.problem
    (run,) = runs_in(store)
    assert run.data.params["set.p249"] == "249"


@pytest.mark.slow
def test_a_hundred_cells_take_seconds(store: Store, made_up) -> None:  # type: ignore[no-untyped-def]
    records = [store.write(made_up(seed=seed), PEOPLE_FRAME) for seed in range(101)]
    tracker = MlflowTracker(None, store.root)
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
    tracker = MlflowTracker(tracking_server.uri, filled.root, "quick", people_artifact=True)
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
    fresh = MlflowTracker(tracking_server.uri, filled.root, "quick")
    page = fresh.compare_url("5eed")
    assert page is not None
    assert fresh.server == tracking_server.uri
