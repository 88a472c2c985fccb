"""``recbench data``: where the data sets' files are, and whether they are what was published."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import click

from recbench.cli.options import json_option
from recbench.cli.terminal import console, echo, echo_cells, print_ruled
from recbench.data.catalogue.download import CF_DATA, Repository, State
from recbench.errors import RecbenchError, UsageError
from recbench.plugins import registry
from recbench.plugins.cards import DatasetCard

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


@click.group("data")
def command() -> None:
    """List, fetch and verify the data sets.

    loan, moons, circles and corr are generated and need no files. adult, compas and heloc are
    downloaded once into your cache folder, when a run first needs them or by `fetch`. Where there is
    no network, put their files in a folder and set RECBENCH_DATA_HOME to it; where only a mirror can
    be reached, set RECBENCH_DATA_URL to it. Every file is checked against its pinned SHA-256.

    A table of your own needs neither: recbench run --data FILE --schema YAML.
    """


@command.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List the data sets: size, where they are, source, licence and what to cite.

    \b
    Examples:
      recbench data list
      recbench data list --json
    """
    rows = [_row(listing) for listing in registry.datasets.listings()]
    if as_json:
        click.echo(json.dumps(rows, indent=1))
        return
    table = [
        [row["name"], _size(row), row["unavailable"] or row["state"], _about(row, sys.stdout.isatty())]
        for row in rows
    ]
    if not sys.stdout.isatty():
        for cells in table:
            echo_cells(cells)
        return
    print_ruled(["Name", "Size", "State", "What it is"], table)


@command.command()
@click.argument("names", metavar="[NAME]...", nargs=-1)
def fetch(names: tuple[str, ...]) -> None:
    """Download the files of the named data sets, or of all that have some.

    What is already here and right is kept; a corrupt file is downloaded anew.

    \b
    Examples:
      recbench data fetch
      recbench data fetch adult compas
    """
    for card in _cards(names, need_files=False):
        if not card.files:
            echo(f"{card.name}: generated, nothing to fetch.")
            continue
        repository = _repository(card)
        for file in card.files:
            if repository.find(file).ready:
                echo(f"{card.name}: {repository.find(file).path} is here.")
            else:
                echo(f"{card.name}: {_fetch(repository, file)} downloaded.")


@command.command()
@click.argument("name")
def path(name: str) -> None:
    """Print where the files of a data set are, one per line.

    \b
    Example:
      head -3 "$(recbench data path compas | head -1)"
    """
    (card,) = _cards((name,), need_files=True)
    found = [_repository(card).find(file) for file in card.files]
    for file in found:
        if not file.ready:
            raise RecbenchError(f"{file.path} is {file.state}.", f"Run: recbench data fetch {name}")
    for file in found:
        click.echo(str(file.path))


@command.command()
@click.argument("names", metavar="[NAME]...", nargs=-1)
def verify(names: tuple[str, ...]) -> None:
    """Check files against their pinned SHA-256; exit 1 if one is corrupt, or named and not here.

    \b
    Examples:
      recbench data verify
      recbench data verify heloc
    """
    faults = 0
    for card in _cards(names, need_files=False):
        if not card.files:
            echo(f"{card.name}: generated, no files.")
        for file in card.files:
            found = _repository(card).find(file)
            echo(f"{card.name}: {found.path}: {'right' if found.ready else found.state}.")
            faults += found.state is State.CORRUPT or (bool(names) and found.state is State.ABSENT)
    if faults:
        click.echo("recbench data fetch downloads what is missing or corrupt.", err=True)
        click.get_current_context().exit(1)


def _cards(names: tuple[str, ...], need_files: bool) -> list[DatasetCard]:
    """Return the cards of the named data sets, or of all that have files."""
    if not names:
        return [card for card in registry.datasets.cards() if card.files]
    cards = []
    for name in dict.fromkeys(names):
        card = registry.datasets.card(name)
        if need_files and not card.files:
            raise UsageError(f"data set {name!r} is generated: it has no files.")
        cards.append(card)
    return cards


def _repository(card: DatasetCard) -> Repository:
    """Return where the files of a data set are pinned; a plug-in's own files are its own affair."""
    if not set(card.files) <= set(CF_DATA.checksums):
        raise UsageError(f"data set {card.name!r} keeps its files itself.", "See its own documentation.")
    return CF_DATA


def _row(listing: registry.Listing[DatasetCard]) -> dict[str, Any]:
    card = listing.card
    row: dict[str, Any] = {"name": listing.name, "unavailable": listing.unavailable}
    if card is None:
        return {**row, "state": "unavailable"}
    if not card.files:
        state = "embedded"
    elif set(card.files) <= set(CF_DATA.checksums):
        state = str(max((CF_DATA.find(file).state for file in card.files), key=list(State).index))
    else:
        state = "kept by its plug-in"
    return {
        **row,
        "state": state,
        "summary": card.summary,
        "rows": None if card.rows is None else {"train": card.rows[0], "test": card.rows[1]},
        "features": card.features,
        "source": card.source,
        "licence": card.licence,
        "citation": card.citation,
        "files": list(card.files),
    }


def _size(row: dict[str, Any]) -> str:
    rows, features = row.get("rows"), row.get("features")
    if not rows:
        return "?"
    return f"{rows['train']:,} + {rows['test']:,} x {features}"


def _about(row: dict[str, Any], ruled: bool) -> str:
    if "summary" not in row:
        return ""
    parts = [
        row["summary"],
        f"source: {row['source']}",
        f"licence: {row['licence']}",
        f"cite: {row['citation']}",
    ]
    return "\n".join([*parts, ""]) if ruled else "\t".join(parts)


def _fetch(repository: Repository, file: str) -> Any:
    """Download one file under a progress bar (on a terminal only)."""
    if not sys.stderr.isatty():
        return repository.fetch(file)
    from rich.progress import Progress

    with Progress(console=console(err=True), transient=True) as progress:
        return repository.fetch(file, _Bar(progress, progress.add_task(file, total=None)))


class _Bar:
    """A rich progress bar as pooch wants one."""

    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress, self._task = progress, task
        self.total = 0

    def update(self, count: int) -> None:
        self._progress.update(self._task, advance=count, total=self.total or None)

    def reset(self) -> None:
        self._progress.update(self._task, completed=0)

    def close(self) -> None:
        """Rich ends the bar itself."""
