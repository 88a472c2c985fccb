"""The table of the first N people of every cell that was run with all factuals.

Factuals are drawn in an order of which ``--factuals N`` takes the first N, and a person's recourse does not
depend on who else is asked. So a run over all people holds the run over N: nothing is computed again.

Run it from the root: ``python -m benchmarks.first_people 200 --results RESULTS [--out FILE]``.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import recbench as rb


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("count", type=int, help="N")
    parser.add_argument("--results", type=Path, required=True, help="folder of the cell store")
    parser.add_argument("--metrics", default="cost,validity,lof,score")
    parser.add_argument("--out", type=Path, help="write Markdown to a file")
    given = parser.parse_args()
    try:
        table = rb.open_results(given.results).first(given.count).table(given.metrics.split(","))
    except rb.RecbenchError as error:
        sys.exit(f"error: {error}")
    if given.out is None:
        print(table.text("markdown"), end="")
    else:
        table.save(given.out, "markdown")


if __name__ == "__main__":
    main()
