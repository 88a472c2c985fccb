"""Rows that differ have names that say in what; only what can be compared is compared."""

from __future__ import annotations

import csv
import io
from itertools import pairwise, product

import pandas as pd
import pytest

from recbench.report import layout, notes as below, tables
from recbench.report.comparison import compare_with, sheet
from recbench.report.naming import named, short_hashes, told_apart
from recbench.report.notes import repeated_people
from recbench.report.ranking import ranking
from recbench.report.rows import Planned, Row, rows_of
from recbench.store.experiment import Experiment
from recbench.store.record import CellRecord, Score
from recbench.task.recipes import ClassifierSpec, GoldRecipe, LofRecipe, TaskRecipe

MLP = ClassifierSpec(params={"epochs": 50})
DIFFERENT: dict[str, tuple[dict[str, object], str]] = {
    "data": ({"data_hash": "f" * 64}, "data=ffffff"),
    "classifier's parameters": ({"recipe": TaskRecipe(classifier=MLP)}, "epochs=50"),
    "threshold": ({"recipe": TaskRecipe(threshold=0.7)}, "threshold=0.7"),
    "weights": ({"recipe": TaskRecipe(weights={"income": 2.0})}, "weights.income=2.0"),
    "mismatch": ({"recipe": TaskRecipe(mismatch=True)}, "mismatch=True"),
    "factuals": ({"recipe": TaskRecipe(factuals=None)}, "factuals=all"),
    "judge": ({"recipe": TaskRecipe(gold=GoldRecipe(kind="known"))}, "judge=known"),
    "trees": ({"recipe": TaskRecipe(gold=GoldRecipe(trees=7))}, "judge.trees=7"),
    "folds": ({"recipe": TaskRecipe(gold=GoldRecipe(folds=3))}, "judge.folds=3"),
    "neighbours": ({"lof": LofRecipe(neighbours=10)}, "lof.neighbours=10"),
    "algorithm": ({"lof": LofRecipe(algorithm="kd_tree")}, "lof.algorithm=kd_tree"),
}
"""What makes another place, and the word that must be read."""
SAME_PLACE: dict[str, tuple[dict[str, object], str]] = {
    "parameter": ({"params": {"steps": 7}}, "steps=7"),
    "device": ({"device": "cuda:1"}, "device=cuda"),
    "method": ({"method": "nnr", "label": "genre"}, "method=nnr"),
}


def printed(row: Row) -> str:
    return f"{row.dataset} | {row.classifier} | {row.method}"


@pytest.mark.parametrize("what", DIFFERENT | SAME_PLACE)
def test_rows_are_told_apart_by_what_they_differ_in(made_up, what: str) -> None:  # type: ignore[no-untyped-def]
    change, word = (DIFFERENT | SAME_PLACE)[what]
    rows = rows_of([made_up(), made_up(key="other", **change)])
    assert len({printed(row) for row in rows}) == len(rows) == 2
    assert sum(word in printed(row) for row in rows) == 1
    assert "variant" not in "".join(map(printed, rows))
    same_place = len({row.place for row in rows}) == 1
    assert same_place == (what in SAME_PLACE)
    lines = list(csv.DictReader(io.StringIO(tables.as_csv(rows))))
    assert len({(line["dataset"], line["classifier"], line["method"]) for line in lines}) == 2


@pytest.mark.parametrize("what", DIFFERENT)
def test_best_is_marked_within_a_place_only(made_up, what: str) -> None:  # type: ignore[no-untyped-def]
    def cell(method: str, cost: float, **changes: object) -> CellRecord:
        scores = {"cost": Score(key="s", mean=cost, n=9)}
        return made_up(method, key=f"{method}{cost}", scores=scores, **changes)  # type: ignore[no-any-return]

    change = DIFFERENT[what][0]
    here = [cell("genre", 1.0), cell("nnr", 2.0)]
    there = [cell("genre", 3.0, **change), cell("nnr", 4.0, **change)]
    sheet = layout.long(rows_of([*here, *there]), ["cost"])
    ranks = {line[-1].text: line[-1].rank for line in sheet.body}
    assert ranks == {"1.00": 0, "2.00": 1, "3.00": 0, "4.00": 1}
    assert len(sheet.rules) == 1

    wide = layout.wide(rows_of([*here, *there]), ["cost"])
    titles = [title for title, _ in wide.groups[1:]]
    assert len(set(titles)) == 2 and any(DIFFERENT[what][1] in title for title in titles)
    assert [[entry.text for entry in line] for line in wide.body] == [
        ["genre", *("1.00", "3.00")[:: 1 if wide.body[0][1].text == "1.00" else -1]],
        ["nnr", *("2.00", "4.00")[:: 1 if wide.body[0][1].text == "1.00" else -1]],
    ]
    assert all(entry.rank is not None for line in wide.body for entry in line[1:])


