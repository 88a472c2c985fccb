"""``recbench run``."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from recbench.cli.options import (
    asked,
    json_option,
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
    from recbench import Plan, Results

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
    import recbench as rb

    wanted = asked(flags)
    tracking = False if no_tracking else tracking_uri or True
    if dry_run:
        _say_plan(
            rb.plan(results=results, tracking=tracking, **wanted),
            results,
            as_json,
        )
        return
    done = rb.run(
        **wanted,
        results=results,
        jobs=jobs,
        cell_timeout=cell_timeout,
        cell_memory=cell_memory,
        scheduler=scheduler,
        resources=needs,
        fresh=fresh,
        tracking=tracking,
        people_artifact=people_artifact,
        progress=not as_json,
    )
    if as_json:
        from recbench.cli.output import print_records

        print_records((record, {}) for record in done.stored())
    else:
        _say_results(done)
    sweep = done.sweep
    assert sweep is not None
    for record in sweep.failed:
        echo(f"{record.status}: {record.cell}: {record.reason}", err=True)
    if sweep.stopped:
        raise KeyboardInterrupt
    if sweep.failed:
        click.get_current_context().exit(3)


def _say_plan(plan: Plan, results: Path, as_json: bool) -> None:
    if as_json:
        rows = [
            {"key": cell.key, "cell": str(cell), "stored": cell.key in plan.stored} for cell in plan.cells
        ]
        click.echo(json.dumps(rows, indent=1))
        return
    for cell in plan.cells:
        echo(f"{'stored ' if cell.key in plan.stored else 'to run '} {cell}")
    stored = len(plan.cells) - len(plan.waiting)
    echo(f"{len(plan.cells)} cells: {len(plan.waiting)} to run, {stored} in {results}.")
    if plan.waiting:
        click.echo(plan.forecast.words())


def _say_results(done: Results) -> None:
    sweep, tracker = done.sweep, done.tracker
    assert sweep is not None and done.cells is not None
    if done.is_tabled:
        done.table().show()
    for warning in done.warnings():
        echo(f"warning: {warning}", err=True)
    if not sweep.ran and sweep.from_store == len(done.cells):
        echo(f"All {sweep.from_store} cells came from the store.")
    elif sweep.from_store:
        echo(f"{sweep.ran} cells ran, {sweep.from_store} came from the store.")
    place = shlex.quote(str(done.folder))
    echo(f"Results: {done.folder}  (recbench table --results {place})")
    if tracker is not None and not tracker.problem:
        echo(f"MLflow:  {tracker.uri}{tracking_origin()}")
        page = tracker.compare_url(sweep.id) if tracker.server else None
        here = f"{tracker.server}{page}" if page else f"recbench ui --results {place}"
        echo(f"Compare: {here}")
