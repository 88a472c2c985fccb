"""Methods on people held out of the training rows: what may be looked at while a method is being made.

A split takes a quarter of the training rows for people and fits classifier, gold labeller and judge on
training rows alone, as ``recbench tune`` does; no test row is read. The table has each method's means over
the splits, and its difference in Score to the first method, with a 95 % interval over the splits.

Run it from the root: ``python -m benchmarks.held_out genre-plus,genre,nnr --datasets compas --splits 12``.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from recbench.cli.watch import watching
from recbench.datasets import load
from recbench.executors import make_executor
from recbench.plan import plan
from recbench.record import CellRecord
from recbench.report.statistics import Summary, over_seeds
from recbench.store import Store
from recbench.suite import Suite
from recbench.sweep import run_sweep
from recbench.tune import held_out

METRICS = ("cost", "validity", "lof", "score", "lof_distinct", "distinct")


def run(name: str, methods: Sequence[str], splits: int, people: int, home: Path) -> Iterator[CellRecord]:
    """Run every method on every split of one data set, and yield the cells."""
    for split in range(splits):
        dataset = replace(held_out(load(name), split), name=name)
        asked = {"methods": methods, "seeds": [split], "factuals": people, "metrics": METRICS}
        suite = Suite.model_validate({"datasets": [name], **asked})
        cells = plan(suite, {name: dataset})
        store = Store(home)
        with watching() as watcher:
            run_sweep(suite, cells, make_executor([dataset], home / "cache"), store, None, watcher)
        yield from store.some([(cell.key, cell.label) for cell in cells])


def rows(records: Sequence[CellRecord], methods: Sequence[str]) -> Iterator[str]:
    """Yield a line of the table per method."""
    means = {
        method: {r.seed: r.scores for r in records if r.method == method and r.scores} for method in methods
    }
    first = means[methods[0]]
    for method, splits in means.items():
        cells = [
            f"{over_seeds([scores[metric] for scores in splits.values()]).mean:.3f}" for metric in METRICS
        ]
        apart = [
            Summary(mean=(scores["score"].mean or 0.0) - (first[split]["score"].mean or 0.0))
            for split, scores in splits.items()
            if split in first
        ]
        if method == methods[0]:
            cells.append("")
        else:
            found = over_seeds(apart)
            cells.append(f"{found.mean:+.3f} ({found.low:+.3f} to {found.high:+.3f})")
        yield f"| {records[0].dataset} | `{method}` | {len(splits)} | " + " | ".join(cells) + " |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("methods", help="separated by commas")
    parser.add_argument("--datasets", default="adult,compas,heloc")
    parser.add_argument("--splits", type=int, default=12, help="at least two")
    parser.add_argument("--people", type=int, default=200, help="per split")
    parser.add_argument("--out", type=Path, required=True, help="file for the table")
    given = parser.parse_args()
    methods = given.methods.split(",")
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
    with tempfile.TemporaryDirectory() as scratch:
        for name in given.datasets.split(","):
            records = list(run(name, methods, given.splits, given.people, Path(scratch)))
            lines += rows(records, methods)
    given.out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"wrote {given.out}")


if __name__ == "__main__":
    main()
