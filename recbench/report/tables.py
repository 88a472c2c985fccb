"""Tables: one row per data set, classifier and method, over seeds; the same rows in every format."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from recbench import registry
from recbench.cards import MetricCard
from recbench.record import CellRecord, Status
from recbench.report.statistics import Summary, over_seeds

COLUMNS = ("found", "cost", "validity", "lof", "lof_distinct", "score", "fit_seconds", "generate_seconds")
"""The metrics a table shows unless told otherwise."""

NOTE = (
    "Cost is over people with a recourse (see Found); without one, validity, LOF and Score count as 0."
    " LOF: share of inliers, scikit-learn LocalOutlierFactor, k={k}, fitted on rows the gold labeller"
    " ({gold}) calls positive. Score = Val + LOF - Cost/d."
)


@dataclass
class Row:
    """One line of a table: a method with fixed parameters on one data set and classifier.

    ``problems`` maps a seed to why its cell is missing from the averages.
    """

    dataset: str
    classifier: str
    method: str
    params: dict[str, Any]
    factuals: int | None
    people: int
    seeds: list[int]
    values: dict[str, Summary]
    problems: dict[int, str] = field(default_factory=dict)
    versions: set[str] = field(default_factory=set)
    gold: str = "forest"
    neighbours: int = 5

    def plain(self) -> dict[str, Any]:
        """Return the row as JSON: each metric an object with mean, std, low, high."""
        row: dict[str, Any] = {
            "dataset": self.dataset,
            "classifier": self.classifier,
            "method": self.method,
            "people": self.people,
            "seeds": self.seeds,
            "problems": {str(seed): reason for seed, reason in self.problems.items()},
        }
        for name, value in self.values.items():
            row[name] = value.model_dump(exclude={"n"})
        return row


def rows_of(records: Iterable[CellRecord]) -> list[Row]:
    """Return the rows of these cells: by data set and classifier, best Score first.

    Cells that differ in nothing but versions are the same experiment, and the newest counts. Cells
    that differ in parameters or people stand in rows of their own, and their names say how.
    """
    newest: dict[tuple[str, int], CellRecord] = {}
    for record in sorted(records, key=lambda record: record.finished):
        newest[_experiment(record), record.seed] = record
    groups: dict[str, list[CellRecord]] = {}
    for (experiment, _), record in newest.items():
        groups.setdefault(experiment, []).append(record)
    rows = [_row(sorted(group, key=lambda record: record.seed)) for group in groups.values()]
    _tell_apart(rows)
    return sorted(rows, key=lambda row: (row.dataset, row.classifier, -_score(row), row.method))


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
    )


def _tell_apart(rows: list[Row]) -> None:
    """Add to equal names what their rows differ in."""
    by_name: dict[tuple[str, str, str], list[Row]] = {}
    for row in rows:
        by_name.setdefault((row.dataset, row.classifier, row.method), []).append(row)
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
    score = row.values.get("score")
    return score.mean if score is not None and score.mean is not None else float("-inf")


def card(metric: str) -> MetricCard:
    """Return a metric's card; a stored metric whose plug-in is gone is shown by its name."""
    if metric in registry.names("metric"):
        found = registry.listing("metric", metric).card
        if isinstance(found, MetricCard):
            return found
    return MetricCard(name=metric, summary="", implementation="", title=metric)


def heads(metrics: Sequence[str]) -> list[str]:
    """Return column heads with an arrow towards the better side."""
    arrows = {"higher": " ↑", "lower": " ↓", "": ""}
    return [card(metric).title + arrows[card(metric).better] for metric in metrics]


def text(value: Summary | None, metric: str, spread: bool = False) -> str:
    """Return a value as printed: its mean, with ``spread`` its standard deviation over seeds."""
    if value is None or value.mean is None:
        return "–"
    digits = 1 if card(metric).unit in ("s", "1/s") else 2 if metric in ("cost", "cost_l2") else 3
    deviation = f" ±{value.std:.{digits}f}" if spread and value.std is not None else ""
    return f"{value.mean:.{digits}f}{deviation}"


def note(rows: Sequence[Row]) -> list[str]:
    """Return the lines that belong under a table: definitions, missing cells, mixed versions."""
    if not rows:
        return []
    lines = [NOTE.format(k=rows[0].neighbours, gold=", ".join(sorted({row.gold for row in rows})))]
    for row in rows:
        for seed, reason in row.problems.items():
            lines.append(f"{row.dataset} / {row.classifier} / {row.method}, seed {seed}: {reason}")
    if len(set().union(*(row.versions for row in rows))) > 1:
        lines.append("Cells of this table were computed with different library versions or machines.")
    return lines


