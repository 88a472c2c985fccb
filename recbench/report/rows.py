"""Rows: the cells of one experiment brought together over its seeds. Tables and figures start from these."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from recbench.method.oracle import ORACLE
from recbench.report.naming import protocol_of, spelt, tell_apart
from recbench.statistics import Summary, over_seeds
from recbench.store.experiment import Experiment
from recbench.store.record import CellRecord, Status


@dataclass(frozen=True)
class Planned:
    """A cell that was asked for; ``experiment`` is None where an older note does not say it."""

    dataset: str
    classifier: str
    label: str
    seed: int
    experiment: Experiment | None = None


class Place(NamedTuple):
    """Where rows can be compared: the same table, classifier, protocol and judge, so the same people.

    ``setting`` says in what the place differs from others of the same data set and classifier.
    """

    dataset: str
    classifier: str
    setting: str = ""


@dataclass
class Row:
    """A method with fixed parameters in one place, over its seeds.

    Attributes:
        dataset: name of the data set, and its hash if another one is called the same.
        classifier: name of the classifier, and its parameters where several differ in them.
        name: the method's registered name.
        method: how the row is called: the label, and what tells it from rows of the same label.
        params: of the method, spelt as on the command line.
        factuals: people per seed that were asked for; None is all.
        people: people in all finished cells together.
        seeds: those whose cell finished.
        values: each metric over the seeds.
        problems: by seed, why its cell is missing from the averages.
        versions: the environments in which the cells ran.
        gold: kind of the gold labeller.
        neighbours: k of LOF.
        records: the finished cells, by seed.
        experiment: what its cells are repetitions of.
        setting: in what its place differs from others of the same data set and classifier.
        label: how the row is called within its place; ``method`` says the setting too.
        is_guessed: it never ran, and only its names are known.
    """

    dataset: str
    classifier: str
    name: str
    method: str
    params: dict[str, Any] = field(default_factory=dict)
    factuals: int | None = None
    people: int = 0
    seeds: list[int] = field(default_factory=list)
    values: dict[str, Summary] = field(default_factory=dict)
    problems: dict[int, str] = field(default_factory=dict)
    versions: set[str] = field(default_factory=set)
    gold: str = "forest"
    neighbours: int = 5
    records: list[CellRecord] = field(default_factory=list)
    experiment: Experiment | None = None
    setting: str = ""
    label: str = ""
    is_guessed: bool = False

    def __post_init__(self) -> None:
        self.label = self.label or self.method

    @property
    def place(self) -> Place:
        """Rows of one place can be compared."""
        return Place(self.dataset, self.classifier, self.setting)

    @property
    def title(self) -> str:
        """The row's full name, for notes."""
        return f"{self.dataset} / {self.classifier} / {self.method}"

    @property
    def codes(self) -> list[tuple[str, str]]:
        """Which seeds, in words, each version of the code computed: a mean over several is of neither."""
        found: dict[str, list[CellRecord]] = {}
        for record in self.records:
            found.setdefault(_code(record), []).append(record)
        return [
            (seed_words([record.cell.seed for record in some]), _made_by(some)) for some in found.values()
        ]

    @property
    def grouped_problems(self) -> list[tuple[str, str]]:
        """Which seeds are missing, in words, and why: seeds with the same reason stand together."""
        groups: dict[str, list[int]] = {}
        for seed, reason in sorted(self.problems.items()):
            groups.setdefault(reason, []).append(seed)
        return [(seed_words(seeds), reason) for reason, seeds in groups.items()]

    @property
    def is_floor(self) -> bool:
        """Whether nobody is changed: a row to compare with, not a competitor."""
        changed = self.mean("changed")
        if changed is not None:
            return changed == 0
        # Without that count: where nothing is free of cost, no cost means no change.
        is_free = self.experiment is not None and not all(self.experiment.recipe.weights.values())
        return self.mean("cost") == 0 and not is_free

    @property
    def sees_judge(self) -> bool:
        """Whether it knows what no method may know: it shows what is left to win, and stands last.

        All that a table, a figure or a page does with the oracle follows from this.
        """
        return self.name == ORACLE.name

    @property
    def competes(self) -> bool:
        """Whether it can be the best."""
        return not (self.is_floor or self.sees_judge)

    def mean(self, metric: str) -> float | None:
        """Return the mean of a metric over the seeds, or None."""
        value = self.values.get(metric)
        return None if value is None else value.mean

    def plain(self) -> dict[str, Any]:
        """Return the row as JSON: each metric an object with mean, std, low, high."""
        row: dict[str, Any] = {
            "dataset": self.dataset,
            "classifier": self.classifier,
            "method": self.method,
            "params": self.params,
            "people": self.people,
            "seeds": self.seeds,
            "problems": {str(seed): reason for seed, reason in self.problems.items()},
            "cells": [record.key for record in self.records],
        }
        for name, value in self.values.items():
            row[name] = value.model_dump(exclude={"n"})
        return row