@pytest.mark.parametrize("what", DIFFERENT)
def test_only_methods_of_one_place_are_tested_against_each_other(made_up, what: str) -> None:  # type: ignore[no-untyped-def]
    change = DIFFERENT[what][0]
    records = [
        made_up(method, key=f"{method}{bool(changes)}", **changes)
        for method, changes in product(("genre", "nnr"), ({}, change))
    ]
    costs = {record.key: float(number) for number, record in enumerate(records)}
    tests = compare_with(
        rows_of(records), "nnr", lambda key: pd.DataFrame({"person": [1, 2], "cost": costs[key]}), ["cost"]
    )
    assert len(tests) == 2
    assert {test.difference for test in tests} == {-2.0}, "same number of people, but of the same place only"
    laid_out = sheet(tests)
    assert len({line[0].text for line in laid_out.body}) == 2
    assert laid_out.rules == {1}, "each place is a family of its own"


def test_an_embedded_data_set_and_a_file_of_the_same_name_stay_apart(made_up) -> None:  # type: ignore[no-untyped-def]
    rows = rows_of([made_up(), made_up("nnr", data_hash="ab" * 32)])
    assert {row.dataset for row in rows} == {"loan (data=000000)", "loan (data=ababab)"}
    assert rows_of([made_up()])[0].dataset == "loan"


def test_a_person_own_table_does_not_lend_its_people(made_up) -> None:  # type: ignore[no-untyped-def]
    rows = rows_of(
        [made_up(people_hash="a"), made_up(seed=1, people_hash="a", data_hash="ab" * 32, key="other")]
    )
    assert not repeated_people(rows)


def test_seeds_with_the_same_people_are_noticed_per_place(made_up) -> None:  # type: ignore[no-untyped-def]
    (place,) = repeated_people(rows_of([made_up(seed=seed, people_hash="a") for seed in (0, 1)]))
    assert (place.dataset, place.classifier) == ("loan", "mlp")


def test_names_are_unique_whatever_they_are(made_up) -> None:  # type: ignore[no-untyped-def]
    records = [
        made_up(label="x", key="1", params={"k": 1}),
        made_up(label="x", key="2", params={"k": 2}),
        made_up(label="x (k=1)", key="3", params={"k": 3}),
        made_up("nnr", label="x (k=2)", key="4", params={}),
        made_up(label="x", key="5", params={"k": 2}, recipe=TaskRecipe(threshold=0.7)),
        made_up(label="x", key="6", params={"k": "2"}),
        made_up(dataset="loan (data=000000)", label="x", key="7"),
        made_up(data_hash="1" * 64, label="x", key="8"),
    ]
    rows = rows_of(records)
    assert len(rows) == len({printed(row) for row in rows}) == len(records)
    for row in rows:
        assert len({other.label for other in rows if other.place == row.place}) == sum(
            other.place == row.place for other in rows
        )


def test_a_parameter_is_said_as_users_write_it(made_up) -> None:  # type: ignore[no-untyped-def]
    rows = rows_of([made_up(params={"lambda_": 1.0}), made_up(params={"lambda_": 5.0}, key="o")])
    assert {row.method for row in rows} == {"genre (lambda=1.0)", "genre (lambda=5.0)"}


def test_a_weight_of_nothing_is_no_floor(made_up) -> None:  # type: ignore[no-untyped-def]
    def row(changed: float | None, **recipe: object) -> Row:
        scores = {"cost": Score(key="s", mean=0.0, n=9)}
        if changed is not None:
            scores["changed"] = Score(key="s", mean=changed, n=9)
        return rows_of([made_up(scores=scores, recipe=TaskRecipe(**recipe))])[0]

    assert row(0.0).is_floor and row(None).is_floor
    # A change of a feature that weighs nothing costs nothing.
    assert not row(1.5, weights={"income": 0.0}).is_floor
    assert not row(None, weights={"income": 0.0}).is_floor
    assert row(None, weights={"income": 2.0}).is_floor


def test_a_mean_over_two_versions_of_the_code_is_said(made_up) -> None:  # type: ignore[no-untyped-def]
    def notes(*versions: str) -> str:
        cells = [
            made_up(seed=seed, made_by=version, revision="abcdef0123456789")
            for seed, version in enumerate(versions)
        ]
        return "\n".join(below.notes(rows_of(cells), ()))

    assert "versions of the code" not in notes("recbench 0.1.0 aa", "recbench 0.1.0 aa")
    mixed = notes("recbench 0.1.0 aa", "recbench 0.2.0 bb", "recbench 0.1.0 aa")
    assert (
        "loan / mlp / genre: a mean over different versions of the code:"
        " seeds 0, 2 by recbench 0.1.0 aa, revision abcdef0123, 2026-01-02;"
        " seed 1 by recbench 0.2.0 bb, revision abcdef0123, 2026-01-02."
    ) in mixed


