"""``recbench ui``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from recbench.cli.options import results_option
from recbench.cli.terminal import echo

if TYPE_CHECKING:
    from recbench.notes import SweepNote
    from recbench.store import Store


@click.command("ui")
@results_option
@click.option("--port", type=click.IntRange(1, 65535), default=5000, show_default=True, help="Of the pages.")
@click.option("--host", default="127.0.0.1", show_default=True, help="0.0.0.0 lets other machines in.")
def command(results: Path, port: int, host: str) -> None:
    """Serve MLflow's pages on the results, to compare runs in a browser.

    Prints the addresses of the newest sweep's pages. Ctrl-C stops it.

    \b
    Examples:
      recbench ui
      recbench ui --results my-results --port 5001
    """
    from recbench.mlflow_server import MlflowServer, stopped_by_signals
    from recbench.notes import sweep_notes
    from recbench.store import Store
    from recbench.sync import sync

    store = Store(results, create=False)
    server = MlflowServer(results, host, port)
    with stopped_by_signals():
        if not (results / "mlflow.db").exists():
            click.echo("Mirroring the results into MLflow ...", err=True)
            sync(store, None)
        with server:
            newest = sweep_notes(results)[-1:]
            pages = _pages(store, newest[0]) if newest else []
            server.await_answer()
            echo(f"MLflow shows {results} at {server.address}")
            for what, page in pages:
                echo(f"{what}: {server.address}{page}")
            if server.is_open:
                click.echo("Whoever reaches this machine can see and change it.", err=True)
            click.echo("Ctrl-C stops it.")
            server.wait()
    click.echo("Stopped.")


def _pages(store: Store, newest: SweepNote) -> list[tuple[str, str]]:
    """Return the pages on the newest sweep, which is mirrored first if MLflow does not have it."""
    from recbench.sync import sync
    from recbench.tracking import Tracker

    tracker = Tracker(None, store.root, newest.suite)
    if not tracker.compare_url(newest.id) and not tracker.problem:
        click.echo("Mirroring the results into MLflow ...", err=True)
        sync(store, None)
    tracker.summarise(store, newest.id)
    pages = {"Compare": tracker.compare_url(newest.id), "Charts": tracker.charts_url(newest.id)}
    if tracker.problem:
        echo(tracker.problem, err=True)
    return [(what, page) for what, page in pages.items() if page]
