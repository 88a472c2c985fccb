"""The fuzzers, each for a moment in the quick suite and longer in the slow one; and that they see faults."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from . import tables
from .case import EITHER, Case, Outcome
from .kinds import KINDS
from .runner import examine, faults, random_of, told, without_seconds

SEED = 11
QUICK = {"schemas": 60, "suites": 30, "tables": 60, "arguments": 40, "stores": 25, "archives": 20}
SLOW = {"schemas": 400, "suites": 250, "tables": 300, "arguments": 200, "stores": 150, "archives": 80}


def run(kind: str, numbers: range, process: bool = False) -> None:
    findings = [examine(KINDS[kind], SEED, f"{kind}:{number}", process) for number in numbers]
    wrong = [told(finding) for finding in findings if finding.problems]
    assert not wrong, "\n".join(wrong)
    assert len({finding.worked for finding in findings}) == 2 or kind == "stores", "some work and some do not"


@pytest.mark.parametrize("kind", KINDS)
def test_a_few_cases(kind: str) -> None:
    run(kind, range(QUICK[kind]))


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_many_cases(kind: str) -> None:
    run(kind, range(QUICK[kind], SLOW[kind]))


@pytest.mark.slow
def test_in_processes_of_their_own() -> None:
    run("arguments", range(10), process=True)


@pytest.mark.parametrize("kind", ["schemas", "tables"])
def test_a_case_can_be_replayed_alone(kind: str) -> None:
    examine(KINDS[kind], SEED, f"{kind}:1")
    once, again = (without_seconds(examine(KINDS[kind], SEED, f"{kind}:2")) for _ in range(2))
    assert once == again
    assert once != without_seconds(examine(KINDS[kind], SEED + 1, f"{kind}:2"))


def noticed(kind: str, words: str, most: int = 60) -> bool:
    """Return whether one of the first cases complains in these words."""
    for number in range(most):
        if any(words in problem for problem in examine(KINDS[kind], SEED, f"{kind}:{number}").problems):
            return True
    return False


def change(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, change: Callable[[Any], Any]) -> None:
    """Have a function return something else than it does."""
    before = getattr(owner, name)
    monkeypatch.setattr(owner, name, lambda *args, **more: change(before(*args, **more)))


def test_schemas_that_are_read_otherwise_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    from recbench.data.schema import Schema

    def moved(schema: Schema) -> Schema:
        features = [one.model_copy(update={"immutable": not one.immutable}) for one in schema.features]
        return schema.model_copy(update={"features": tuple(features)})

    change(monkeypatch, Schema, "from_yaml", moved)
    assert noticed("schemas", "immutable of")


def test_suites_of_which_a_seed_is_forgotten_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    from recbench.api import running

    change(monkeypatch, running, "plan_cells", lambda cells: cells[:-1])
    assert noticed("suites", "the suite asks for")


def test_tables_whose_columns_are_shifted_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    from recbench.api import tasks
    from recbench.data import files

    def shifted(dataset: Any) -> Any:
        for frame in (dataset.train, dataset.test):
            for name in dataset.schema.names:
                frame[name] = frame[name].to_numpy()[::-1]
        return dataset

    change(monkeypatch, files, "from_file", shifted)
    change(monkeypatch, tasks, "from_file", shifted)
    assert noticed("tables", "the file says")


def test_tables_that_are_refused_without_a_reason_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    from recbench.api import tasks
    from recbench.errors import UsageError

    def refuse(*args: object) -> None:
        raise UsageError("it is Monday.")

    monkeypatch.setattr(tasks, "from_file", refuse)
    assert noticed("tables", "exit code 2, not 0")


def test_a_wrong_cost_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    from recbench.metrics.distance import Cost

    change(monkeypatch, Cost, "compute", lambda cost: cost + 0.01)
    monkeypatch.setattr(tables, "_WHOLE", 1)
    assert noticed("tables", "the changes shown cost")


def test_arguments_that_raise_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    from recbench.store import folder as store

    change(monkeypatch, store.Store, "records", lambda records: 1 / 0)
    assert noticed("arguments", "fault of recbench")


def test_stores_of_which_a_cell_is_not_listed_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    from recbench.store import folder as store

    change(monkeypatch, store.Store, "records", lambda records: iter(list(records)[1:]))
    assert noticed("stores", "is whole, and the list says None")


def test_archives_that_reach_out_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    from recbench.cli import store

    def load(results: Path, **more: object) -> None:
        (results.absolute().parent.parent / "victim" / "package").write_text("mine")

    monkeypatch.setattr(store.import_, "callback", lambda **given: load(given["results"]))
    assert noticed("archives", "outside its folder", most=2)
    assert noticed("archives", "files beside the folder of the case were changed", most=2)


@pytest.mark.parametrize(
    ("outcome", "fault"),
    [
        ({"code": 1}, "exit code 1"),
        ({"code": 2, "err": "error: a\nerror: b\n"}, "one line"),
        ({"code": 2, "err": "no\n"}, "one line"),
        ({"err": "error: but fine\n"}, "and yet"),
        ({"err": "Traceback (most recent call last):\n"}, "Traceback"),
        ({"out": "a\x1b[31mb"}, "control"),
        ({"faults": ("it hung",)}, "hung"),
        ({"code": 2, "err": f"error: {'x' * 5000}\n"}, "5007 characters"),
    ],
)
def test_every_way_to_end_badly_is_a_fault(outcome: dict[str, Any], fault: str) -> None:
    given = Outcome(**{"words": (), "code": 0, "out": "", "err": "", "seconds": 0.0, **outcome})
    assert any(fault in one for one in faults(given, EITHER)), faults(given, EITHER)


def test_a_good_end_is_none() -> None:
    assert not faults(Outcome((), 0, "fine\n", "a notice\n", 0.0), EITHER)
    assert not faults(Outcome((), 2, "", "a notice\nerror: no.\n", 0.0), EITHER)


def test_a_generator_that_fails_is_a_finding() -> None:
    def fails(rng: random.Random) -> Case:
        raise KeyError("x")

    assert "no case was made" in examine(fails, SEED, "x:0").problems[0]


def test_the_numbers_of_a_case_depend_on_nothing_else() -> None:
    assert random_of(1, "tables:5").random() == random_of(1, "tables:5").random()
    assert random_of(1, "tables:5").random() != random_of(1, "tables:6").random()
