"""Reproduce: the files and commands that make the cells of a page again, own data included."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from recbench.documents.reading import dump
from recbench.escape import file_name, visible
from recbench.plugins import registry
from recbench.report.selection import Selection
from recbench.store.datasets import DatasetNote, noted_dataset
from recbench.store.sweeps import SweepNote

RESULTS, PAGE = "again", "again.html"
"""Where the commands put their results: none that are there already shall be mixed with them."""


@dataclass(frozen=True)
class Recipe:
    """How one sweep is run again.

    Attributes:
        files: what is to be saved, each a name and its lines.
        tables: own tables that are needed beside them, and what is known of each.
        command: what is typed then.
    """

    command: str
    files: list[tuple[str, list[str]]] = field(default_factory=list)
    tables: list[tuple[str, str]] = field(default_factory=list)


def recipes(selection: Selection) -> list[Recipe]:
    """Return how each sweep of a selection is run again, newest first; equal ones once."""
    found: list[Recipe] = []
    asked: list[dict[str, Any]] = []
    keys = {record.key for record in selection.records}
    for sweep in selection.sweeps:
        if sweep.asked not in asked and not keys.isdisjoint(sweep.cells):
            asked.append(sweep.asked)
            found.append(_recipe(selection, sweep, "" if len(asked) == 1 else f"-{len(asked)}"))
    return found


def report_command() -> str:
    """Return the command that writes the page again, after all sweeps were run."""
    return shlex.join(["recbench", "report", "--results", RESULTS, "--out", PAGE])


def _recipe(selection: Selection, sweep: SweepNote, number: str) -> Recipe:
    suite = f"suite{number}.yaml"
    plain = {name: value for name, value in sweep.asked.items() if value not in ({}, [], "")}
    files = [(suite, yaml_lines(plain))]
    words = ["recbench", "run", suite]
    tables = []
    for note in _own_tables(selection, sweep):
        schema, table = f"schema{number}.yaml", _table(note)
        words += ["--data", table, "--schema", schema]
        files.append((schema, yaml_lines(note.data_schema.model_dump(mode="json", exclude_defaults=True))))
        train, test = note.rows
        known = (
            f"{train + test:,} rows, of which {test:,} test rows; SHA-256 of the content {note.content_hash}"
        )
        tables.append((table, known))
    return Recipe(shlex.join([*words, "--results", RESULTS]), files, tables)


def _own_tables(selection: Selection, sweep: SweepNote) -> list[DatasetNote]:
    """Return the data sets of a sweep that are nobody's but the user's: at most one can be given."""
    hashes = {experiment.data_hash for experiment in sweep.experiments.values()}
    if not hashes:  # an older note does not say
        names = sweep.asked.get("datasets", [])
        hashes = {r.cell.data_hash for r in selection.records if r.cell.dataset in names}
    notes = [noted_dataset(selection.store.root, content_hash) for content_hash in sorted(hashes)]
    return [note for note in notes if note is not None and is_own(note)][:1]


def is_own(note: DatasetNote) -> bool:
    """Return whether a table came from a file or from Python; a file may be called like a known data set."""
    source = Path(note.source)
    is_file = source.suffix.lower() in (".csv", ".parquet") and source.stem == note.name
    return is_file or note.name not in registry.datasets.names()


def _table(note: DatasetNote) -> str:
    """Return what the table's file is called: as it was, if a shell and a page can show that."""
    name = Path(note.source).name
    is_file = Path(note.source).suffix.lower() in (".csv", ".parquet")
    if is_file and visible(name) == name:
        return name
    return f"{file_name(note.name)}{Path(note.source).suffix.lower() if is_file else '.csv'}"


def yaml_lines(plain: object) -> list[str]:
    """Return plain data as lines of YAML, in which nothing is hidden from a reader."""
    lines: list[str] = []
    for unicode in (True, False):  # what the page would have to write out, YAML writes itself
        lines = dump(plain, unicode).rstrip("\n").split("\n")
        if all(visible(line) == line for line in lines):
            break
    return lines
