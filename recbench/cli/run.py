"""``recbench run``."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from recbench.cli.options import (
    chosen_suite,
    json_option,
    load_datasets,
    people_option,
    results_option,
    shared_option,
    suite_options,
    tracking_option,
    tracking_origin,
)
from recbench.cli.quantities import Duration, Memory, parse_resources
from recbench.cli.terminal import echo

if TYPE_CHECKING:
    from recbench.run.sweep import Sweep
    from recbench.store.cell import Cell
    from recbench.store.folder import Store
    from recbench.tracking.tracker import Tracker

_HELP = """Run methods on data sets and score them.

    SUITE is a name from `recbench suites` or a YAML file; without one, --methods on the embedded data
    set `loan`, and without either the suite `quick`. Flags override the suite.

    Every finished cell (method x data set x classifier x seed) is kept in --results. The same cell
    never runs twice: a run that was cut off goes on where it stopped. Ctrl-C once lets the running
    cells end; twice stops at once. Exit codes: 0 all well, 3 some cells failed, 130 interrupted.

    \b
    Examples:
      recbench run --methods genre,wachter
      recbench run --methods genre,nnr --datasets adult,compas,heloc --seeds 0-4
      recbench run genre-paper --set genre.draws=20
      recbench run genre-paper --jobs 2 --cell-timeout 10m --cell-memory 8G
      recbench run --methods all --data people.csv --schema people.yaml
    """


@click.command("run", help=_HELP)
@suite_options
@results_option
@shared_option
@tracking_option
@click.option("--no-tracking", is_flag=True, help="Do not log to MLflow (`recbench sync` can later).")
@people_option
@click.option("--jobs", type=click.IntRange(1, 1024), default=1, show_default=True, help="Cells at a time.")
@click.option("--cell-timeout", type=Duration(), help="Stop a cell after this, such as 10m.")
@click.option("--cell-memory", type=Memory(), help="Stop a cell above this, such as 8G.")
@click.option("--scheduler", metavar="ADDRESS", help="Run on a dask cluster, such as tcp://host:8786.")
@click.option("--resources", metavar="NAME=N,...", help="What a cell takes of a dask worker: GPU=1.")
@click.option("--fresh", is_flag=True, help="Run cells anew even if the store has them.")
@click.option("--dry-run", is_flag=True, help="Say which cells would run, and stop.")
@json_option
def command(
    suite: str | None,
    results: Path,
    tracking_uri: str | None,
    no_tracking: bool,
    people_artifact: bool | None,
    jobs: int,
    cell_timeout: float | None,
    cell_memory: int | None,
    scheduler: str | None,
    resources: str | None,
    fresh: bool,
    dry_run: bool,
    as_json: bool,
    **flags: Any,
) -> None:
    """Run a suite."""
    needs = parse_resources(resources)
    chosen = chosen_suite(suite, flags)
    datasets = load_datasets(chosen, flags["data"], flags["schema"])

    from recbench.cli.output import print_records
    from recbench.cli.watch import watching
    from recbench.run.executors import Limits, make_executor
    from recbench.run.plan import plan
    from recbench.run.sweep import run_sweep
    from recbench.store.cell import labels_of
    from recbench.store.datasets import note_datasets
    from recbench.store.folder import Store
    from recbench.tracking.tracker import Tracker

    cells = plan(chosen, datasets)
    tracker = None
    if not no_tracking:
        tracker = Tracker(tracking_uri, results, chosen.name, people_artifact)
    if dry_run:
        _say_plan(cells, results, as_json)
        return
    store = Store(results)
    note_datasets(results, datasets.values())
    limits = Limits(cell_timeout, cell_memory)
    executor = make_executor(list(datasets.values()), results / "cache", jobs, limits, scheduler, needs)
    with watching(quiet=as_json) as watcher:
        sweep = run_sweep(chosen, cells, executor, store, tracker, watcher, fresh)
    if as_json:
        print_records((record, {}) for record in store.some(labels_of(cells)))
    else:
        _say_results(sweep, cells, store, tracker)
    for record in sweep.failed:
        place = str(record.cell)
        echo(f"{record.status}: {place}: {record.reason}", err=True)
    if sweep.stopped:
        raise KeyboardInterrupt
    if sweep.failed:
        click.get_current_context().exit(3)


def _say_plan(cells: Sequence[Cell], results: Path, as_json: bool) -> None:
    """Say what would run; nothing is created, not even the folder."""
    from recbench.run.forecast import forecast
    from recbench.store.folder import Store

    store = Store(results, create=False, index=False) if (results / "cells").is_dir() else None
    states = store.states(only_look=True) if store else ()
    stored = {key for key, state in states if state.status == "done"}
    waiting = [cell for cell in cells if cell.key not in stored]
    if as_json:
        rows = [{"key": cell.key, "cell": str(cell), "stored": cell.key in stored} for cell in cells]
        click.echo(json.dumps(rows, indent=1))
        return
    for cell in cells:
        echo(f"{'stored ' if cell.key in stored else 'to run '} {cell}")
    echo(f"{len(cells)} cells: {len(waiting)} to run, {len(cells) - len(waiting)} in {results}.")
    if waiting:
        click.echo(forecast(waiting, store.latest() if store else ()).words())


def _say_results(sweep: Sweep, cells: Sequence[Cell], store: Store, tracker: Tracker | None) -> None:
    from recbench.cli.output import print_table
    from recbench.report.selection import TABLED
    from recbench.report.tables import rows_of
    from recbench.store.cell import labels_of

    if len(cells) <= TABLED:
        print_table(rows_of(store.some(labels_of(cells))))
    if not sweep.ran and sweep.from_store == len(cells):
        echo(f"All {sweep.from_store} cells came from the store.")
    elif sweep.from_store:
        echo(f"{sweep.ran} cells ran, {sweep.from_store} came from the store.")
    place = shlex.quote(str(store.root))
    echo(f"Results: {store.root}  (recbench table --results {place})")
    if tracker is not None and not tracker.problem:
        echo(f"MLflow:  {tracker.uri}{tracking_origin()}")
        page = tracker.compare_url(sweep.id) if tracker.server else None
        here = f"{tracker.server}{page}" if page else f"recbench ui --results {place}"
        echo(f"Compare: {here}")
