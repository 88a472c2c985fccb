"""``recbench store``."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from recbench.cli.options import json_option, results_option, shared_option
from recbench.cli.quantities import PlainPath
from recbench.cli.terminal import echo

if TYPE_CHECKING:
    from recbench.store.folder import Store

_ENDS = ["done", "skipped", "failed", "timeout", "out of memory", "lost"]


@click.group("store")
def command() -> None:
    """List, verify, prune, export and import the cells of a results folder."""


@command.command("list")
@results_option
@click.option("--dataset", help="Only this data set.")
@click.option("--method", help="Only this method.")
@click.option("--status", type=click.Choice(_ENDS), help="Only cells that ended so.")
@json_option
def list_(results: Path, dataset: str | None, method: str | None, status: str | None, as_json: bool) -> None:
    """List the cells there are, oldest first.

    A stale cell was computed with code that is not installed any more: no run uses it, tables still show
    it, and `recbench store prune --stale` deletes it. Behind it stands what changed since.
    """
    from recbench.run.versions import outdated
    from recbench.store.folder import Store

    store = Store(results, create=False)
    listed = (
        (record, outdated(record, partial(_modules, store, record.key)))
        for record in store.records(dataset, method, status)
    )
    if as_json:
        from recbench.cli.output import print_records

        print_records((record, {"stale": why}) for record, why in listed)
        return
    from recbench.cli.output import describe

    cells = stale = 0
    for record, why in listed:
        cells += 1
        stale += bool(why)
        said = f"{record.key}  {record.finished}  {describe(record)}"
        echo(f"{said}  [stale: {why}]" if why else said)
    for notice in store.notices:
        echo(notice, err=True)
    echo(f"{cells} cells in {results}, {stale} of them stale.", err=True)


def _modules(store: Store, key: str) -> Mapping[str, str]:
    return store.full(key).cell.code.modules


@command.command()
@results_option
def verify(results: Path) -> None:
    """Read every cell and check its checksum; damaged ones are set aside."""
    from recbench.store.folder import Store
    from recbench.store.record import NewerFormatError

    store = Store(results, create=False)
    keys = sorted(entry.name for entry in store.cells.iterdir() if entry.is_dir())
    damaged = 0
    for key in keys:
        try:
            problem = store.problem(key)
        except NewerFormatError as error:
            echo(f"{key}: left alone: {error}", err=True)
            continue
        if problem:
            damaged += 1
            echo(f"{key}: {problem}: set aside in {store.set_aside(key)}", err=True)
    echo(f"{len(keys)} cells, {damaged} damaged.")
    if damaged:
        click.echo("The next run computes them anew.")
        click.get_current_context().exit(1)


@command.command()
@results_option
@shared_option
@click.option("--cell", help="Only this cell (key or its beginning), as CSV with one line per person.")
@click.argument("out", type=PlainPath(path_type=Path, dir_okay=False))
def export(results: Path, cell: str | None, out: Path) -> None:
    """Write one cell's people to OUT as CSV, or all cells to OUT as an archive.

    In CSV, a text that a spreadsheet would take for a formula begins with an apostrophe.

    \b
    Examples:
      recbench store export --cell 3f2a people.csv
      recbench store export results.tar.gz
    """
    from recbench.files import written_whole
    from recbench.report.tables import without_formulas
    from recbench.store.folder import Store, unwritable

    store = Store(results, create=False)
    if cell is None:
        from recbench.store.archive import export_cells

        written, left_out = export_cells(store, out)
        for key, problem in left_out.items():
            echo(f"left out: {key}: {problem}", err=True)
        echo(f"Wrote {written} cells to {out}.")
        return
    people = store.people(store.find(cell).key)
    people = people.drop(columns=[name for name in people if str(name).startswith("e__")])
    try:
        with written_whole(out) as fresh:
            without_formulas(people).to_csv(fresh, index=False)
    except OSError as error:
        raise unwritable(out, error) from error
    echo(f"Wrote {len(people)} people to {out}.")


@command.command("import")
@results_option
@shared_option
@click.argument("archive", type=PlainPath(path_type=Path))
def import_(results: Path, archive: Path) -> None:
    """Add the cells of an ARCHIVE that another machine exported.

    Every cell is verified before it is added; one that is here already stays as it is. An archive that
    holds anything else than cells, or more than 256 GiB, is refused as a whole.
    """
    from recbench.store.archive import import_cells
    from recbench.store.folder import Store

    result = import_cells(Store(results), archive)
    for key, problem in result.refused.items():
        echo(f"refused: {key}: {problem}", err=True)
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
    from recbench.errors import UsageError
    from recbench.run.versions import outdated
    from recbench.store.folder import Store
    from recbench.store.prune import candidates, remove

    if not any(chosen.values()):
        raise UsageError("nothing was chosen.", "Name what may go, such as --failed or --cache.")
    store = Store(results, create=False)
    found = candidates(store, {name for name, wanted in chosen.items() if wanted}, outdated)
    size = 0
    for place, why in found.items():
        size += sum(path.stat().st_size for path in [place, *place.rglob("*")] if path.is_file())
        echo(f"{why:9}{place.relative_to(store.root)}")
    if yes:
        remove(store, found)
    verb = "Deleted" if yes else "--yes would delete"
    echo(f"{verb} {len(found)} entries, {size / 2**20:.1f} MiB.")
