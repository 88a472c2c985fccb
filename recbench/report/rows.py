"""Rows: the cells of one experiment brought together over its seeds. Tables and figures start from these."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from recbench.oracle import ORACLE
from recbench.record import CellRecord, Status
from recbench.report.statistics import Summary, over_seeds


@dataclass(frozen=True)
class Planned:
    """A cell that was asked for."""

    dataset: str
    classifier: str
    label: str
    seed: int


@dataclass
class Row:
    """A method with fixed parameters on one data set and classifier, over its seeds.

    Attributes:
        dataset: name of the data set.
        classifier: name of the classifier.
        name: the method's registered name.
        method: how the row is called: the label, and what tells it from rows of the same label.
        params: of the method.
        factuals: people per seed that were asked for; None is all.
        people: people in all finished cells together.
        seeds: those whose cell finished.
        values: each metric over the seeds.
        problems: by seed, why its cell is missing from the averages.
        versions: the environments in which the cells ran.
        gold: kind of the gold labeller.
        neighbours: k of LOF.
        records: the finished cells, by seed.
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

    @property
    def place(self) -> tuple[str, str]:
        """Data set and classifier: rows of one place can be compared."""
        return self.dataset, self.classifier

    @property
    def grouped_problems(self) -> list[tuple[str, str]]:
        """Which seeds are missing, in words, and why: seeds with the same reason stand together."""
        groups: dict[str, list[int]] = {}
        for seed, reason in sorted(self.problems.items()):
            groups.setdefault(reason, []).append(seed)
        return [(_seeds(seeds), reason) for reason, seeds in groups.items()]

    @property
    def is_floor(self) -> bool:
        """Whether nobody is changed: a row to compare with, not a competitor."""
        cost = self.mean("cost")
        return cost is not None and cost == 0

    @property
    def sees_judge(self) -> bool:
        """Whether it knows what no method may know: it shows what is left to win."""
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
    """Return the rows of these cells: by data set and classifier, best Score first, the oracle last.

    Cells that differ in nothing but versions are the same experiment, and the newest counts. Cells
    that differ in parameters or people stand in rows of their own, and their names say how.

    Args:
        records: the cells.
        missing: cells that were asked for and are not there; their rows name them.
    """
    newest: dict[tuple[str, int], CellRecord] = {}
    for record in sorted(records, key=lambda record: record.finished):
        newest[_experiment(record), record.seed] = record
    groups: dict[str, list[CellRecord]] = {}
    for (experiment, _), record in newest.items():
        groups.setdefault(experiment, []).append(record)
    rows = [_row(sorted(group, key=lambda record: record.seed)) for group in groups.values()]
    _name_missing(rows, missing)
    _tell_apart(rows)
    return sorted(rows, key=lambda row: (*row.place, row.sees_judge, -_score(row), row.method))


def repeated_people(rows: Sequence[Row]) -> dict[tuple[str, str], list[list[int]]]:
    """Return, for each data set and classifier, the groups of seeds that have exactly the same people.

    Such seeds are not repetitions over people: an interval over them leaves out that other people
    would have been turned down.
    """
    found: dict[tuple[str, str], dict[str, set[int]]] = {}
    for row in rows:
        for record in row.records:
            if record.people_hash:
                place = found.setdefault(row.place, {})
                place.setdefault(record.people_hash, set()).add(record.seed)
    repeats = {
        place: sorted(sorted(seeds) for seeds in hashes.values() if len(seeds) > 1)
        for place, hashes in found.items()
    }
    return {place: groups for place, groups in repeats.items() if groups}


def _experiment(record: CellRecord) -> str:
    """Return what makes cells repetitions of each other: everything but seed and versions."""
    same = (
        record.dataset,
        record.data_hash,
        record.recipe.model_dump(),
        record.lof.model_dump(),
        record.label,
        record.method,
        record.params,
        record.device.split(":")[0],
    )
    return json.dumps(same, sort_keys=True)


def _row(records: Sequence[CellRecord]) -> Row:
    first = records[0]
    done = [record for record in records if record.status == Status.DONE]
    names = dict.fromkeys(name for record in done for name in record.scores)
    return Row(
        dataset=first.dataset,
        classifier=first.classifier,
        name=first.method,
        method=first.label,
        params=first.params,
        factuals=first.recipe.factuals,
        people=sum(record.people for record in done),
        seeds=[record.seed for record in done],
        values={
            name: over_seeds([record.scores[name] for record in done if name in record.scores])
            for name in names
        },
        problems={
            record.seed: f"{record.status}: {record.reason}" for record in records if record not in done
        },
        versions={json.dumps(record.environment, sort_keys=True) for record in done},
        gold=first.recipe.gold.kind,
        neighbours=first.lof.neighbours,
        records=done,
    )


def _name_missing(rows: list[Row], missing: Iterable[Planned]) -> None:
    """Add cells that never ran to the problems of their rows, or as rows of their own."""
    by_label = {(*row.place, row.method): row for row in rows}
    for cell in missing:
        at = (cell.dataset, cell.classifier, cell.label)
        if at not in by_label:
            by_label[at] = Row(cell.dataset, cell.classifier, cell.label, cell.label)
            rows.append(by_label[at])
        by_label[at].problems.setdefault(cell.seed, "not run")


def _tell_apart(rows: list[Row]) -> None:
    """Add to equal names what their rows differ in."""
    by_name: dict[tuple[str, str, str], list[Row]] = {}
    for row in rows:
        by_name.setdefault((*row.place, row.method), []).append(row)
    for group in by_name.values():
        if len(group) < 2:
            continue
        facts = [
            {
                **row.params,
                "factuals": row.factuals or "all",
                "judge": row.gold,
                "lof.neighbours": row.neighbours,
            }
            for row in group
        ]
        differing = [
            name
            for name in dict.fromkeys(name for fact in facts for name in fact)
            if len({json.dumps(fact.get(name)) for fact in facts}) > 1
        ]
        for number, (row, fact) in enumerate(zip(group, facts, strict=True), start=1):
            said = ", ".join(f"{name}={fact.get(name)}" for name in differing) or f"variant {number}"
            row.method = f"{row.method} ({said})"


def _score(row: Row) -> float:
    score = row.mean("score")
    return float("-inf") if score is None else score


def _seeds(seeds: Sequence[int]) -> str:
    """Return sorted seeds in words, such as ``seed 3``, ``seeds 0-4`` or ``seeds 0, 2``."""
    if len(seeds) == 1:
        return f"seed {seeds[0]}"
    if len(seeds) > 2 and seeds[-1] - seeds[0] == len(seeds) - 1:
        return f"seeds {seeds[0]}-{seeds[-1]}"
    return f"seeds {', '.join(map(str, seeds))}"
