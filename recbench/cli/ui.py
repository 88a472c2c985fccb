"""``recbench ui``."""

from __future__ import annotations

from pathlib import Path

import click

from recbench.cli.options import results_option


@click.command("ui")
@results_option
@click.option("--port", type=click.IntRange(1, 65535), default=5000, show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True, help="0.0.0.0 lets other machines in.")
def command(results: Path, port: int, host: str) -> None:
    """Serve MLflow's pages on the results, to compare runs in a browser.

    Prints the address of the newest sweep's compare page. Ctrl-C stops it.

    \b
    Examples:
      recbench ui
      recbench ui --results my-results --port 5001
    """
    from recbench.mlflow_server import MlflowServer, stopped_by_signals
    from recbench.store import Store
    from recbench.sync import sweep_notes, sync
    from recbench.tracking import Tracker

    server = MlflowServer(results, host, port)
    with stopped_by_signals():
        if not (results / "mlflow.db").exists():
            click.echo("Mirroring the results into MLflow ...", err=True)
            sync(Store(results, create=False), None)
        with server:
            click.echo(f"MLflow shows {results} at {server.address}")
            if server.is_open:
                click.echo("Whoever reaches this machine can see and change it.", err=True)
            notes = sweep_notes(results)
            page = Tracker(None, results, notes[-1].suite).compare_url(notes[-1].id) if notes else None
            if page:
                click.echo(f"Newest sweep, compared: {server.address}{page}")
            click.echo("Ctrl-C stops it.")
            server.wait()
    click.echo("Stopped.")
