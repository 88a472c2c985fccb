"""``recbench show``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from recbench.cli.options import json_option, results_option
from recbench.cli.terminal import console, echo, words


@click.command("show")
@results_option
@click.option("--cell", help="Key of the cell, or its beginning (see `recbench store list`).")
@click.option("--method", help="Instead of --cell: the method,")
@click.option("--dataset", help="the data set,")
@click.option("--seed", type=int, help="and the seed. The newest matching cell is shown.")
@click.option("--person", help="Id of the person. Default: the first of the cell.")
@json_option
def command(
    results: Path,
    cell: str | None,
    method: str | None,
    dataset: str | None,
    seed: int | None,
    person: str | None,
    as_json: bool,
) -> None:
    """Show one person before and after, in own units; changed features are marked.

    \b
    Examples:
      recbench show --method genre
      recbench show --method genre --dataset adult --seed 0 --person 17
    """
    from recbench.errors import UsageError
    from recbench.report.naming import short_hashes, with_words
    from recbench.store.folder import Store

    store = Store(results, create=False)
    if cell:
        record = store.find(cell)
    else:
        wanted = {"method": method, "dataset": dataset, "seed": seed}
        matching = [
            record
            for record in store.records()
            if record.status == "done"
            and all(value is None or getattr(record.cell, name) == value for name, value in wanted.items())
        ]
        if not matching:
            asked = ", ".join(f"{name} {value}" for name, value in wanted.items() if value is not None)
            raise UsageError(f"no finished cell has {asked or 'people'}.", "See `recbench store list`.")
        record = max(matching, key=lambda record: record.finished)
    tables = {one.cell.data_hash for one in store.records(dataset=record.cell.dataset)}
    people = store.people(record.key)
    chosen = people if person is None else people[people["person"].astype(str) == person]
    if chosen.empty:
        some = ", ".join(people["person"].astype(str).head(5))
        raise UsageError(f"person {person!r} is not in this cell.", f"It has {len(people)}, such as {some}.")
    row = chosen.iloc[0]
    shown = _shown(row)
    if as_json:
        facts = {"cell": record.key, "dataset": record.cell.dataset, "data_hash": record.cell.data_hash}
        click.echo(json.dumps({**facts, **shown}, indent=1, default=str))
        return
    dataset = record.cell.dataset
    if len(tables) > 1:
        dataset = with_words(dataset, f"data={short_hashes(tables)[record.cell.data_hash]}")
        others = (
            f"{len(tables)} data sets here are called {record.cell.dataset!r}; this is cell {record.key}."
        )
        if not cell:
            echo(f"{others} --cell shows another (see `recbench store list`).", err=True)
    _print(
        f"{record.cell.label} on {dataset}, {record.cell.classifier}, seed {record.cell.seed}",
        shown,
        record.scores,
    )


def _shown(row: Any) -> dict[str, Any]:
    names = [str(column)[3:] for column in row.index if str(column).startswith("f__")]
    features = []
    for name in names:
        before, after = _plain(row[f"f__{name}"]), _plain(row[f"c__{name}"])
        changed = after is not None and before != after
        features.append({"feature": name, "before": before, "after": after, "changed": changed})
    measures = [
        str(column)
        for column in row.index
        if column not in ("person", "reason") and not str(column).startswith(("f__", "c__", "e__"))
    ]
    return {
        "person": _plain(row["person"]),
        "reason": row["reason"],
        "features": features,
        "measures": {name: _plain(row[name]) for name in measures},
    }


def _plain(value: Any) -> Any:
    import pandas as pd

    if pd.isna(value):
        return None
    return value.item() if hasattr(value, "item") else value


def _print(title: str, shown: dict[str, Any], scores: Any) -> None:
    from rich.table import Table

    screen = console()
    screen.print(words(f"Person {shown['person']}: {title}", "bold"))
    if shown["reason"]:
        screen.print(words(shown["reason"]))
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("")
    table.add_column("Feature")
    table.add_column("Before", justify="right")
    table.add_column("After", justify="right")
    for line in shown["features"]:
        mark, style = ("→", "bold") if line["changed"] else ("", "dim")
        cells = (line["feature"], _own(line["before"]), _own(line["after"]))
        table.add_row(mark, *map(words, cells), style=style)
    screen.print(table)
    said = [f"{name} {_text(value)}" for name, value in shown["measures"].items() if value is not None]
    screen.print(words(", ".join(said), "dim"))


def _own(value: Any) -> str:
    """Return an own value as a person writes it: every digit, and no exponent unless it is far from 1."""
    import numpy as np

    if not isinstance(value, float) or not (value == 0 or 1e-9 <= abs(value) < 1e16):
        return _text(value) if value is None else str(value)
    return np.format_float_positional(value, trim="-")


def _text(value: Any) -> str:
    if value is None:
        return "–"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
