"""``recbench show``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from recbench.cli.options import json_option, results_option
from recbench.cli.quantities import Names, Seeds
from recbench.cli.terminal import console, say, words

if TYPE_CHECKING:
    from recbench.api.person import Person


@click.command("show")
@results_option
@click.option("--cell", help="Key of the cell, or its beginning (see `recbench store list`).")
@click.option("--methods", type=Names(), help="Instead of --cell: the newest of these methods,")
@click.option("--datasets", type=Names(), help="on these data sets,")
@click.option("--seeds", type=Seeds(), help="with these seeds.")
@click.option("--person", help="Id of the person. Default: the first of the cell.")
@json_option
def command(
    results: Path,
    cell: str | None,
    methods: tuple[str, ...] | None,
    datasets: tuple[str, ...] | None,
    seeds: tuple[int, ...] | None,
    person: str | None,
    as_json: bool,
) -> None:
    """Show one person before and after, in own units; changed features are marked.

    \b
    Examples:
      recbench show --methods genre
      recbench show --methods genre --datasets adult --seeds 0 --person 17
    """
    from recbench.api.person import show

    found = show(results, cell=cell, methods=methods, datasets=datasets, seeds=seeds, person=person)
    if as_json:
        click.echo(json.dumps(found.plain(), indent=1, default=str))
        return
    if found.namesakes > 1 and not cell:
        name, key = found.record.cell.dataset, found.record.key
        others = f"{found.namesakes} data sets here are called {name!r}; this is cell {key}."
        say(f"{others} --cell shows another (see `recbench store list`).")
    _print(found)


def _print(found: Person) -> None:
    from rich.table import Table

    screen = console()
    cell = found.record.cell
    title = f"{cell.label} on {found.dataset}, {cell.classifier}, seed {cell.seed}"
    screen.print(words(f"Person {found.person}: {title}", "bold"))
    if found.reason:
        screen.print(words(found.reason))
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("")
    table.add_column("Feature")
    table.add_column("Before", justify="right")
    table.add_column("After", justify="right")
    for one in found.features:
        mark, style = ("→", "bold") if one.changed else ("", "dim")
        cells = (one.feature, _own(one.before), _own(one.after))
        table.add_row(mark, *map(words, cells), style=style)
    screen.print(table)
    said = [f"{name} {_text(value)}" for name, value in found.measures.items() if value is not None]
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
