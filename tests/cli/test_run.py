"""``recbench run`` as a user meets it: a process, its exit code, its words."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
import yaml

OWN = ("--factuals", "20", "--no-tracking")


@pytest.fixture
def own(people_files: tuple[Path, Path]) -> tuple[object, ...]:
    data, schema = people_files
    return ("--data", data, "--schema", schema, *OWN)


def test_prints_a_table_and_where_things_are(recbench, own, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    done = recbench("run", "--methods", "nnr,unchanged", *own, "--results", tmp_path / "r")
    assert done.returncode == 0, done.stderr
    assert "| people | mlp | nnr |" in done.stdout
    assert "Results: " in done.stdout
    assert "[2/2] people / mlp / unchanged / seed 0" in done.stderr
    assert "\x1b" not in done.stdout + done.stderr


def test_the_second_time_everything_comes_from_the_store(recbench, own, results: Path) -> None:  # type: ignore[no-untyped-def]
    started = time.monotonic()
    done = recbench("run", "--methods", "nnr,unchanged", *own, "--results", results)
    assert done.returncode == 0, done.stderr
    assert "All 2 cells came from the store." in done.stdout
    assert time.monotonic() - started < 60


def test_two_fresh_runs_agree_but_for_times(recbench, own, results: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    done = recbench("run", "--methods", "unchanged,nnr", *own, "--results", tmp_path)
    assert done.returncode == 0, done.stderr
    cells = sorted(path.name for path in (results / "cells").iterdir())
    assert cells == sorted(path.name for path in (tmp_path / "cells").iterdir())
    for cell in cells:
        one, other = (
            pd.read_parquet(folder / "cells" / cell / "people.parquet") for folder in (results, tmp_path)
        )
        pd.testing.assert_frame_equal(one, other, check_exact=True)


def test_json_is_json(recbench, own, results: Path) -> None:  # type: ignore[no-untyped-def]
    done = recbench("run", "--methods", "unchanged", *own, "--results", results, "--json")
    (record,) = json.loads(done.stdout)
    assert record["cell"]["method"] == "unchanged"
    assert record["status"] == "done"
    assert done.stderr == ""


def test_failures_are_results_and_the_others_go_on(recbench, own, faulty: str, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    words = ("--methods", "raises,narrow,silent,trees,unchanged", *own, "--results", tmp_path)
    done = recbench("run", *words, PYTHONPATH=faulty)
    assert done.returncode == 3
    assert "failed: people / mlp / raises / seed 0: RuntimeError: it broke badly" in done.stderr
    assert "failed: people / mlp / narrow / seed 0: narrow" in done.stderr
    assert "skipped: explains forest only, not mlp" in done.stderr
    assert "Traceback" not in done.stderr
    table = json.loads(recbench("table", "--results", tmp_path, "--format", "json").stdout)
    rows = {row["method"]: row for row in table}
    assert rows["silent"]["found"]["mean"] == 0.0
    assert rows["silent"]["score"]["mean"] == 0.0
    assert rows["silent"]["cost"]["mean"] is None
    assert "it broke" in rows["raises"]["problems"]["0"]
    stored = json.loads(recbench("store", "list", "--results", tmp_path, "--json").stdout)
    assert {record["status"] for record in stored} == {"done", "failed", "skipped"}
    again = recbench("run", *words, PYTHONPATH=faulty)
    assert "5 cells, 2 of them in the store" in again.stderr, (
        "finished cells stay, failed ones are tried again"
    )


def test_killed_in_the_middle_only_the_rest_runs(recbench, own, faulty: str, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    words = [sys.executable, "-m", "recbench", "run", "--methods", "unchanged,slow,nnr"]
    words += [str(word) for word in own] + ["--results", str(tmp_path)]
    child = subprocess.Popen(
        words, env={**os.environ, "PYTHONPATH": faulty}, stderr=subprocess.PIPE, text=True
    )
    assert child.stderr is not None
    while "[1/3]" not in child.stderr.readline():
        assert child.poll() is None
    time.sleep(0.5)
    child.send_signal(signal.SIGKILL)
    child.wait()
    done = recbench("run", "--methods", "unchanged,nnr", *own, "--results", tmp_path)
    assert done.returncode == 0, done.stderr
    assert "2 cells, 1 of them in the store" in done.stderr


def test_ctrl_c_says_how_to_go_on(own, faulty: str, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    words = [sys.executable, "-m", "recbench", "run", "--methods", "unchanged,slow"]
    words += [str(word) for word in own] + ["--results", str(tmp_path)]
    child = subprocess.Popen(
        words, env={**os.environ, "PYTHONPATH": faulty}, stderr=subprocess.PIPE, text=True
    )
    assert child.stderr is not None
    while "[1/2]" not in child.stderr.readline():
        assert child.poll() is None
    time.sleep(1)
    child.send_signal(signal.SIGINT)
    while (
        "Stopping: the cell that runs ends first. Ctrl-C again stops at once." not in child.stderr.readline()
    ):
        assert child.poll() is None
    child.send_signal(signal.SIGINT)
    rest = child.stderr.read()
    assert child.wait() == 130
    assert "the same command goes on from there" in rest
    assert "Traceback" not in rest


def test_a_suite_file_with_flags_over_it(recbench, own, results: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    suite = tmp_path / "mine.yaml"
    suite.write_text(yaml.safe_dump({"name": "mine", "methods": ["wachter", "unchanged"], "seeds": "0-3"}))
    words = ("--methods", "nnr,unchanged", "--seeds", "0", "--dry-run")
    done = recbench("run", suite, *words, *own, "--results", results)
    assert done.returncode == 0, done.stderr
    assert "2 cells: 0 to run, 2 in" in done.stdout


def test_set_changes_a_parameter(recbench, own, results: Path) -> None:  # type: ignore[no-untyped-def]
    words = ("--methods", "nnr", "--set", "nnr.gamma=0.6", "--set", "mlp.epochs=3", "--dry-run")
    done = recbench("run", *words, *own, "--results", results)
    assert "1 cells: 1 to run" in done.stdout


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--methods", "wachtr"], "unknown method 'wachtr'. Did you mean"),
        (["--methods", "nnr", "--datasets", "lon"], "unknown data set 'lon'. Did you mean loan or"),
        (["--methods", "nnr", "--metrics", "valdity"], "unknown metric 'valdity'. Did you mean validity"),
        (["--methods", "nnr", "--classifiers", "mpl"], "unknown classifier 'mpl'"),
        (["--methods", "nnr", "--set", "nnr.gama=1"], "nnr has no parameter 'gama'. Did you mean gamma?"),
        (["--methods", "genre", "--set", "genre.lamda=1"], "Did you mean lambda"),
        (["--methods", "nnr", "--set", "nnr.gamma=x"], "nnr.gamma = 'x'"),
        (["--methods", "nnr", "--set", "genre.k=1"], "unknown method or classifier of this run 'genre'"),
        (["--methods", "nnr", "--set", "gamma"], "--set 'gamma' is malformed. Write --set genre.steps=200."),
        (["--methods", "nnr", "--seeds", "a"], "'a' is not a list of seeds such as 0,1 or 0-4."),
        (["--methods", "nnr", "--factuals", "0"], "'0' is neither a number of people nor 'all'."),
        (["--methods", "nnr", "--device", "tpu"], "unknown device 'tpu'. Use cpu, cuda or cuda:N."),
        (["--methods", "nnr", "--data", "x.csv"], "--schema is missing."),
        (["nosuite"], "unknown suite 'nosuite'."),
        (["none.yaml"], "there is no suite file none.yaml."),
        (["--methods", "nnr", "--threads", "0"], "Invalid value for '--threads'"),
        (["--methods", "nnr", "--colour"], "No such option"),
    ],
)
def test_misuse_is_one_clear_line(recbench, tmp_path: Path, words: list[str], message: str) -> None:  # type: ignore[no-untyped-def]
    done = recbench("run", *words, "--results", tmp_path / "r")
    assert done.returncode == 2
    assert message in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert done.stdout == ""


def test_plugins_that_cannot_be_used_say_why(recbench, faulty: str, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    for method, message in {
        "lacking": "method 'lacking' is unavailable: needs no_such_module: pip install no-such-module.",
        "broken": "method 'broken' is unavailable: importing faulty.nowhere:card failed",
        "nocard": "method 'nocard' is unavailable: faulty:card is a function, not a MethodCard of recbench",
    }.items():
        done = recbench("run", "--methods", method, "--results", tmp_path, PYTHONPATH=faulty)
        assert done.returncode == 2
        assert message in done.stderr
    listed = recbench("methods", PYTHONPATH=faulty)
    assert listed.returncode == 0
    assert "lacking\tunavailable\tneeds no_such_module" in listed.stdout
    assert "genre\t" in listed.stdout


def test_debug_shows_the_traceback(recbench, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    done = recbench.process("run", "--methods", "x", "--results", tmp_path, "--debug")
    assert "Traceback" in done.stderr
    assert done.returncode == 1


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda text: text.replace("school", "scool", 1), "school"),
        (lambda text: text.replace(",clerk,", ",pilot,", 1), "'pilot' is not one of its categories"),
        (lambda text: text.replace(",clerk,", ",,", 1), "is empty (NaN)"),
        (lambda text: text.replace("name,age", "name,years", 1), "age"),
        (lambda text: "", "people.csv"),
        (lambda text: text.splitlines()[0] + "\n", "no rows"),
    ],
)
def test_a_faulty_table_is_one_clear_line(  # type: ignore[no-untyped-def]
    recbench, people_files, tmp_path: Path, spoil, message: str
) -> None:
    data, schema = people_files
    bad = tmp_path / "people.csv"
    bad.write_text(spoil(data.read_text()))
    done = recbench("run", "--methods", "nnr", "--data", bad, "--schema", schema, "--results", tmp_path / "r")
    assert done.returncode == 2
    assert message in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_results_that_cannot_be_written_are_one_clear_line(recbench, own, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    place = tmp_path / "file"
    place.write_text("a file where the folder should be")
    done = recbench("run", "--methods", "nnr", *own, "--results", place / "below")
    assert done.returncode == 1
    assert "cannot write results to" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_half_written_cell_is_set_aside_and_computed_anew(recbench, own, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    words = ("--methods", "unchanged", *own, "--results", tmp_path)
    assert recbench("run", *words).returncode == 0
    (cell,) = (tmp_path / "cells").iterdir()
    whole = (cell / "people.parquet").read_bytes()
    (cell / "people.parquet").write_bytes(whole[: len(whole) // 2])
    done = recbench("run", *words)
    assert done.returncode == 0
    assert "is damaged (people.parquet does not match its checksum): set aside in" in done.stderr
    assert (cell / "people.parquet").read_bytes() == whole
