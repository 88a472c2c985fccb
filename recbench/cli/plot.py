"""``recbench plot``."""

from __future__ import annotations

from pathlib import Path

import click

from recbench.cli.options import results_option, shared_option
from recbench.cli.quantities import Names, PlainPath
from recbench.cli.terminal import echo, say


@click.command("plot")
@click.argument("suite", required=False)
@results_option
@shared_option
@click.option("--out", type=PlainPath(path_type=Path, file_okay=False), help="Default: RESULTS/figures.")
@click.option("--figures", type=Names(), help="Which (see --list). Default: all that can be drawn.")
@click.option("--datasets", type=Names(), help="Only these data sets.")
@click.option(
    "--format", "formats", type=Names(), default="pdf,png", show_default=True, help="Of pdf, png, svg."
)
@click.option(
    "--style",
    type=click.Choice(["paper", "talk"]),
    default="paper",
    show_default=True,
    help="Sizes for one or two columns of a paper, or for slides.",
)
@click.option("--list", "listed", is_flag=True, help="List the figures and stop.")
def command(
    suite: str | None,
    results: Path,
    out: Path | None,
    figures: tuple[str, ...] | None,
    datasets: tuple[str, ...] | None,
    formats: tuple[str, ...],
    style: str,
    listed: bool,
) -> None:
    """Draw the figures of a paper from the stored results.

    A figure whose cells are missing is skipped, with the reason. `captions.json` beside the figures says
    what each shows, how it was measured, and which cells it was drawn from. `recbench sync` puts what
    is in RESULTS/figures into MLflow, on the summary run of the sweep.

    \b
    Examples:
      recbench plot
      recbench plot genre-paper --figures tradeoff,score --format pdf --out figures
      recbench plot --style talk --format png
    """
    if listed:
        from recbench.api.catalogue import figures as known

        for name, summary in known().items():
            echo(f"{name:14}{summary}")
        return
    from recbench import open_results

    open_results(results, suite, datasets, say).save_figures(
        out,
        figures or (),
        formats,
        style,
        wrote=lambda path: echo(str(path)),
        skipped=lambda name, reason: say(f"skipped {name}: {reason}"),
    )
