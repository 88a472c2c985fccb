"""Options that several commands share, and how they lie over a suite."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from recbench.cli.quantities import Names, PlainPath
from recbench.errors import UsageError, brief, unknown_name
from recbench.plugins import registry

if TYPE_CHECKING:
    from recbench.data.dataset import Dataset
    from recbench.suite import Suite

Function = TypeVar("Function", bound=Callable[..., Any])

_SHARED = "recbench.shared"


def _keep_private(ctx: click.Context, param: click.Parameter, results: Path) -> Path:
    """Let only this user read what the command writes, unless the results are shared already, or shall be."""
    cells = results / "cells"
    shared = bool(cells.is_dir() and cells.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))
    if not (shared or ctx.meta.get(_SHARED)):
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


def suite_options(function: Function) -> Function:
    """Add SUITE and the flags that override it."""
    options = [
        click.argument("suite", required=False),
        click.option("--methods", type=Names(), help="Which methods, or all of them: all."),
        click.option("--datasets", type=Names(), help="Data sets. Default: loan (embedded)."),
        click.option("--data", type=PlainPath(path_type=Path), help="Your own CSV or Parquet table."),
        click.option("--schema", type=PlainPath(path_type=Path), help="The YAML schema of --data."),
        click.option("--classifier", type=Names(), help="Classifiers. Default: mlp."),
        click.option("--judge", type=click.Choice(["forest", "known"]), help="Who says what is valid."),
        click.option("--seeds", help="Such as 0,1 or 0-4. Default: 0."),
        click.option("--factuals", help="People per seed, or 'all'. Default: 200."),
        click.option("--metrics", type=Names(), help="Metrics. Default: those so listed."),
        click.option("--set", "settings", multiple=True, metavar="NAME.PARAM=VALUE", help="Set a parameter."),
        click.option("--with-oracle", is_flag=True, help="Add a row that sees the judge; no contender."),
        click.option("--device", help="Where torch computes: cpu or cuda. Default: cpu."),
        click.option("--threads", type=click.IntRange(1, 1024), help="Threads per cell. Default: 1."),
        click.option("--chunk", type=click.IntRange(1, 10**9), help="People at a time. Default: 10000."),
    ]
    for option in reversed(options):
        function = option(function)
    return function


def chosen_suite(suite: str | None, flags: dict[str, Any]) -> Suite:
    """Return the suite named, or an ad-hoc one, with the flags laid over it.

    Raises:
        UsageError: there is no such suite, or a flag is malformed.
    """
    from recbench.documents.reading import validated
    from recbench.suite import Suite, load_suite, parse_factuals, parse_seeds

    base = None if suite is None else load_suite(suite)
    methods = flags.get("methods")
    if base is None and not methods:
        base = load_suite("quick")
    changes: dict[str, Any] = {
        "datasets": flags.get("datasets"),
        "metrics": flags.get("metrics"),
        "oracle": flags.get("with_oracle") or None,
        "device": flags.get("device"),
        "threads": flags.get("threads"),
        "chunk": flags.get("chunk"),
    }
    if flags.get("classifier"):
        changes["classifiers"] = [{"name": name} for name in flags["classifier"]]
    try:
        if flags.get("seeds") is not None:
            changes["seeds"] = parse_seeds(flags["seeds"])
        factuals = {} if flags.get("factuals") is None else {"factuals": parse_factuals(flags["factuals"])}
    except ValueError as error:
        raise UsageError(f"{error}.") from error
    plain = base.model_dump() if base else {}
    plain.update({name: value for name, value in changes.items() if value is not None}, **factuals)
    if flags.get("judge"):
        plain.setdefault("judge", {}).setdefault("gold", {})["kind"] = flags["judge"]
    if flags.get("data"):
        plain["datasets"] = [flags["data"].stem]
    if methods:
        plain["methods"] = _method_specs(methods, base)
    _apply_settings(plain, flags.get("settings") or ())
    check_device("cpu" if plain.get("device") is None else plain["device"])
    return validated(Suite, plain, "the suite with its flags")


def load_datasets(suite: Suite, data: Path | None, schema: Path | None) -> dict[str, Dataset]:
    """Return the suite's data sets by name, or only a person's own table if there is one.

    Raises:
        UsageError: a data set is unknown, or a file is missing or faulty.
    """
    own = load_own_data(data, schema)
    if own:
        return own
    from recbench.data.catalogue.loading import load

    return {name: load(name) for name in suite.datasets}


def load_own_data(data: Path | None, schema: Path | None) -> dict[str, Dataset]:
    """Return the data set of ``--data`` and ``--schema`` by name; empty if neither is given.

    Raises:
        UsageError: one of the two is missing, or a file is faulty.
    """
    if data is None and schema is None:
        return {}
    if data is None or schema is None:
        missing = "--schema" if schema is None else "--data"
        raise UsageError(f"{missing} is missing.", "A table of your own needs --data FILE and --schema YAML.")
    from recbench.data.files import from_file

    dataset = from_file(data, schema)
    return {dataset.name: dataset}


def check_device(device: str) -> None:
    """Refuse a device that torch cannot use.

    Raises:
        UsageError: the name is malformed, or there is no such device here.
    """
    if device == "cpu":
        return
    match = re.fullmatch(r"cuda(?::([0-9]{1,4}))?", device)
    if not match:
        raise UsageError(f"unknown device {brief(device)}.", "Use cpu, cuda or cuda:N.")
    import torch

    if int(match[1] or 0) >= torch.cuda.device_count():
        raise UsageError(f"device {brief(device)} is not available here.", "Use --device cpu.")


def _method_specs(names: tuple[str, ...], base: Suite | None) -> list[dict[str, Any]]:
    from recbench.suite import MethodSpec

    if names == ("all",):
        names = tuple(card.name for card in registry.methods.cards())
    known = {spec.name: spec for spec in base.methods} if base else {}
    return [known.get(name, MethodSpec(name=name)).model_dump() for name in names]


def parse_setting(setting: str, example: str) -> tuple[str, Any]:
    """Return the name and the value of a ``NAME=VALUE``; the value is YAML, as in a suite.

    Raises:
        UsageError: it is malformed, or the value is not YAML.
    """
    from recbench.documents.reading import parse_value

    name, equals, text = setting.partition("=")
    if not (equals and name):
        raise UsageError(f"--set {brief(setting)} is malformed.", f"Write --set {example}.")
    return name, parse_value(text, f"--set {name}: the value")


def _apply_settings(plain: dict[str, Any], settings: tuple[str, ...]) -> None:
    methods = plain.get("methods", [])
    classifiers = plain.setdefault("classifiers", [{"name": "mlp"}])
    seen = set()
    for setting in settings:
        target, value = parse_setting(setting, "genre.steps=200")
        owner, dot, parameter = target.partition(".")
        if not (dot and owner and parameter):
            raise UsageError(f"--set {brief(setting)} is malformed.", "Write --set genre.steps=200.")
        if target in seen:
            raise UsageError(f"--set {target} is given twice.", "Give it once.")
        seen.add(target)
        specs = [*methods, *classifiers]
        matching = [spec for spec in specs if spec["name"] == owner]
        if not matching:
            raise unknown_name("method or classifier of this run", owner, (spec["name"] for spec in specs))
        for spec in matching:
            spec["params"] = {**spec.get("params", {}), parameter: value}
            for own in spec.get("params_for", {}).values():
                own.pop(parameter, None)
