"""``recbench methods``, ``datasets``, ``classifiers``, ``metrics`` and ``suites``: what there is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from recbench.cli.options import json_option
from recbench.cli.terminal import echo, echo_cells, is_terminal, print_ruled

if TYPE_CHECKING:
    from recbench.api.catalogue import Catalogue, Description

_NAME = click.argument("name", required=False)


@click.command("methods")
@_NAME
@json_option
def methods(name: str | None, as_json: bool) -> None:
    """List every recourse method, or say what NAME is and what its parameters mean.

    A method whose library is missing, or whose plug-in is broken, is listed with the reason.

    \b
    Examples:
      recbench methods
      recbench methods genre
    """
    from recbench.api import catalogue

    _show(catalogue.methods, "method", name, as_json)


@click.command("datasets")
@_NAME
@json_option
def datasets(name: str | None, as_json: bool) -> None:
    """List the data sets: size, where they are, licence; or say all of NAME, source and citation too.

    `recbench data fetch` brings files that are not here.

    Your own table works the same: recbench run --data FILE --schema YAML.

    \b
    Examples:
      recbench datasets
      recbench datasets compas
    """
    from recbench.api import catalogue

    _show(catalogue.datasets, "data set", name, as_json)


@click.command("classifiers")
@_NAME
@json_option
def classifiers(name: str | None, as_json: bool) -> None:
    """List the classifiers a method can be asked to explain, or say what NAME's parameters mean."""
    from recbench.api import catalogue

    _show(catalogue.classifiers, "classifier", name, as_json)


@click.command("metrics")
@_NAME
@json_option
def metrics(name: str | None, as_json: bool) -> None:
    """List the metrics, each with its definition and the better side."""
    from recbench.api import catalogue

    _show(catalogue.metrics, "metric", name, as_json)


@click.command("suites")
@json_option
def suites(as_json: bool) -> None:
    """List the suites that `recbench run SUITE` knows by name."""
    from recbench.api import catalogue

    _show(catalogue.suites, "suite", None, as_json)


def _show(listed: Any, kind: str, name: str | None, as_json: bool) -> None:
    from recbench.api.catalogue import describe

    if name is not None:
        found = describe(name, kind)
        if as_json:
            click.echo(json.dumps(found.plain(), indent=1))
        else:
            _print_one(found)
        return
    everything = listed()
    if as_json:
        click.echo(json.dumps([entry.facts for entry in everything], indent=1))
    else:
        _print_all(everything)


def _print_all(everything: Catalogue) -> None:
    ruled = is_terminal()
    rows = []
    for entry in everything:
        if entry.unavailable:
            rows.append([entry.name, "unavailable", entry.unavailable])
            continue
        # On a terminal what to cite is said of one alone: recbench methods NAME.
        more = "" if ruled or not entry.more else f" — {entry.more}"
        rows.append([entry.name, entry.traits, f"{entry.summary}{more}"])
    if ruled:
        print_ruled([everything.kind.capitalize(), "", "What it is"], rows)
        return
    for row in rows:
        echo_cells(row)


def _print_one(found: Description) -> None:
    entry = found.entry
    echo(f"{entry.name}: {entry.unavailable or entry.summary}")
    for line in (entry.traits, *entry.lines):
        if line:
            echo(line)
    if not found.parameters:
        return
    click.echo()
    rows = []
    for one in found.parameters:
        limits = one.range or ", ".join(map(str, one.choices))
        what = ", ".join(word for word in (one.kind, limits) if word)
        default = "none" if one.default is None else str(one.default)
        rows.append([one.name, default, f"{one.description}\n({what})" if what else one.description])
    if is_terminal():
        print_ruled(["Parameter", "Default", "Meaning"], rows)
        return
    for row in rows:
        echo_cells(cell.replace("\n", " ") for cell in row)