def test_ranks_do_not_mix_settings(made_up) -> None:  # type: ignore[no-untyped-def]
    rows = rows_of(
        [
            made_up(
                method, dataset, key=f"{method}{dataset}{threshold}", recipe=TaskRecipe(threshold=threshold)
            )
            for method, dataset, threshold in product(("genre", "nnr"), ("loan", "moons"), (0.5, 0.7))
        ]
    )
    for setting in {row.setting for row in rows}:
        assert ranking([row for row in rows if row.setting == setting]).ranks.shape == (2, 2)


def planned(record: CellRecord, seed: int, **changes: object) -> Planned:
    known = Experiment.of(record.cell)
    facts = {
        "dataset": record.cell.dataset,
        "classifier": record.cell.classifier,
        "label": record.cell.label,
        "seed": seed,
    }
    return Planned(**{**facts, "experiment": known, **changes})  # type: ignore[arg-type]


def test_a_missing_cell_belongs_to_its_own_experiment(made_up) -> None:  # type: ignore[no-untyped-def]
    one, other = made_up(), made_up(key="o", data_hash="f" * 64)
    rows = rows_of([one, other], [planned(other, 7)])
    assert {row.dataset: row.problems for row in rows} == {
        "loan (data=000000)": {},
        "loan (data=ffffff)": {7: "not run"},
    }


def test_a_missing_cell_of_a_renamed_row_stays_with_it(made_up) -> None:  # type: ignore[no-untyped-def]
    (row,) = rows_of([made_up()], [planned(made_up(), 3, label="mine")])
    assert (row.method, row.problems) == ("genre", {3: "not run"})


def test_missing_cells_with_equal_labels_stand_in_rows_of_their_own(made_up) -> None:  # type: ignore[no-untyped-def]
    fast, slow = made_up(params={"k": 1}), made_up(params={"k": 2})
    rows = rows_of([], [planned(fast, 0), planned(slow, 0), planned(fast, 1)])
    assert {row.method: row.problems for row in rows} == {
        "genre (k=1)": {0: "not run", 1: "not run"},
        "genre (k=2)": {0: "not run"},
    }


def test_a_missing_cell_of_an_older_note_is_not_given_to_one_of_several(made_up) -> None:  # type: ignore[no-untyped-def]
    cells = [made_up(), made_up(key="o", data_hash="f" * 64)]
    rows = rows_of(cells, [Planned("loan", "mlp", "genre", 7), Planned("loan", "mlp", "genre", 8)])
    assert {row.dataset: row.problems for row in rows} == {
        "loan (data=000000)": {},
        "loan (data=ffffff)": {},
        "loan (unknown)": {7: "not run", 8: "not run"},
    }
    # Where the names mean one thing only, there is nothing to ask.
    (row, other) = rows_of(
        [made_up()], [Planned("loan", "mlp", "nnr", 7), Planned("loan", "mlp", "genre", 7)]
    )
    assert row.place == other.place
    assert row.problems == other.problems == {7: "not run"}


def test_facts_that_differ_are_said_and_no_others() -> None:
    facts = {"a": {"x": 1, "y": 2}, "b": {"x": 1, "y": 3}, "c": {"x": 1}, "d": None}
    assert told_apart(facts) == {"a": "y=2", "b": "y=3", "c": "", "d": "unknown"}
    assert named({"a": ("n", {"x": 1}), "b": ("m", {"x": 2})}) == {"a": "n", "b": "m"}


def test_hashes_are_as_long_as_needed() -> None:
    assert short_hashes(["abcdefgh", "abcdefgx", "1" * 8]) == {
        "abcdefgh": "abcdefgh",
        "abcdefgx": "abcdefgx",
        "1" * 8: "1" * 8,
    }
    assert set(short_hashes(["a" * 64, "b" * 64]).values()) == {"aaaaaa", "bbbbbb"}


def test_rows_stand_by_place(made_up) -> None:  # type: ignore[no-untyped-def]
    records = [
        made_up(method, key=f"{method}{number}", **change)
        for method in ("genre", "nnr")
        for number, (change, _) in enumerate(DIFFERENT.values())
    ]
    places = [row.place for row in rows_of(records)]
    assert sum(one != other for one, other in pairwise(places)) == len(set(places)) - 1 == len(DIFFERENT) - 1