def cells(row: Row, metrics: Sequence[str]) -> list[str]:
    """Return the printed cells of a row, data set to last metric."""
    spread = len(row.seeds) > 1
    values = [text(row.values.get(metric), metric, spread) for metric in metrics]
    if not row.seeds and row.problems:
        values = [next(iter(row.problems.values())).split(":")[0], *["–"] * (len(metrics) - 1)]
    return [row.dataset, row.classifier, row.method, str(row.people), str(len(row.seeds)), *values]


FIRST_HEADS = ["Data set", "Classifier", "Method", "People", "Seeds"]


def markdown(rows: Sequence[Row], metrics: Sequence[str] = COLUMNS) -> str:
    """Return a Markdown table with its notes."""
    lines = ["| " + " | ".join([*FIRST_HEADS, *heads(metrics)]) + " |"]
    lines.append("|" + "---|" * 3 + "---:|" * (len(metrics) + 2))
    lines += ["| " + " | ".join(cells(row, metrics)) + " |" for row in rows]
    return "\n".join([*lines, "", *note(rows)]) + "\n"


def as_csv(rows: Sequence[Row], metrics: Sequence[str] = COLUMNS) -> str:
    """Return CSV with mean, std, low and high of each metric in columns of their own."""
    parts = ("mean", "std", "low", "high")
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    columns = [f"{metric}_{part}" for metric in metrics for part in parts]
    writer.writerow(["dataset", "classifier", "method", "people", "seeds", "problems", *columns])
    for row in rows:
        values = [
            getattr(row.values.get(metric, Summary(mean=None)), part) for metric in metrics for part in parts
        ]
        problems = "; ".join(f"seed {seed}: {reason}" for seed, reason in row.problems.items())
        first = [row.dataset, row.classifier, row.method, row.people, len(row.seeds), problems]
        writer.writerow([*first, *("" if value is None else value for value in values)])
    return out.getvalue()


def as_json(rows: Sequence[Row]) -> str:
    """Return a JSON list of rows; each metric is an object with mean, std, low and high."""
    return json.dumps([row.plain() for row in rows], indent=1)


def latex(rows: Sequence[Row], metrics: Sequence[str] = COLUMNS) -> str:
    """Return a LaTeX table (package booktabs): best value of a data set bold, second underlined."""
    ranks = _ranks(rows, metrics)
    lines = [
        r"\begin{tabular}{lll" + "r" * (len(metrics) + 2) + "}",
        r"\toprule",
        " & ".join(_escape(head) for head in [*FIRST_HEADS, *heads(metrics)]) + r" \\",
        r"\midrule",
    ]
    for number, row in enumerate(rows):
        if number and (row.dataset, row.classifier) != (
            rows[number - 1].dataset,
            rows[number - 1].classifier,
        ):
            lines.append(r"\midrule")
        printed = [_escape(cell) for cell in cells(row, metrics)]
        for column, metric in enumerate(metrics, start=len(FIRST_HEADS)):
            rank = ranks.get((number, metric))
            if rank is not None and rank < 2:
                printed[column] = (r"\textbf{%s}", r"\underline{%s}")[rank] % printed[column]
        lines.append(" & ".join(printed) + r" \\")
    lines += [r"\bottomrule", r"\end{tabular}"]
    return "\n".join([*lines, *(f"% {line}" for line in note(rows))]) + "\n"


def _ranks(rows: Sequence[Row], metrics: Sequence[str]) -> dict[tuple[int, str], int]:
    """Return the rank of each printed value in its data set and classifier; equal values share one."""
    ranks: dict[tuple[int, str], int] = {}
    for metric in metrics:
        better = card(metric).better
        for place in {(row.dataset, row.classifier) for row in rows}:
            known = {
                number: round(value.mean, 3)
                for number, row in enumerate(rows)
                if (row.dataset, row.classifier) == place
                and (value := row.values.get(metric)) is not None
                and value.mean is not None
            }
            order = sorted(set(known.values()), reverse=better == "higher")
            if better:
                ranks.update({(number, metric): order.index(value) for number, value in known.items()})
    return ranks


def _escape(words: str) -> str:
    symbols = {"&": r"\&", "%": r"\%", "_": r"\_", "#": r"\#", "↑": r"$\uparrow$", "↓": r"$\downarrow$"}
    symbols |= {"±": r"$\pm$", "∞": r"$\infty$", "–": "--"}
    return "".join(symbols.get(letter, letter) for letter in words)
