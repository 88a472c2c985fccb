"""The table of the first N people of every cell that was run with all factuals.

Factuals are drawn in an order of which ``--factuals N`` takes the first N, and a person's recourse does not
depend on who else is asked. So a run over all people holds the run over N: nothing is computed again.

Run it from the root: ``python -m benchmarks.first_people 200 --results RESULTS [--out FILE]``.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import pandas as pd

from recbench.report import layout, tables
from recbench.report.rows import rows_of
from recbench.report.values import card
from recbench.statistics import Summary, over_people
from recbench.store.folder import Store
from recbench.store.record import CellRecord


def first(record: CellRecord, store: Store, count: int) -> CellRecord:
    """Return a cell's record with the scores of its first ``count`` people; seconds are left out."""
    people = store.people(record.key).head(count)
    scores = {
        name: score.model_copy(update=_summary(people, name).model_dump())
        for name, score in record.scores.items()
        if name in people
    }
    recipe = record.cell.recipe.model_copy(update={"factuals": count})
    return record.model_copy(update={"recipe": recipe, "people": len(people), "scores": scores})


def _summary(people: pd.DataFrame, metric: str) -> Summary:
    return over_people(people[metric].to_numpy(), card(metric).is_share)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("count", type=int, help="N")
    parser.add_argument("--results", type=Path, required=True, help="folder of the cell store")
    parser.add_argument("--metrics", default=",".join(layout.PAPER_COLUMNS))
    parser.add_argument("--out", type=Path, help="write Markdown to a file")
    given = parser.parse_args()
    store = Store(given.results, create=False)
    cells = [record for record in store.records() if record.cell.recipe.factuals is None and record.scores]
    rows = rows_of(first(record, store, given.count) for record in cells)
    table = tables.markdown(layout.long(rows, given.metrics.split(",")), marks=True)
    if given.out is None:
        print(table, end="")
    else:
        given.out.write_text(table, encoding="utf-8")


if __name__ == "__main__":
    main()
