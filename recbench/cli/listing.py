"""``recbench methods``, ``datasets``, ``classifiers``, ``metrics`` and ``suites``: from cards alone."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from typing import TypeVar

import click

from recbench.cli.options import json_option
from recbench.cli.terminal import echo_cells, print_ruled
from recbench.plugins import registry
from recbench.plugins.cards import Card, MetricCard

C = TypeVar("C", bound=Card)


@click.command("methods")
@json_option
def methods(as_json: bool) -> None:
    """List every recourse method: traits, one line of help, and citation.

    A method whose library is missing, or whose plug-in is broken, is listed with the reason.
    """
    _show(registry.methods, as_json, lambda card: " ".join(card.traits.words()))


@click.command("datasets")
@json_option
def datasets(as_json: bool) -> None:
    """List the data sets (`recbench data list` says where their files are).

    Your own table works the same: recbench run --data FILE --schema YAML.
    """
    _show(registry.datasets, as_json, lambda card: card.licence)


@click.command("classifiers")
@json_option
def classifiers(as_json: bool) -> None:
    """List the classifiers a method can be asked to explain."""
    _show(
        registry.classifiers,
        as_json,
        lambda card: "differentiable" if card.differentiable else "no gradients",
    )


@click.command("metrics")
@json_option
def metrics(as_json: bool) -> None:
    """List the metrics, each with its definition and the better side."""

    def direction(card: MetricCard) -> str:
        return f"{card.better or 'neither'} is better" + ("" if card.default else ", on request")

    _show(registry.metrics, as_json, direction)


@click.command("suites")
@json_option
def suites(as_json: bool) -> None:
    """List the suites that `recbench run SUITE` knows by name."""
    from recbench.suite import known_suites, load_suite

    rows = []
    for name, path in known_suites().items():
        rows.append({"name": name, "file": str(path), "summary": load_suite(str(path)).description})
    if as_json:
        click.echo(json.dumps(rows, indent=1))
        return
    _table([[row["name"], row["summary"], row["file"]] for row in rows], ["Suite", "What it is", "File"])


def _show(kind: registry.Registry[C], as_json: bool, traits: Callable[[C], str]) -> None:
    listings = kind.listings()
    if as_json:
        rows = []
        for listing in listings:
            card = {} if listing.card is None else asdict(listing.card)
            facts = {"unavailable": listing.unavailable, "distribution": listing.distribution}
            rows.append({**card, "name": listing.name, **facts})
        click.echo(json.dumps(rows, indent=1))
        return
    table = []
    for listing in listings:
        if listing.card is None or listing.unavailable:
            table.append([listing.name, "unavailable", listing.unavailable])
            continue
        citation = getattr(listing.card, "citation", "")
        said = listing.card.summary + (f"\n{citation}" if citation else "")
        table.append([listing.name, traits(listing.card), said])
    _table(table, ["Name", "", "What it is"])


def _table(rows: list[list[str]], heads: list[str]) -> None:
    if not sys.stdout.isatty():
        for row in rows:
            echo_cells(cell.replace("\n", " — ") for cell in row)
        return
    print_ruled(heads, rows)
