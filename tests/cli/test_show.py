"""What a person is shown is the value that was judged, written as a person writes it."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

SCHEMA = """
id: who
target: {name: paid, favourable: [1]}
features:
  - {name: income, kind: continuous}
  - {name: price, kind: continuous, upper: 1333.337}
  - {name: rent, kind: continuous, step: 0.25, lower: 0.1}
  - {name: units, kind: integer, step: 5}
"""


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    income = rng.uniform(1e5, 6e6, 400).round(2)
    return pd.DataFrame(
        {
            "who": range(400),
            "income": income,
            "price": rng.uniform(0, 2000, 400).round(3),
            "rent": rng.uniform(0, 90, 400).round(2),
            "units": rng.integers(0, 200, 400),
            "paid": (rng.random(400) < 1 / (1 + np.exp((3e6 - income) / 1e5))).astype(int),
        }
    )


@pytest.fixture(scope="module")
def results(recbench, table: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:  # type: ignore[no-untyped-def]
    folder = tmp_path_factory.mktemp("shown")
    table.to_csv(folder / "people.csv", index=False)
    (folder / "people.yaml").write_text(SCHEMA)
    done = recbench(
        *("run", "--data", folder / "people.csv", "--schema", folder / "people.yaml", "--no-tracking"),
        *(
            "--methods",
            "nnr,wachter,growing-spheres,face",
            "--factuals",
            "30",
            "--results",
            folder / "results",
        ),
    )
    assert done.returncode == 0, done.stderr
    return folder / "results"


def test_cells_are_listed_by_one_of_several_names(recbench, results: Path) -> None:  # type: ignore[no-untyped-def]
    def listed(*words: str) -> set[str]:
        done = recbench("store", "list", "--results", results, "--json", *words)
        return {row["cell"]["method"] for row in json.loads(done.stdout)}

    everything = listed()
    assert len(everything) > 1
    one = min(everything)
    assert listed("--methods", one) == {one}
    assert listed("--methods", f"{one},nosuch") == {one}
    assert listed("--methods", ",".join(everything)) == everything
    assert listed("--datasets", "nosuch") == set()


def cells(recbench, results: Path) -> dict[str, str]:  # type: ignore[no-untyped-def]
    listed = json.loads(recbench("store", "list", "--results", results, "--json").stdout)
    return {row["cell"]["method"]: row["key"] for row in listed}


def test_exports_hold_values_on_their_steps_and_inside_the_bounds(  # type: ignore[no-untyped-def]
    recbench,
    results: Path,
    table: pd.DataFrame,
    tmp_path: Path,
) -> None:
    for method, key in cells(recbench, results).items():
        out = tmp_path / f"{method}.csv"
        assert recbench("store", "export", "--results", results, "--cell", key, out).returncode == 0
        rows = [row for row in csv.DictReader(out.open()) if row["c__income"]]
        assert rows
        changed = 0
        for row in rows:
            for name, most, step in (("income", 2, 0), ("price", 3, 0), ("rent", 2, 0.25), ("units", 0, 5)):
                before, after = row[f"f__{name}"], row[f"c__{name}"]
                if float(before) == float(after):
                    continue
                changed += 1
                assert len(after.removesuffix(".0").partition(".")[2]) <= most, (method, name, after)
                assert not step or float(after) % step == 0
            assert float(row["c__price"]) <= 1333.337 or row["c__price"] == row["f__price"]
            assert float(row["c__rent"]) >= 0.1 or row["c__rent"] == row["f__rent"]
            assert float(row["out_of_domain"]) == 0
            if method == "nnr":
                assert float(row["c__income"]) in set(table["income"])
        assert changed


def test_show_prints_every_digit(recbench, results: Path) -> None:  # type: ignore[no-untyped-def]
    words = ("show", "--results", results, "--methods", "nnr")
    lines = json.loads(recbench(*words, "--json").stdout)["features"]
    text = recbench(*words).stdout
    assert "e+0" not in text
    for line in lines:
        for value in (line["before"], line["after"]):
            written = f"{value:f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
            assert float(written) == value
            assert written in text


def test_a_step_that_leaves_nothing_is_refused_at_once(recbench, table: pd.DataFrame, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    table.to_csv(tmp_path / "people.csv", index=False)
    words = ("run", "--methods", "nnr", "--no-tracking", "--results", tmp_path / "results")
    for wrong, said in (
        ("step: 500", "no multiple of its step 500 lies between 0 and 199"),
        ("step: 0.5", "step 0.5 is not whole"),
        ("step: -1", "step -1 is not a positive number"),
        ("upper: 1e300", "upper is 1e+300, far out of reach"),
    ):
        (tmp_path / "people.yaml").write_text(SCHEMA.replace("step: 5}", f"lower: 1, {wrong}}}"))
        done = recbench(*words, "--data", tmp_path / "people.csv", "--schema", tmp_path / "people.yaml")
        assert (done.returncode, len(done.stderr.splitlines())) == (2, 1), done.stderr
        assert said.replace("0 and", "1 and") in done.stderr
