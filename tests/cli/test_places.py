"""Where results go, who may read them, and which MLflow is used: as a user meets it, in a process."""

from __future__ import annotations

import json
import os
import shlex
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from mlflow import MlflowClient

from recbench.cli import cli
from recbench.store.folder import Store
from recbench.tracking.client import default_uri

from .test_ui import answer, port, served

__all__ = ["port"]

Run = Callable[..., subprocess.CompletedProcess[str]]


def everything(folder: Path) -> dict[str, int]:
    """Return the permissions of all that is in a folder."""
    return {str(path.relative_to(folder)): stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("*")}


def open_to_others(folder: Path) -> list[str]:
    return [name for name, mode in everything(folder).items() if mode & 0o077]


def quick(recbench: Run, results: Path, *words: object, **more: object) -> subprocess.CompletedProcess[str]:
    """Run a method that takes no time on people whose gold labels are known."""
    task = ("--methods", "unchanged", "--judge", "known", "--factuals", "5")
    done: subprocess.CompletedProcess[str] = recbench("run", *task, "--results", results, *words, **more)
    assert done.returncode == 0, done.stderr
    return done


ODD = "what?x=1 %20#ü 'q\" $HOME"


@pytest.fixture(scope="module")
def odd(recbench: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results in a folder whose name means something in addresses and shells, with MLflow."""
    place = tmp_path_factory.mktemp("odd") / ODD
    before = os.umask(0o022)
    try:
        done = quick(recbench, place)
    finally:
        os.umask(before)
    (place.parent / "said").write_text(done.stdout)
    return place


def test_mlflow_keeps_everything_in_the_folder_whatever_its_name(odd: Path, recbench: Run) -> None:
    assert {path.name for path in odd.parent.iterdir()} == {ODD, "said"}
    client = MlflowClient(default_uri(odd))
    experiment = client.get_experiment_by_name("ad hoc") or client.search_experiments()[0]
    runs = client.search_runs([experiment.experiment_id])
    (cell,) = (run for run in runs if "recbench.cell" in run.data.tags)
    files = [file.path for file in client.list_artifacts(cell.info.run_id)]
    assert files == ["people.html", "people.parquet", "settings.json"]
    assert list(odd.glob("mlartifacts/**/people.parquet"))
    done = recbench("sync", "--results", odd)
    assert done.stdout.startswith("1 cell: 0 added, 0 updated, 1 unchanged."), done.stderr
    assert {path.name for path in odd.parent.iterdir()} == {ODD, "said"}


def test_suggested_commands_can_be_pasted(odd: Path) -> None:
    said = (odd.parent / "said").read_text()
    for command in ("table", "ui"):
        start = said.index(f"recbench {command} --results")
        line = said[start:].splitlines()[0].removesuffix(")")
        assert shlex.split(line) == ["recbench", command, "--results", str(odd)]


def test_results_are_private_whatever_the_umask(odd: Path) -> None:
    assert stat.S_IMODE(odd.stat().st_mode) == 0o700
    assert open_to_others(odd) == []
    assert {"index.sqlite", "mlflow.db", "cells", "cache"} <= set(everything(odd))


def test_what_is_exported_is_private_too(odd: Path, recbench: Run, tmp_path: Path) -> None:
    (key,) = (path.name for path in (odd / "cells").iterdir())
    out = tmp_path / "out"
    out.mkdir()
    assert recbench("store", "export", out / "all.tar.gz", "--results", odd).returncode == 0
    assert recbench("store", "export", "--cell", key[:6], out / "one.csv", "--results", odd).returncode == 0
    assert everything(out) == {"all.tar.gz": 0o600, "one.csv": 0o600}
    assert recbench("store", "import", out / "all.tar.gz", "--results", tmp_path / "new").returncode == 0
    assert open_to_others(tmp_path / "new") == []
    done = recbench("store", "export", out / "shared.tar.gz", "--results", odd, "--shared")
    assert (done.returncode, everything(out)["shared.tar.gz"]) == (0, 0o666 & ~_umask())


def _umask() -> int:
    before = os.umask(0)
    os.umask(before)
    return before


def test_shared_results_follow_the_umask_and_stay_shared(recbench: Run, tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        quick(recbench, tmp_path / "r", "--shared", "--no-tracking")
        quick(recbench, tmp_path / "r", "--seeds", "1", "--no-tracking")
    finally:
        os.umask(before)
    cells = everything(tmp_path / "r" / "cells")
    assert len(cells) == 8
    assert set(cells.values()) == {0o750, 0o640}
    assert stat.S_IMODE((tmp_path / "r").stat().st_mode) == 0o750


def test_a_dry_run_creates_nothing(recbench: Run, odd: Path, tmp_path: Path) -> None:
    done = quick(recbench, tmp_path / "new" / "results", "--dry-run")
    assert "1 cells: 1 to run, 0 in" in done.stdout
    quick(recbench, tmp_path, "--dry-run", "--json")
    assert list(tmp_path.iterdir()) == []
    (odd / "index.sqlite").rename(odd.parent / "index")
    (cell,) = (odd / "cells").iterdir()
    whole = (cell / "people.parquet").read_bytes()
    (cell / "people.parquet").write_bytes(b"damaged")
    try:
        before = everything(odd)
        done = quick(recbench, odd, "--dry-run")
        assert "1 cells: 1 to run, 0 in" in done.stdout
        assert everything(odd) == before
        (cell / "people.parquet").write_bytes(whole)
        assert "1 cells: 0 to run, 1 in" in quick(recbench, odd, "--dry-run").stdout
    finally:
        (cell / "people.parquet").write_bytes(whole)
        (odd.parent / "index").rename(odd / "index.sqlite")


@pytest.mark.parametrize("command", ["run", "table", "sync", "status", "ui", "score", "report"])
@pytest.mark.parametrize("results", ["", "a\0b", "\udcff"])
def test_a_folder_without_a_name_is_misuse(
    command: str, results: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import click

    monkeypatch.chdir(tmp_path)
    with pytest.raises(click.UsageError) as error:
        cli.main([command, "--results", results], standalone_mode=False)
    assert error.value.format_message().startswith("Invalid value for '--results': ")
    assert list(tmp_path.iterdir()) == []


def test_the_umask_of_a_process_is_as_before(filled: Store) -> None:
    before = _umask()
    cli.main(["store", "list", "--results", str(filled.root)], standalone_mode=False)
    assert _umask() == before


def test_mlflows_own_variable_is_honoured_and_said(recbench: Run, tmp_path: Path) -> None:
    uri = f"sqlite:///{tmp_path}/elsewhere/mlflow.db"
    done = quick(recbench, tmp_path / "r", MLFLOW_TRACKING_URI=uri)
    assert f"MLflow:  {uri} (MLFLOW_TRACKING_URI)\n" in done.stdout
    assert (tmp_path / "elsewhere" / "mlflow.db").exists()
    assert not (tmp_path / "r" / "mlflow.db").exists()
    done = recbench("sync", "--results", tmp_path / "r", MLFLOW_TRACKING_URI=uri)
    assert done.stdout.startswith("1 cell: 0 added, 0 updated, 1 unchanged."), done.stderr
    assert f"MLflow: {uri} (MLFLOW_TRACKING_URI)" in done.stderr
    own = f"sqlite:///{tmp_path}/own.db"
    done = recbench("sync", "--results", tmp_path / "r", "--tracking-uri", own, MLFLOW_TRACKING_URI=uri)
    assert done.stdout.startswith("1 cell: 1 added"), done.stderr
    assert "MLFLOW_TRACKING_URI" not in done.stderr


@pytest.mark.parametrize("command", ["run", "sync", "ui"])
@pytest.mark.parametrize("uri", ["me:secret@host:5000", "ftp://host?token=secret"])
def test_an_address_that_is_none_is_said_without_its_secrets(
    recbench: Run, filled: Store, command: str, uri: str
) -> None:
    words = ("--methods", "unchanged", "--dry-run") if command == "run" else ()
    for given in ({"MLFLOW_TRACKING_URI": uri}, {}):
        options = () if given else ("--tracking-uri", uri)
        done = recbench(command, *words, "--results", filled.root, *options, **given)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
        assert "is no address of an MLflow server or database" in done.stderr
        assert "secret" not in done.stderr
        assert ("(MLFLOW_TRACKING_URI)" in done.stderr) == bool(given)


def test_a_failure_tells_nothing_of_how_to_get_in(recbench: Run, filled: Store) -> None:
    for uri in ("http://me:secret@127.0.0.1:9/x?token=secret", "postgresql://me:se/cret@127.0.0.1:9/db"):
        done = recbench("sync", "--results", filled.root, "--tracking-uri", uri)
        assert done.returncode == 1
        assert "cret" not in done.stdout + done.stderr
        assert "127.0.0.1:9" in done.stderr


def test_person_rows_go_to_a_server_only_when_asked(recbench: Run, filled: Store, tracking_server) -> None:  # type: ignore[no-untyped-def]
    client = MlflowClient(tracking_server.uri)

    def people() -> int:
        experiment = client.get_experiment_by_name("quick")
        assert experiment is not None
        runs = client.search_runs([experiment.experiment_id])
        files = [file.path for run in runs for file in client.list_artifacts(run.info.run_id)]
        return files.count("people.parquet")

    words = ("sync", "--results", filled.root, "--tracking-uri", tracking_server.uri)
    assert recbench(*words).returncode == 0
    assert people() == 0
    assert recbench(*words, "--people-artifact").returncode == 0
    assert people() == 6
    assert recbench("sync", "--results", filled.root).returncode == 0
    assert len(list(filled.root.glob("mlartifacts/**/people.parquet"))) == 6, "here they stay on this machine"


def test_the_pages_of_a_tracking_server_are_its_own(recbench: Run, filled: Store, tracking_server) -> None:  # type: ignore[no-untyped-def]
    done = recbench("ui", "--results", filled.root, MLFLOW_TRACKING_URI=tracking_server.uri)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == f"MLflow shows {filled.root} at {tracking_server.uri} (MLFLOW_TRACKING_URI)"
    assert lines[1].startswith(f"Compare: {tracking_server.uri}/#/compare-runs?runs=")


@pytest.mark.slow
def test_the_pages_of_an_odd_folder(odd: Path, port: int) -> None:
    with served("--results", odd, "--port", port) as (_, said):
        address = said.splitlines()[0].rpartition(" ")[2]
        found = json.loads(answer(f"{address}/api/2.0/mlflow/experiments/search", {"max_results": 5}))
        places = {one["artifact_location"] for one in found["experiments"] if one["name"] != "Default"}
        assert places == {(odd.resolve() / "mlartifacts").as_uri()}
    assert {path.name for path in odd.parent.iterdir()} == {ODD, "said"}
