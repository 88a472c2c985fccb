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
        commands: what is typed: one for each own table, and one for the known data sets.
        files: what is to be saved before, each a name and its lines.
        tables: own tables that are needed beside them, and what is known of each.
    """

    commands: list[str]
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
    everybody = {"factuals": "all"} if sweep.asked.get("factuals", 0) is None else {}
    made = Recipe([], [(suite, yaml_lines(_said({**sweep.asked, **everybody})))])
    run = ["recbench", "run", suite]
    own = _own_tables(selection, sweep)
    known = [name for name in sweep.asked.get("datasets", []) if name not in {note.name for note in own}]
    if known or not own:
        words = [*run, *(["--datasets", ",".join(known)] if own else []), "--results", RESULTS]
        made.commands.append(shlex.join(words))
    for at, note in enumerate(own):
        schema, table = f"schema{number}{f'-{at + 1}' if at else ''}.yaml", _table(note)
        made.commands.append(shlex.join([*run, "--data", table, "--schema", schema, "--results", RESULTS]))
        plain = note.data_schema.model_dump(mode="json", exclude_defaults=True)
        made.files.append((schema, yaml_lines(plain)))
        made.tables.append((table, _known(note)))
    return made


def _said(plain: Any) -> Any:
    """Return plain data without what says nothing: empty lists, mappings and words, and null."""
    if isinstance(plain, dict):
        parts = {name: _said(value) for name, value in plain.items()}
        return {name: value for name, value in parts.items() if value not in ({}, [], "", None)}
    return [_said(value) for value in plain] if isinstance(plain, list) else plain


def _known(note: DatasetNote) -> str:
    train, test = note.rows
    frame = "" if _is_file(note) else "a frame in Python, to be saved under this name; "
    size = f"{train + test:,} rows, of which {test:,} test rows"
    return f"{frame}{size}; SHA-256 of the content {note.content_hash}"


def _own_tables(selection: Selection, sweep: SweepNote) -> list[DatasetNote]:
    """Return the data sets of a sweep that are nobody's but the user's."""
    hashes = {experiment.data_hash for experiment in sweep.experiments.values()}
    if not hashes:  # an older note does not say
        names = sweep.asked.get("datasets", [])
        hashes = {r.cell.data_hash for r in selection.records if r.cell.dataset in names}
    notes = [noted_dataset(selection.store.root, content_hash) for content_hash in sorted(hashes)]
    return [note for note in notes if note is not None and is_own(note)]


def is_own(note: DatasetNote) -> bool:
    """Return whether a table came from a file or from Python; a file may be called like a known data set."""
    return _is_file(note) or note.name not in registry.datasets.names()


def _is_file(note: DatasetNote) -> bool:
    source = Path(note.source)
    return source.suffix.lower() in (".csv", ".parquet") and source.stem == note.name


def _table(note: DatasetNote) -> str:
    """Return what the table's file is called: as it was, if a shell and a page can show that."""
    name = Path(note.source).name if _is_file(note) else f"{note.name}.csv"
    return name if visible(name) == name else f"{file_name(note.name)}{Path(name).suffix.lower()}"


def yaml_lines(plain: object) -> list[str]:
    """Return plain data as lines of YAML, in which nothing is hidden from a reader."""
    lines: list[str] = []
    for unicode in (True, False):  # what the page would have to write out, YAML writes itself
        lines = dump(plain, unicode).rstrip("\n").split("\n")
        if all(visible(line) == line for line in lines):
            break
    return lines
