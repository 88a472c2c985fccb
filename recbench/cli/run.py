"""``recbench run``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from recbench.cli.options import chosen_suite, json_option, load_datasets, results_option, suite_options

_HELP = """Run methods on data sets and score them.

    SUITE is a name from `recbench suites` or a YAML file; without one, --methods on the embedded data
    set `loan`, and without either the suite `quick`. Flags override the suite.

    Every finished cell (method x data set x classifier x seed) is kept in --results. The same cell
    never runs twice: a run that was cut off goes on where it stopped.

    \b
    Examples:
      recbench run --methods genre,wachter
      recbench run --methods genre,nnr --datasets adult,compas,heloc --seeds 0-4
      recbench run genre-paper --set genre.k=20
      recbench run --methods all --data people.csv --schema people.yaml
    """


@click.command("run", help=_HELP)
@suite_options
@results_option
@click.option("--tracking-uri", help="MLflow server or store. Default: sqlite in --results.")
@click.option("--no-tracking", is_flag=True, help="Do not log to MLflow (`recbench sync` can later).")
@click.option("--no-people-artifact", is_flag=True, help="Keep person rows out of MLflow, from now on.")
@click.option("--fresh", is_flag=True, help="Run cells anew even if the store has them.")
@click.option("--dry-run", is_flag=True, help="Say which cells would run, and stop.")
@json_option
def command(
    suite: str | None,
    results: Path,
    tracking_uri: str | None,
    no_tracking: bool,
    no_people_artifact: bool,
    fresh: bool,
    dry_run: bool,
    as_json: bool,
    **flags: Any,
) -> None:
    """Run a suite."""
    chosen = chosen_suite(suite, flags)
    datasets = load_datasets(chosen, flags["data"], flags["schema"])

    from recbench.cli.watch import watching
    from recbench.plan import plan
    from recbench.store import Store
    from recbench.sweep import run_sweep, sweep_id
    from recbench.tracking import Tracker

    cells = plan(chosen, datasets)
    store = Store(results)
    if dry_run:
        _say_plan(cells, store, as_json)
        return
    tracker = None
    if not no_tracking:
        tracker = Tracker(tracking_uri, results, chosen.name, False if no_people_artifact else None)
    with watching(quiet=as_json) as watcher:
        sweep = run_sweep(chosen, cells, datasets, store, tracker, watcher, fresh)
    if as_json:
        click.echo(json.dumps([record.model_dump(mode="json") for record in sweep.records], indent=1))
    else:
        _say_results(sweep, store, tracker, results, sweep_id(cells))
    if sweep.failed:
        for record in sweep.failed:
            place = f"{record.dataset} / {record.classifier} / {record.label} / seed {record.seed}"
            click.echo(f"failed: {place}: {record.reason}", err=True)
        click.get_current_context().exit(3)


def _say_plan(cells: list[Any], store: Any, as_json: bool) -> None:
    from recbench.forecast import forecast

    records = list(store.records())
    stored = {record.key for record in records if record.status == "done"}
    if as_json:
        rows = [{"key": cell.key, "cell": str(cell), "stored": cell.key in stored} for cell in cells]
        click.echo(json.dumps(rows, indent=1))
        return
    for cell in cells:
        click.echo(f"{'stored ' if cell.key in stored else 'to run '} {cell}")
    waiting = sum(cell.key not in stored for cell in cells)
    click.echo(f"{len(cells)} cells: {waiting} to run, {len(cells) - waiting} in {store.root}.")
    if waiting:
        click.echo(forecast([cell for cell in cells if cell.key not in stored], records).words())


def _say_results(sweep: Any, store: Any, tracker: Any, results: Path, sweep_name: str) -> None:
    from recbench.cli.output import print_table
    from recbench.report.tables import rows_of

    print_table(rows_of(sweep.records))
    ran = len(sweep.records) - sweep.from_store
    if not ran:
        click.echo(f"All {sweep.from_store} cells came from the store.")
    elif sweep.from_store:
        click.echo(f"{ran} cells ran, {sweep.from_store} came from the store.")
    click.echo(f"Results: {store.root}  (recbench table --results {results})")
    if tracker is not None and not tracker.problem:
        click.echo(f"MLflow:  {tracker.uri}")
        page = tracker.compare_url(sweep_name) if tracker.server else None
        click.echo(
            f"Compare: {tracker.server}{page}" if page else f"Compare: recbench ui --results {results}"
        )
