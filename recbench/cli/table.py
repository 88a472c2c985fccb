"""``recbench table``."""

from __future__ import annotations

from pathlib import Path

import click

from recbench.cli.options import results_option


@click.command("table")
@click.argument("suite", required=False)
@results_option
@click.option(
    "--format", "shape", type=click.Choice(["markdown", "latex", "csv", "json"]), help="Default: for reading."
)
@click.option("--metrics", help="Columns, separated by commas (see `recbench metrics`).")
@click.option("--datasets", help="Only these data sets, separated by commas.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write to a file instead.")
def command(
    suite: str | None,
    results: Path,
    shape: str | None,
    metrics: str | None,
    datasets: str | None,
    out: Path | None,
) -> None:
    """Print the results as a table: one row per data set, classifier and method.

    Means are over seeds, with the standard deviation of the seed means; a single seed shows its mean
    over people. JSON and CSV carry 95 % intervals too. With SUITE, only its data sets and methods.

    \b
    Examples:
      recbench table
      recbench table --format latex --metrics cost,validity,lof,score --out table.tex
    """
    from recbench import registry
    from recbench.cli.output import print_table
    from recbench.errors import UsageError
    from recbench.report import tables
    from recbench.store import Store
    from recbench.suite import load_suite

    columns = [name.strip() for name in metrics.split(",")] if metrics else list(tables.COLUMNS)
    for column in columns:
        registry.card("metric", column)
    records = list(Store(results, create=False).records())
    if suite:
        asked = load_suite(suite)
        methods = {spec.name for spec in asked.methods}
        records = [one for one in records if one.dataset in asked.datasets and one.method in methods]
    if datasets:
        wanted = {name.strip() for name in datasets.split(",")}
        records = [record for record in records if record.dataset in wanted]
    rows = tables.rows_of(records)
    if not rows:
        raise UsageError(f"there are no such cells in {results}.", "Run `recbench run` first.")
    if shape is None and out is None:
        print_table(rows, columns)
        return
    written = {
        "markdown": lambda: tables.markdown(rows, columns),
        "latex": lambda: tables.latex(rows, columns),
        "csv": lambda: tables.as_csv(rows, columns),
        "json": lambda: tables.as_json(rows) + "\n",
    }[shape or "markdown"]()
    if out is None:
        click.echo(written, nl=False)
    else:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(written, encoding="utf-8")
        click.echo(f"Wrote {out}.", err=True)
