import csv
import io
import json

import pytest

from recbench.recipes import LofRecipe, TaskRecipe
from recbench.record import CellRecord, Score, Status
from recbench.report import tables


def record(**changes: object) -> CellRecord:
    values = {
        "key": "k",
        "status": Status.DONE,
        "dataset": "loan",
        "data_hash": "h",
        "classifier": "mlp",
        "method": "genre",
        "label": "genre",
        "params": {"k": 10},
        "method_version": "1",
        "seed": 0,
        "device": "cpu",
        "threads": 1,
        "chunk": 10,
        "recipe": TaskRecipe(),
        "lof": LofRecipe(),
        "people": 200,
        "finished": "2026-01-01T00:00:00+00:00",
        "environment": {"torch": "2"},
        "scores": scores(score=1.5, cost=0.4),
    }
    return CellRecord(**{**values, **changes})


def scores(**means: float) -> dict[str, Score]:
    return {
        name: Score(key="s", mean=mean, std=0.1, low=0.0, high=2.0, n=200) for name, mean in means.items()
    }


def test_seeds_are_averaged_and_the_best_score_comes_first() -> None:
    rows = tables.rows_of(
        [
            record(scores=scores(score=1.0)),
            record(seed=1, scores=scores(score=2.0)),
            record(method="nnr", label="nnr", scores=scores(score=1.7)),
        ]
    )
    assert [row.method for row in rows] == ["nnr", "genre"]
    assert rows[1].values["score"].mean == pytest.approx(1.5)
    assert rows[1].seeds == [0, 1]
    assert rows[1].people == 400


def test_different_parameters_are_different_rows_and_say_so() -> None:
    rows = tables.rows_of([record(), record(params={"k": 20})])
    assert {row.method for row in rows} == {"genre (k=10)", "genre (k=20)"}


def test_different_people_are_different_rows() -> None:
    rows = tables.rows_of([record(), record(recipe=TaskRecipe(factuals=None))])
    assert {row.method for row in rows} == {"genre (factuals=200)", "genre (factuals=all)"}


def test_of_two_versions_the_newest_counts() -> None:
    rows = tables.rows_of(
        [
            record(scores=scores(score=9.0), finished="2026-02-01T00:00:00+00:00", method_version="2"),
            record(scores=scores(score=1.0)),
        ]
    )
    assert len(rows) == 1
    assert rows[0].values["score"].mean == 9.0


def test_failed_cells_are_named_with_their_reason() -> None:
    failed = record(status=Status.FAILED, reason="it broke", scores={}, seed=1)
    printed = tables.markdown(tables.rows_of([record(), failed]))
    assert "genre, seed 1: failed: it broke" in printed
    only = tables.markdown(tables.rows_of([failed]))
    assert "| failed |" in only


def test_mixed_versions_are_said() -> None:
    same = tables.note(tables.rows_of([record(), record(seed=1)]))
    mixed = tables.note(tables.rows_of([record(), record(seed=1, environment={"torch": "3"})]))
    assert len(mixed) == len(same) + 1


def test_json_has_mean_std_low_high() -> None:
    (row,) = json.loads(tables.as_json(tables.rows_of([record()])))
    assert row["dataset"] == "loan"
    assert row["method"] == "genre"
    assert row["people"] == 200
    assert row["score"] == {"mean": 1.5, "std": 0.1, "low": 0.0, "high": 2.0}


def test_csv_reads_back() -> None:
    (row,) = csv.DictReader(io.StringIO(tables.as_csv(tables.rows_of([record()]), ["score", "lof"])))
    assert float(row["score_mean"]) == 1.5
    assert row["lof_mean"] == ""


def test_latex_marks_best_and_second_and_escapes() -> None:
    rows = tables.rows_of(
        [
            record(label="a_b", scores=scores(cost=0.4, score=3)),
            record(label="c", scores=scores(cost=0.1, score=2)),
            record(label="d", scores=scores(cost=0.9, score=1)),
        ]
    )
    lines = tables.latex(rows, ["cost", "score"]).splitlines()
    assert r"a\_b & 200 & 1 & \underline{0.40} & \textbf{3.000} \\" in lines[4]
    assert r"\textbf{0.10} & \underline{2.000}" in lines[5]
    assert "textbf" not in lines[6]


def test_a_single_seed_shows_no_spread_and_several_do() -> None:
    assert "±" not in tables.markdown(tables.rows_of([record()]))
    assert "±" in tables.markdown(tables.rows_of([record(), record(seed=1, scores=scores(score=1.0))]))
