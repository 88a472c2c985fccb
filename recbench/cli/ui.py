"""``recbench ui``."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

import click

from recbench.cli.options import results_option, shared_option, tracking_option, tracking_origin
from recbench.cli.terminal import echo, say


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
    from recbench import mlflow_pages

    with _stopped_by_signals(), mlflow_pages(results, tracking_uri, host, port, say) as pages:
        where = f", from {pages.origin}" if pages.origin else ""
        echo(f"MLflow shows {results} at {pages.address}{where}{tracking_origin()}")
        for what, page in pages.found.items():
            echo(f"{what}: {page}")
        if pages.is_own:
            return
        if pages.is_open:
            say("Whoever reaches this machine can see and change it.")
        click.echo("Ctrl-C stops it.")
        pages.wait()
    click.echo("Stopped.")


@contextmanager
def _stopped_by_signals() -> Iterator[None]:
    """End the block in good order, without an exception, on Ctrl-C, SIGTERM or a closed terminal."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    # Named one by one: a shell starts background jobs with SIGINT ignored.
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.signal(number, stop) for number in signals]
    try:
        with suppress(KeyboardInterrupt):
            yield
    finally:
        for number, handler in zip(signals, before, strict=True):
            signal.signal(number, handler)
