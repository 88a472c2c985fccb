"""Methods on people held out of the training rows: what may be looked at while a method is being made.

A split takes a quarter of the training rows for people and fits classifier, gold labeller and judge on
training rows alone, as ``recbench tune`` does; no test row is read. The table has each method's means over
the splits, and its difference in Score to the first method, with a 95 % interval over the splits.

Run it from the root: ``python -m benchmarks.held_out genre-plus,genre,nnr --datasets compas --splits 40 --out
FILE``. With ``--vary genre.temperature=0.1,0.2`` a method has a row for each value.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.stats import t

import recbench as rb

METRICS = ("cost", "validity", "lof", "score", "lof_distinct", "distinct")
HEADS = ("Cost", "Val", "LOF", "Score", "LOF distinct", "Distinct")
ENOUGH = 5
"""Splits from which on an interval over them says something: docs/statistics.md."""


def run(
    name: str, methods: Sequence[rb.MethodSpec], splits: int, people: int, home: Path
) -> Iterator[rb.CellRecord]:
    """Run every method on every split of one data set, and yield the cells."""
    whole = rb.load_dataset(name)
    for split in range(splits):
        part = replace(rb.held_out(whole, split), name=name)
        suite = rb.Suite(
            datasets=[name], methods=list(methods), seeds=[split], factuals=people, metrics=list(METRICS)
        )
        done = rb.run(suite, datasets=part, results=home, tracking=False, progress=True)
        if done.sweep is not None and done.sweep.stopped:
            raise KeyboardInterrupt
        yield from done.records()


def rows(records: Sequence[rb.CellRecord]) -> Iterator[str]:
    """Yield a line of the table per method; the number of splits says whether cells are missing."""
    scored: dict[str, dict[int, rb.CellRecord]] = {record.cell.label: {} for record in records}
    for record in records:
        if record.scores:
            scored[record.cell.label][record.cell.seed] = record
    reference, *_ = scored.values()
    for label, splits in scored.items():
        shown = [_mean(splits.values(), metric) for metric in METRICS]
        both = [split for split in splits if split in reference]
        apart = np.array([_score(splits[split]) - _score(reference[split]) for split in both])
        if splits is reference:
            shown.append("")
        elif len(apart) < ENOUGH:
            shown.append("–")
        else:
            low, high = _interval(apart)
            shown.append(f"{apart.mean():+.3f} ({low:+.3f} to {high:+.3f})")
        yield f"| {records[0].cell.dataset} | `{label}` | {len(splits)} | " + " | ".join(shown) + " |"


def _mean(records: Iterable[rb.CellRecord], metric: str) -> str:
    means = [mean for mean in (record.mean(metric) for record in records) if mean is not None]
    return f"{np.mean(means):.3f}" if means else "–"


def _interval(values: np.ndarray) -> tuple[float, float]:
    """Return the 95 % t interval of the mean."""
    half = t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / len(values) ** 0.5
    return float(values.mean() - half), float(values.mean() + half)


def _score(record: rb.CellRecord) -> float:
    return record.mean("score") or 0.0


def failures(records: Sequence[rb.CellRecord]) -> Iterator[str]:
    """Yield a line for each cell that the means lack."""
    for record in records:
        if not record.scores:
            cell = record.cell
            yield f"{cell.dataset} / {cell.label}, split {cell.seed}: {record.status}: {record.reason}"


def _value(text: str) -> object:
    """Return a value as JSON has it, else the word."""
    try:
        value: object = json.loads(text)
    except ValueError:
        return text
    return value


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("methods", help="separated by commas")
    parser.add_argument("--vary", metavar="METHOD.PARAM=VALUES", help="a row for each of these values")
    parser.add_argument("--datasets", default="adult,compas,heloc")
    parser.add_argument("--splits", type=int, default=12, help="from five on with intervals")
    parser.add_argument("--people", type=int, default=200, help="per split")
    parser.add_argument("--out", type=Path, required=True, help="file for the table")
    given = parser.parse_args()
    names = given.methods.split(",")
    methods = [rb.MethodSpec(name=name) for name in names]
    if given.vary:
        target, _, values = given.vary.partition("=")
        name, _, parameter = target.partition(".")
        if name not in names:
            parser.error(
                f"--vary {given.vary}: {name!r} is not among the methods. Write --vary genre.draws=1,10."
            )
        vary = {parameter: [_value(text) for text in values.split(",")]}
        methods[names.index(name)] = rb.MethodSpec(name=name, vary=vary)
    heads = ["Data set", "Method", "Splits", *HEADS, "Difference"]
    lines = [f"| {' | '.join(heads)} |", f"|---|---|{'---:|' * (len(heads) - 2)}"]
    missing: list[str] = []
    with tempfile.TemporaryDirectory() as scratch:
        for name in given.datasets.split(","):
            records = list(run(name, methods, given.splits, given.people, Path(scratch)))
            lines += rows(records)
            missing += failures(records)
    given.out.write_text("\n".join([*lines, *([""] if missing else []), *missing]) + "\n", encoding="utf-8")
    print(f"wrote {given.out}")


if __name__ == "__main__":
    try:
        main()
    except rb.RecbenchError as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.exit("interrupted: no table was written.")
