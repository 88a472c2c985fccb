"""CPU seconds of fit and generate, one thread, all people of one seed.

Wall-clock seconds (what ``recbench run`` reports) depend on what else a machine does; these hardly do. On a
quiet machine both agree. Run it from the root:
``python -m benchmarks.cpu_seconds genre,genre-plus --datasets adult,compas,heloc --results RESULTS``;
gold labeller, classifier and judge come from the cache of RESULTS.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from recbench import registry
from recbench.cache import Cache
from recbench.datasets import load
from recbench.prepare import prepare
from recbench.rng import Rng
from recbench.suite import Suite
from recbench.threads import limited_to


def measure(name: str, dataset: str, seed: int, cache: Cache) -> tuple[int, float, float]:
    """Return the number of people, and the CPU seconds of fit and of generate."""
    suite = Suite(methods=[name], factuals=None)
    prepared = prepare(load(dataset), suite.task_recipe(suite.classifiers[0]), seed, cache)
    rng = Rng(seed).stream("method", name)
    people = rng.stream("generate").people(prepared.people)
    with limited_to(1):
        method = registry.load("method", name)()
        began = time.process_time()
        method.fit(prepared.task, rng.stream("fit"))
        fitted = time.process_time()
        method.generate(prepared.factuals, people)
        return len(prepared.factuals), fitted - began, time.process_time() - fitted


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("methods")
    parser.add_argument("--datasets", default="adult,compas,heloc")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--results", type=Path, required=True, help="folder with a cache")
    given = parser.parse_args()
    cache = Cache(given.results / "cache")
    print("| Data set | Method | People | Fit, CPU s | Generate, CPU s | People per CPU second |")
    print("|---|---|---:|---:|---:|---:|")
    for dataset in given.datasets.split(","):
        for name in given.methods.split(","):
            people, fit, generate = measure(name, dataset, given.seed, cache)
            print(
                f"| {dataset} | {name} | {people} | {fit:.1f} | {generate:.2f} | {people / generate:,.0f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
