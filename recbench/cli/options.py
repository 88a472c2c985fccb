"""Options that several commands share, and how they lie over a suite."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from recbench.cli.quantities import Names, PlainPath, Settings
from recbench.errors import UsageError

if TYPE_CHECKING:
    from recbench import Dataset

Function = TypeVar("Function", bound=Callable[..., Any])

_SHARED = "recbench.shared"


def _keep_private(ctx: click.Context, param: click.Parameter, results: Path) -> Path:
    """Let only this user read what the command writes, unless the results are shared already, or shall be."""
    from recbench.api.sharing import is_shared

    if not (is_shared(results) or ctx.meta.get(_SHARED)):
        before = os.umask(0o077)
        ctx.call_on_close(lambda: os.umask(before))
    return results


results_option = click.option(
    "--results",
    type=PlainPath(path_type=Path, file_okay=False),
    default=Path("results"),
    show_default=True,
    callback=_keep_private,
    help="Folder of the cell store.",
)
shared_option = click.option(
    "--shared",
    is_flag=True,
    is_eager=True,  # what --results does depends on it
    expose_value=False,
    callback=lambda ctx, param, shared: ctx.meta.__setitem__(_SHARED, shared),
    help="Let others read what is written, as the umask says. Default: only you.",
)
tracking_option = click.option(
    "--tracking-uri",
    envvar="MLFLOW_TRACKING_URI",
    show_envvar=True,
    help="MLflow server or database. Default: sqlite in --results.",
)
people_option = click.option(
    "--people-artifact/--no-people-artifact",
    default=None,
    help="Give runs their people.parquet, or keep person rows out of MLflow. Default: as before, at first"
    " only where they stay on this machine.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for machines.")


def tracking_origin() -> str:
    """Return in brackets where the address of MLflow comes from, if it was not typed; else nothing."""
    source = click.get_current_context().get_parameter_source("tracking_uri")
    return " (MLFLOW_TRACKING_URI)" if source is click.core.ParameterSource.ENVIRONMENT else ""


def data_options(function: Function) -> Function:
    """Add --data and --schema: a table of one's own."""
    path = PlainPath(path_type=Path)
    function = click.option("--schema", type=path, help="The YAML schema of --data.")(function)
    return click.option("--data", type=path, help="Your own CSV or Parquet table.")(function)


def suite_options(function: Function) -> Function:
    """Add SUITE and the flags that override it."""
    options = [
        click.argument("suite", required=False),
        click.option("--methods", type=Names(), help="Which methods, or all of them: all."),
        click.option("--datasets", type=Names(), help="Data sets, or all. Default: loan (embedded)."),
        data_options,
        click.option("--classifiers", type=Names(), help="Classifiers. Default: mlp."),
        click.option("--judge", type=click.Choice(["forest", "known"]), help="Who says what is valid."),
        click.option("--seeds", help="Such as 0,1 or 0-4. Default: 0."),
        click.option("--factuals", help="People per seed, or 'all'. Default: 200."),
        click.option("--metrics", type=Names(), help="Metrics. Default: those so listed."),
        click.option(
            "--set", "settings", multiple=True, type=Settings("genre.steps=200"), help="Set a parameter."
        ),
        click.option("--with-oracle", is_flag=True, help="Add a row that sees the judge; no contender."),
        click.option("--device", help="Where torch computes: cpu or cuda. Default: cpu."),
        click.option("--threads", type=click.IntRange(1, 1024), help="Threads per cell. Default: 1."),
        click.option("--chunk", type=click.IntRange(1, 10**9), help="People at a time. Default: 10000."),
    ]
    for option in reversed(options):
        function = option(function)
    return function


def asked(flags: dict[str, Any]) -> dict[str, Any]:
    """Return the flags of :func:`suite_options` as arguments of :func:`recbench.run`.

    Raises:
        UsageError: a parameter is set twice, or a file of one's own is missing or faulty.
    """
    own = own_data(flags["data"], flags["schema"])
    return {
        "suite": flags["suite"],
        "methods": flags["methods"],
        "datasets": own or flags["datasets"],
        "classifiers": flags["classifiers"],
        "judge": flags["judge"],
        "seeds": flags["seeds"],
        "factuals": flags["factuals"],
        "metrics": flags["metrics"],
        "settings": once(flags["settings"], "--set"),
        "oracle": flags["with_oracle"] or None,
        "device": flags["device"],
        "threads": flags["threads"],
        "chunk": flags["chunk"],
    }


def once(pairs: tuple[tuple[str, Any], ...], option: str) -> dict[str, Any]:
    """Return pairs by name.

    Raises:
        UsageError: a name is given twice.
    """
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise UsageError(f"{option} {name} is given twice.", "Give it once.")
        found[name] = value
    return found


def own_data(data: Path | None, schema: Path | None) -> Dataset | None:
    """Return the data set of ``--data`` and ``--schema``, or None if neither is given.

    Raises:
        UsageError: one of the two is missing, or a file is faulty.
    """
    if data is None and schema is None:
        return None
    if data is None or schema is None:
        missing = "--schema" if schema is None else "--data"
        raise UsageError(f"{missing} is missing.", "A table of your own needs --data FILE and --schema YAML.")
    from recbench import read_dataset

    return read_dataset(data, schema)
