"""The experiment: R_theta and a search, against Q, while training rows grow from 250 to 16,000."""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import torch

import recbench as rb
from benchmarks.consistency.report import figure, table, trend
from benchmarks.consistency.search import searched
from benchmarks.consistency.truth import DATASETS, energy_distance, truth

SIZES = (250, 1000, 4000, 16000)
RATE, GAMMA = 5.0, 0.7
"""lambda and gamma, of Q and of GenRe alike: the paper's."""
STEPS = 300
"""Optimiser steps. Whether these are enough is looked at in the README beside the results."""
PEOPLE, DRAWS = 20, 300


def bins(rows: int) -> int:
    """Return the number of bins: it grows with the square root of the rows."""
    return round(2 * math.sqrt(rows))


def one(name: str, rows: int, seed: int, steps: int) -> dict[str, object]:
    """Return the distances of one data set, size and seed, each a mean over the people."""
    began = time.process_time()
    known, rng = truth(name, PEOPLE, GAMMA), rb.Rng(seed).stream("consistency", name, rows)
    task = known.task(rows, rng.stream("rows"))
    goal = known.sample(DRAWS, RATE, rng.stream("goal"))
    params = {"lambda": RATE, "gamma": GAMMA, "targets": rows, "bins": bins(rows), "steps": steps}
    # The experiment looks at what GenRe has learnt, of which no other method has anything.
    method: Any = rb.get_method("genre", temperature=1.0, **params).method
    method.fit(task, rng.stream("fit"))
    ours = method.sample(known.people, DRAWS, rng.people(range(len(known.people))))
    search = searched(task, known.people, DRAWS, RATE, GAMMA, rng.stream("search"))
    again = known.sample(DRAWS, RATE, rng.stream("goal again"))
    return {
        "dataset": name,
        "rows": rows,
        "seed": seed,
        "targets": int(method.targets.clear.sum()),
        "bins": bins(rows),
        "steps": steps,
        "loss": method.loss,
        "genre": float(energy_distance(ours, goal).mean()),
        "search": float(energy_distance(search, goal).mean()),
        "noise": float(energy_distance(again, goal).mean()),
        "cpu_seconds": time.process_time() - began,
    }


def run(
    names: Sequence[str], sizes: Sequence[int], seeds: Sequence[int], steps: int
) -> Iterator[pd.DataFrame]:
    """Yield the table as it grows, by one line per data set, size and seed."""
    grid = [(name, rows, seed) for seed in seeds for name in names for rows in sizes]
    lines = []
    for number, (name, rows, seed) in enumerate(grid, start=1):
        lines.append(one(name, rows, seed, steps))
        said = f"genre {lines[-1]['genre']:.5f}, search {lines[-1]['search']:.5f}"
        print(f"{number}/{len(grid)} {name}, {rows} rows, seed {seed}: {said}", flush=True)
        yield pd.DataFrame(lines)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.consistency", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder for CSV, table and figure")
    parser.add_argument("--datasets", default=",".join(DATASETS))
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)), help="training rows")
    parser.add_argument("--seeds", type=int, default=5, help="how many")
    parser.add_argument("--steps", type=int, default=STEPS)
    given = parser.parse_args()
    torch.set_num_threads(1)
    sizes = [int(size) for size in given.sizes.split(",")]
    given.out.mkdir(parents=True, exist_ok=True)
    results = pd.DataFrame()
    for results in run(given.datasets.split(","), sizes, range(given.seeds), given.steps):
        results.round(6).to_csv(given.out / "distances.csv", index=False)
    (given.out / "table.md").write_text(table(results), encoding="utf-8")
    figure(results, given.out)
    print(trend(results).to_string(index=False))


if __name__ == "__main__":
    main()
