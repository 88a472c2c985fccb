"""``recbench ui``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from recbench.cli.options import results_option, shared_option, tracking_option, tracking_origin
from recbench.cli.terminal import echo

if TYPE_CHECKING:
    from recbench.store.folder import Store
    from recbench.store.sweeps import SweepNote


@click.command("ui")
@results_option
@shared_option
@tracking_option
@click.option("--port", type=click.IntRange(1, 65535), default=5000, show_default=True, help="Of the pages.")
@click.option("--host", default="127.0.0.1", show_default=True, help="0.0.0.0 lets other machines in.")
def command(results: Path, tracking_uri: str | None, port: int, host: str) -> None:
    """Serve MLflow's pages on the results, to compare runs in a browser.

    Prints the addresses of the newest sweep's pages. Ctrl-C stops it. A tracking server has pages of its
    own: then nothing is served here.

    \b
    Examples:
      recbench ui
      recbench ui --results my-results --port 5001
    """
    from recbench.cli.output import say
    from recbench.store.folder import Store
    from recbench.store.sweeps import sweep_notes
    from recbench.tracking.server import MlflowServer, stopped_by_signals
    from recbench.tracking.sync import sync
    from recbench.tracking.tracker import Tracker

    store = Store(results, create=False)
    newest = sweep_notes(results, say)[-1:]
    there = Tracker(tracking_uri, results)
    if there.server:
        click.echo(f"MLflow shows {results} at {there.server}{tracking_origin()}")
        for what, page in _pages(store, tracking_uri, newest[0]) if newest else []:
            click.echo(f"{what}: {there.server}{page}")
        return
    server = MlflowServer(results, host, port, tracking_uri)
    with stopped_by_signals():
        if tracking_uri is None and not (results / "mlflow.db").exists():
            click.echo("Mirroring the results into MLflow ...", err=True)
            sync(store, None)
        with server:
            pages = _pages(store, tracking_uri, newest[0]) if newest else []
            server.await_answer()
            origin = f", from {there.uri}{tracking_origin()}" if tracking_uri is not None else ""
            echo(f"MLflow shows {results} at {server.address}{origin}")
            for what, page in pages:
                echo(f"{what}: {server.address}{page}")
            if server.is_open:
                click.echo("Whoever reaches this machine can see and change it.", err=True)
            click.echo("Ctrl-C stops it.")
            server.wait()
    click.echo("Stopped.")


def _pages(store: Store, uri: str | None, newest: SweepNote) -> list[tuple[str, str]]:
    """Return the pages on the newest sweep, which is mirrored first if MLflow does not have it."""
    from recbench.tracking.sync import sync
    from recbench.tracking.tracker import Tracker

    tracker = Tracker(uri, store.root, newest.suite)
    if not tracker.compare_url(newest.id) and not tracker.problem:
        click.echo("Mirroring the results into MLflow ...", err=True)
        sync(store, uri)
    tracker.summarise(store, newest.id)
    pages = {"Compare": tracker.compare_url(newest.id), "Charts": tracker.charts_url(newest.id)}
    if tracker.problem:
        echo(tracker.problem, err=True)
    return [(what, page) for what, page in pages.items() if page]
