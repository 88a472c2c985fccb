"""The runnable parts of benchmarks/: that they run, and that the consistency experiment shows its trend."""

from __future__ import annotations

import runpy
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from scipy.stats import spearmanr

import recbench as rb

Recbench = Callable[..., subprocess.CompletedProcess[str]]
ROOT = Path(__file__).resolve().parent.parent


def module(name: str, *arguments: str) -> str:
    command = [sys.executable, "-m", f"benchmarks.{name}", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("suite", ["gamma", "draws", "rows", "lambda", "temperature"])
def test_sensitivity_suites_can_be_planned(suite: str, recbench: Recbench, tmp_path: Path) -> None:
    done = recbench("run", suite, "--datasets", "loan", "--dry-run", "--results", tmp_path)
    assert done.returncode == 0, done.stderr
    assert f"{suite}=" in done.stdout and " cells: " in done.stdout


def test_the_breast_cancer_table_is_a_data_set(tmp_path: Path) -> None:
    assert "--data" in module("breast_cancer", "--out", str(tmp_path))
    dataset = rb.read_dataset(tmp_path / "breast_cancer.csv", tmp_path / "breast_cancer.yaml")
    assert len(dataset.train) + len(dataset.test) == 569 and len(dataset.schema) == 30
    both = pd.concat([dataset.train, dataset.test])
    assert int(dataset.favourable(both).sum()) == 357


def test_the_first_people_of_a_run_over_everybody_are_tabled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    done = rb.run(methods="nnr", factuals="all", results=tmp_path, tracking=False, progress=False)
    words = ["first_people", "15", "--results", str(tmp_path), "--metrics", "cost,distinct"]
    monkeypatch.setattr(sys, "argv", words)
    runpy.run_module("benchmarks.first_people", run_name="__main__")
    shown = capsys.readouterr().out
    assert shown == done.first(15).table(["cost", "distinct"]).text("markdown")
    assert "| nnr | 15 | 1 |" in shown


@pytest.mark.slow
def test_what_commands_cost_is_measured_and_written(tmp_path: Path) -> None:
    shown = module(
        "speed.commands", "--repeats", "1", "--cells", "3", "--out", str(tmp_path / "speed" / "c.md")
    )
    assert shown == (tmp_path / "speed" / "c.md").read_text()
    rows = [line.split(" | ") for line in shown.splitlines() if line.startswith("| ")]
    took = {row[0].removeprefix("| "): row[1:] for row in rows}
    assert len([name for name in took if name.startswith("`recbench")]) >= 10
    assert all(float(number.strip(" |")) > 0 for number in took["`recbench table`"])
    assert float(took["together"][0]) >= float(took["prepare"][0]) > 0


@pytest.mark.slow
def test_a_native_method_is_compared_with_its_original(tmp_path: Path) -> None:
    asked = ("--datasets", "loan", "--pairs", "wachter", "--people", "5", "--out", str(tmp_path))
    module("fidelity", *asked, "--results", str(tmp_path / "results"))
    free, kept = pd.read_csv(tmp_path / "fidelity.csv", keep_default_na=False).to_dict("records")
    assert (free["setting"], kept["setting"]) == ("free", "kept")
    if "carla-wachter" in rb.methods().names:
        assert float(free["native_accepted"]) == float(free["original_accepted"]) == 1
        assert 0 < float(free["native_cost"]) <= 1.1 * float(free["original_cost"])
        assert free["holds"] is True
        assert float(free["native_out_of_domain"]) > 0, "without steps an integer becomes a fraction"
        assert "wachter" in (tmp_path / "fidelity.md").read_text()
    else:
        assert "carla-wachter" in free["skipped"]


@pytest.mark.slow
def test_the_speed_of_a_store_is_measured_on_cells_that_can_be_read(tmp_path: Path) -> None:
    table = module("speed.store", "--cells", "20", "--keep", str(tmp_path))
    assert [line.split("|")[1].strip() for line in table.splitlines()[2:]] == [
        "list, index rebuilt",
        "list",
        "list, one method",
        "plan (--dry-run)",
        "resume (all are stored)",
        "status",
    ]
    store = rb.CellStore(tmp_path / "results")
    assert store.verify().cells == 20 and not store.verify().damaged
    assert {why for _, why in store.listed()} == {""}, "they are as fresh as those of a run"


@pytest.mark.slow
def test_a_crowd_is_as_large_as_asked(tmp_path: Path) -> None:
    table = module("speed.million", "--people", "300", "--methods", "nnr", "--results", str(tmp_path))
    assert "| nnr | 300 |" in table
    assert rb.open_results(tmp_path).record("nnr").cell.recipe.gold.kind == "known"


@pytest.mark.slow
def test_two_jobs_are_compared_with_one(tmp_path: Path) -> None:
    table = module("speed.parallel", "--repeats", "1", "--cells", "2", "--steps", "2")
    heads, _, one, two, _, outside = table.splitlines()
    assert heads.startswith("| Jobs | Seconds") and one.startswith("| 1 |") and two.startswith("| 2 |")
    own, whole = (float(share.rstrip("%,.")) for share in outside.split() if "%" in share)
    assert 0 < own < whole < 100, "reading the prepared tasks takes time of its own"


@pytest.mark.slow
def test_what_genre_draws_approaches_the_truth_as_rows_grow(tmp_path: Path) -> None:
    module("consistency", "--out", str(tmp_path), "--sizes", "250,4000", "--seeds", "2")
    results = pd.read_csv(tmp_path / "distances.csv")
    assert set(results["dataset"]) == {"moons", "circles", "corr"}
    for _, part in results.groupby("dataset"):
        assert spearmanr(part["rows"], part["genre"]).statistic < -0.8
        assert (part["genre"] < part["search"]).all()
        # Two draws of the truth itself lie far nearer than few rows get: what falls is no noise.
        few = part[part["rows"] == 250]
        assert part["noise"].abs().max() < 0.5 * few["genre"].min()
    for suffix in ("png", "pdf"):
        assert 5_000 < (tmp_path / f"consistency.{suffix}").stat().st_size < 300_000
    assert "Spearman" in (tmp_path / "table.md").read_text()


@pytest.mark.slow
def test_methods_are_compared_on_people_of_the_training_rows(tmp_path: Path) -> None:
    asked = ("nnr,unchanged,feature-tweak", "--datasets", "loan", "--splits", "2", "--people", "20")
    module("held_out", *asked, "--out", str(tmp_path / "table.md"))
    _, _, nearest, floor, skipped, _, *missing = (tmp_path / "table.md").read_text().splitlines()
    assert nearest.startswith("| loan | `nnr` | 2 |") and nearest.endswith("|  |")
    cells = floor.strip("| ").split(" | ")
    assert cells[1:4] == ["`unchanged`", "2", "0.000"], "nobody is changed at no cost"
    assert float(cells[6]) < float(nearest.split(" | ")[6]), "and has the lower Score"
    assert cells[-1] == "–", "of two splits there is no interval"
    assert skipped.startswith("| loan | `feature-tweak` | 0 | – |") and len(missing) == 2
    assert missing[0].startswith("loan / feature-tweak, split 0: skipped: explains forest")


@pytest.mark.slow
def test_values_of_a_parameter_are_compared_on_people_of_the_training_rows(tmp_path: Path) -> None:
    asked = ("nnr", "--vary", "nnr.gamma=0.5,0.7", "--datasets", "loan", "--splits", "2", "--people", "20")
    module("held_out", *asked, "--out", str(tmp_path / "table.md"))
    _, _, low, high = (tmp_path / "table.md").read_text().splitlines()
    assert low.startswith("| loan | `nnr (gamma=0.5)` | 2 |")
    assert high.startswith("| loan | `nnr (gamma=0.7)` | 2 |")
    assert float(low.split("|")[4]) <= float(high.split("|")[4]), "a lower bar is nearer"


@pytest.mark.slow
def test_an_interrupted_comparison_ends_and_writes_nothing(tmp_path: Path) -> None:
    asked = (
        "nnr",
        "--datasets",
        "loan",
        "--splits",
        "50",
        "--people",
        "20",
        "--out",
        str(tmp_path / "table.md"),
    )
    command = [sys.executable, "-m", "benchmarks.held_out", *asked]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr is not None
        assert "1 cells" in running.stderr.readline()
        running.send_signal(signal.SIGINT)
        rest = running.stderr.read()
    assert running.returncode == 1
    assert rest.endswith("interrupted: no table was written.\n") and "Traceback" not in rest
    assert not (tmp_path / "table.md").exists()
