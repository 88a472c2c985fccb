"""Methods on people held out of the training rows: what may be looked at while a method is being made.

A split takes a quarter of the training rows for people and fits classifier, gold labeller and judge on
training rows alone, as ``recbench tune`` does; no test row is read. The table has each method's means over
the splits, and its difference in Score to the first method, with a 95 % interval over the splits.

Run it from the root: ``python -m benchmarks.held_out genre-plus,genre,nnr --datasets compas --splits 40 --out
FILE``. With ``--vary genre.temperature=0.1,0.2`` a method has a row for each value.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from recbench.cli.watch import watching

from recbench.data.catalogue.loading import load
from recbench.documents.reading import parse_value
from recbench.run.executors import make_executor
from recbench.run.plan import plan
from recbench.run.sweep import run_sweep
from recbench.run.tune import held_out
from recbench.statistics import Summary, over_seeds
from recbench.store.folder import Store
from recbench.store.record import CellRecord
from recbench.suite import MethodSpec, Suite

METRICS = ("cost", "validity", "lof", "score", "lof_distinct", "distinct")


def run(
    name: str, methods: Sequence[MethodSpec], splits: int, people: int, home: Path
) -> Iterator[CellRecord]:
    """Run every method on every split of one data set, and yield the cells."""
    for split in range(splits):
        dataset = replace(held_out(load(name), split), name=name)
        suite = Suite(
            datasets=[name], methods=list(methods), seeds=[split], factuals=people, metrics=list(METRICS)
        )
        cells = plan(suite, {name: dataset})
        store = Store(home)
        with watching() as watcher:
            sweep = run_sweep(suite, cells, make_executor([dataset], home / "cache"), store, None, watcher)
        if sweep.stopped:
            raise KeyboardInterrupt
        yield from store.some([(cell.key, cell.label) for cell in cells])


def rows(records: Sequence[CellRecord]) -> Iterator[str]:
    """Yield a line of the table per method; the number of splits says whether cells are missing."""
    labels = list(dict.fromkeys(record.cell.label for record in records))
    means = {
        label: {r.cell.seed: r.scores for r in records if r.cell.label == label and r.scores}
        for label in labels
    }
    first = means[labels[0]]
    for label, splits in means.items():
        found = [over_seeds([scores[metric] for scores in splits.values()]).mean for metric in METRICS]
        both = [split for split in splits if split in first]
        apart = over_seeds([Summary(mean=_score(splits[one]) - _score(first[one])) for one in both])
        shown = ["–" if mean is None else f"{mean:.3f}" for mean in found]
        if label == labels[0]:
            shown.append("")
        elif apart.low is None or apart.high is None:
            shown.append("–")
        else:
            shown.append(f"{apart.mean:+.3f} ({apart.low:+.3f} to {apart.high:+.3f})")
        yield f"| {records[0].cell.dataset} | `{label}` | {len(splits)} | " + " | ".join(shown) + " |"


def _score(scores: Mapping[str, Summary]) -> float:
    mean = scores["score"].mean
    return 0.0 if mean is None else mean


def failures(records: Sequence[CellRecord]) -> Iterator[str]:
    """Yield a line for each cell that the means lack."""
    for record in records:
        if not record.scores:
            cell = record.cell
            yield f"{cell.dataset} / {cell.label}, split {cell.seed}: {record.status}: {record.reason}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("methods", help="separated by commas")
    parser.add_argument("--vary", metavar="METHOD.PARAM=VALUES", help="a row for each of these values")
    parser.add_argument("--datasets", default="adult,compas,heloc")
    parser.add_argument("--splits", type=int, default=12, help="at least two")
    parser.add_argument("--people", type=int, default=200, help="per split")
    parser.add_argument("--out", type=Path, required=True, help="file for the table")
    given = parser.parse_args()
    methods = [MethodSpec(name=name) for name in given.methods.split(",")]
    if given.vary:
        target, _, values = given.vary.partition("=")
        name, _, parameter = target.partition(".")
        if name not in given.methods.split(","):
            parser.error(
                f"--vary {given.vary}: {name!r} is not among the methods. Write --vary genre.draws=1,10."
            )
        changes = {"vary": {parameter: parse_value(f"[{values}]", f"--vary {parameter}")}}
        methods = [spec.model_copy(update=changes) if spec.name == name else spec for spec in methods]
    heads = [
        "Data set",
        "Method",
        "Splits",
        "Cost",
        "Val",
        "LOF",
        "Score",
        "LOF distinct",
        "Distinct",
        "Difference",
    ]
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
    except KeyboardInterrupt:
        sys.exit("interrupted: no table was written.")