def rows_of(records: Iterable[CellRecord], missing: Iterable[Planned] = ()) -> list[Row]:
    """Return the rows of these cells: by place, best Score first, the oracle last.

    Cells that differ in nothing but versions are the same experiment, and the newest counts. Cells
    that differ in anything else stand in rows of their own, and their names say how.

    Args:
        records: the cells.
        missing: cells that were asked for and are not there; their rows name them.
    """
    newest: dict[tuple[str, int], CellRecord] = {}
    experiments: dict[str, Experiment] = {}
    for record in sorted(records, key=lambda record: record.finished):
        experiment = Experiment.of(record.cell)
        identity = _plain(record.cell.classifier, experiment, record.cell.label)
        experiments[identity] = experiment
        newest[identity, record.cell.seed] = record
    groups: dict[str, list[CellRecord]] = {}
    for (identity, _), record in newest.items():
        groups.setdefault(identity, []).append(record)
    rows = [
        _row(sorted(group, key=lambda record: record.cell.seed), experiments[identity])
        for identity, group in groups.items()
    ]
    _name_missing(rows, missing)
    tell_apart(rows)
    return sorted(rows, key=lambda row: (*row.place, row.sees_judge, -_score(row), row.method))


def place_title(place: Place, places: Iterable[Place]) -> str:
    """Return the head of a place among others: the data set, and the classifier if there are several."""
    several = len({one.classifier for one in places}) > 1
    words = (place.dataset, place.classifier if several else "", place.setting)
    return ", ".join(word for word in words if word)


def seed_words(seeds: Sequence[int]) -> str:
    """Return sorted seeds in words, such as ``seed 3``, ``seeds 0-4`` or ``seeds 0, 2``."""
    if len(seeds) == 1:
        return f"seed {seeds[0]}"
    if len(seeds) > 2 and seeds[-1] - seeds[0] == len(seeds) - 1:
        return f"seeds {seeds[0]}-{seeds[-1]}"
    return f"seeds {', '.join(map(str, seeds))}"


def _row(records: Sequence[CellRecord], experiment: Experiment) -> Row:
    first = records[0]
    done = [record for record in records if record.status == Status.DONE]
    names = dict.fromkeys(name for record in done for name in record.scores)
    return Row(
        dataset=first.cell.dataset,
        classifier=first.cell.classifier,
        name=first.cell.method,
        method=first.cell.label,
        params=spelt(first.cell.params),
        factuals=first.cell.recipe.factuals,
        people=sum(record.people for record in done),
        seeds=[record.cell.seed for record in done],
        values={
            name: over_seeds([record.scores[name] for record in done if name in record.scores])
            for name in names
        },
        problems={
            record.cell.seed: f"{record.status}: {record.reason}" for record in records if record not in done
        },
        versions={json.dumps(record.environment, sort_keys=True) for record in done},
        gold=first.cell.recipe.gold.kind,
        neighbours=first.cell.lof.neighbours,
        records=done,
        experiment=experiment,
    )


def _code(record: CellRecord) -> str:
    """Return what tells the code that computed a cell from other versions of it."""
    return record.cell.code.version or record.cell.made_by


def _made_by(records: Sequence[CellRecord]) -> str:
    newest = max(records, key=lambda record: record.finished)
    revision = f"revision {newest.revision[:10]}" if newest.revision else ""
    return ", ".join(word for word in (newest.cell.made_by, revision, newest.finished[:10]) if word)


def _name_missing(rows: list[Row], missing: Iterable[Planned]) -> None:
    """Add cells that never ran to the problems of their rows, or as rows of their own."""
    known = list(rows)
    by_label: dict[tuple[str, str, str], list[Row]] = {}
    by_experiment: dict[str, list[Row]] = {}

    def add(row: Row) -> None:
        by_label.setdefault((row.dataset, row.classifier, row.label), []).append(row)
        by_experiment.setdefault(_plain(row.classifier, row.experiment), []).append(row)

    for row in rows:
        add(row)
    for cell in missing:
        if cell.experiment is None:
            here = by_label.get((cell.dataset, cell.classifier, cell.label), [])
            # Of several it cannot be known which one was meant: the cell is named by itself.
            found = here if len(here) == 1 else [row for row in here if row.is_guessed]
        else:
            here = by_experiment.get(_plain(cell.classifier, cell.experiment), [])
            found = [row for row in here if row.label == cell.label] or here
        if not found:
            found = [_planned_row(cell, known)]
            rows += found
            add(found[0])
        found[0].problems.setdefault(cell.seed, "not run")


def _planned_row(cell: Planned, known: Sequence[Row]) -> Row:
    row = Row(cell.dataset, cell.classifier, cell.label, cell.label, experiment=cell.experiment)
    if row.experiment is None:
        row.is_guessed = True
        # An older note says no more than names; they mean what the cells of these names all mean.
        here = [one for one in known if (one.dataset, one.classifier) == (row.dataset, row.classifier)]
        if len({protocol_of(one) for one in here}) == 1 and here[0].experiment:
            unknown = {"method": cell.label, "params": {}}
            row.experiment = here[0].experiment.model_copy(update=unknown)
    if row.experiment is not None:
        recipe = row.experiment.recipe
        row.name, row.params = row.experiment.method, spelt(row.experiment.params)
        row.factuals = recipe.factuals
        row.gold, row.neighbours = recipe.gold.kind, row.experiment.lof.neighbours
    return row


def _plain(classifier: str, experiment: Experiment | None, label: str = "") -> str:
    return f"{classifier}\0{label}\0{experiment.model_dump_json() if experiment else ''}"


def _score(row: Row) -> float:
    score = row.mean("score")
    return float("-inf") if score is None else score
