"""``recbench store``."""

from __future__ import annotations

from pathlib import Path

import click

from recbench.cli.options import json_option, results_option, shared_option
from recbench.cli.quantities import Names, PlainPath
from recbench.cli.terminal import echo, say

_ENDS = ["done", "skipped", "failed", "timeout", "out of memory", "lost"]


@click.group("store")
def command() -> None:
    """List, verify, prune, export and import the cells of a results folder."""


@command.command("list")
@results_option
@click.option("--datasets", type=Names(), help="Only these data sets.")
@click.option("--methods", type=Names(), help="Only these methods.")
@click.option("--status", type=click.Choice(_ENDS), help="Only cells that ended so.")
@json_option
def list_(
    results: Path,
    datasets: tuple[str, ...] | None,
    methods: tuple[str, ...] | None,
    status: str | None,
    as_json: bool,
) -> None:
    """List the cells there are, oldest first.

    A stale cell was computed with code that is not installed any more: no run uses it, tables still show
    it, and `recbench store prune --stale` deletes it. Behind it stands what changed since.
    """
    from recbench import CellStore

    store = CellStore(results)
    listed = store.listed(datasets, methods, status)
    if as_json:
        from recbench.cli.output import print_records

        print_records((record, {"stale": why}) for record, why in listed)
        return
    from recbench.api.progress import describe

    cells = stale = 0
    for record, why in listed:
        cells += 1
        stale += bool(why)
        said = f"{record.key}  {record.finished}  {describe(record)}"
        echo(f"{said}  [stale: {why}]" if why else said)
    for notice in store.notices:
        say(notice)
    say(f"{cells} cells in {results}, {stale} of them stale.")


@command.command()
@results_option
def verify(results: Path) -> None:
    """Read every cell and check its checksum; damaged ones are set aside."""
    from recbench import CellStore

    found = CellStore(results).verify()
    for key, why in found.newer.items():
        say(f"{key}: left alone: {why}")
    for key, (place, problem) in found.damaged.items():
        say(f"{key}: {problem}: set aside in {place}")
    echo(f"{found.cells} cells, {len(found.damaged)} damaged.")
    if found.damaged:
        click.echo("The next run computes them anew.")
        click.get_current_context().exit(1)


@command.command()
@results_option
@shared_option
@click.option("--cell", help="Only this cell (key or its beginning), as CSV with one line per person.")
@click.argument("out", type=PlainPath(path_type=Path, dir_okay=False))
def export(results: Path, cell: str | None, out: Path) -> None:
    """Write one cell's people to OUT as CSV, or all cells to OUT as an archive (.tar.gz).

    In CSV, a text that a spreadsheet would take for a formula begins with an apostrophe.

    \b
    Examples:
      recbench store export --cell 3f2a people.csv
      recbench store export results.tar.gz
    """
    from recbench import CellStore

    store = CellStore(results)
    if cell is not None:
        echo(f"Wrote {store.export_people(cell, out)} people to {out}.")
        return
    written, left_out = store.export(out)
    for key, problem in left_out.items():
        say(f"left out: {key}: {problem}")
    echo(f"Wrote {written} cells to {out}.")


@command.command("import")
@results_option
@shared_option
@click.argument("archive", type=PlainPath(path_type=Path))
def import_(results: Path, archive: Path) -> None:
    """Add the cells of an ARCHIVE that another machine exported.

    Every cell is verified before it is added; one that is here already stays as it is. An archive that
    holds anything else than cells, or more than 256 GiB, is refused as a whole.
    """
    from recbench import CellStore

    result = CellStore(results, create=True).add(archive)
    for key, problem in result.refused.items():
        say(f"refused: {key}: {problem}")
    kept = f" {result.present} were there already." if result.present else ""
    echo(f"Added {result.added} cells to {results}.{kept}")
    if result.refused:
        click.get_current_context().exit(1)


@command.command()
@results_option
@click.option("--failed", is_flag=True, help="Cells that did not finish.")
@click.option("--stale", is_flag=True, help="Cells of other versions of recbench or their method.")
@click.option("--unasked", is_flag=True, help="Cells that no sweep of this folder asks for.")
@click.option("--damaged", is_flag=True, help="Cells that were set aside as damaged.")
@click.option("--cache", is_flag=True, help="Prepared classifiers and judges; they are made anew.")
@click.option("--yes", is_flag=True, help="Delete. Without it, only say what would go.")
def prune(results: Path, yes: bool, **chosen: bool) -> None:
    """Delete what is no longer needed, and what killed drivers left behind.

    \b
    Examples:
      recbench store prune --failed --stale
      recbench store prune --cache --yes
    """
    from recbench import CellStore

    kinds = {name for name, wanted in chosen.items() if wanted}
    found = CellStore(results).prune(kinds, delete=yes)
    for place, why in found.places.items():
        echo(f"{why:9}{place}")
    verb = "Deleted" if yes else "--yes would delete"
    echo(f"{verb} {len(found.places)} entries, {found.bytes / 2**20:.1f} MiB.")
