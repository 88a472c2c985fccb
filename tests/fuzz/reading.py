"""Reading: a second, independent opinion on what a table says about people."""

from __future__ import annotations

import csv
import io
import math
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .case import Wrong
from .world import Column, World

EMPTY = ("", "NA", "N/A", "NaN", "nan", "null", "NULL", "None")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)


@dataclass
class Person:
    """A row: text or number of each feature, whether the label is favourable, id and part."""

    values: dict[str, Any]
    label: str
    favourable: bool
    id: str | None
    part: str | None


@dataclass
class Reading:
    """What a table says.

    Attributes:
        people: in the order of the file.
        doubts: why recbench may refuse the table all the same.
    """

    people: list[Person]
    doubts: list[str] = field(default_factory=list)


def read_csv(content: bytes, world: World) -> Reading:
    """Read a CSV file as it stands.

    Raises:
        Wrong: nobody can be sure what it says.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Wrong("no UTF-8") from error
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        raise Wrong(f"csv: {error}") from error
    doubts = ["control characters"] if re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f]|\r(?!\n)", text) else []
    while rows and not rows[-1]:
        rows.pop()
        doubts.append("blank lines at the end")
    if not rows:
        raise Wrong("nothing in it")
    if [] in rows:
        raise Wrong("a blank line between rows")
    header, body = rows[0], rows[1:]
    for number, row in enumerate(body):
        if len(row) != len(header):
            raise Wrong(f"row {number + 1} has {len(row)} values for {len(header)} columns")
    return read(header, body, world, doubts)


def read_parquet(path: Path, world: World) -> Reading:
    """Read a Parquet file, every column of it, also what pandas calls an index.

    Raises:
        Wrong: nobody can be sure what it says.
    """
    from pyarrow import parquet

    table = parquet.ParquetFile(path).read()
    columns = [[_word(value) for value in column.to_pylist()] for column in table.columns]
    return read(table.column_names, [list(row) for row in zip(*columns, strict=True)], world, [], typed=True)


def _word(value: Any) -> Any:
    """Return a value of a typed column as text, or as it is if it is neither word nor number."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool):
        return value
    return repr(value) if isinstance(value, int | float) else value


def read(
    header: list[str], rows: list[list[Any]], world: World, doubts: list[str], typed: bool = False
) -> Reading:
    """Read a table whose cells are texts; those that are not are of some other type.

    Raises:
        Wrong: nobody can be sure what it says.
    """
    if not rows:
        raise Wrong("no rows")
    places, part = _places(header, world, doubts)
    if part is not None and {str(row[part]) for row in rows} != {"train", "test"}:
        raise Wrong("split says something else than train and test, or only one of them")
    for name, place in places.items():
        for value in (row[place] for row in rows):
            if not isinstance(value, str):
                _odd_type(value, name, world, doubts)
    people = [_person(row, places, world, doubts, None if part is None else row[part]) for row in rows]
    _check_ids(people, world)
    _check_labels(people, world, doubts)
    if part is None and not 0 < round(0.25 * len(rows)) < len(rows):
        raise Wrong("too few rows to split")
    if len(rows) < 20:
        doubts.append("few rows")
    for column in world.columns:
        _check_range(column, people, doubts)
    if typed:
        doubts += ["typed"] * any(isinstance(cell, bool) for row in rows for cell in row)
    return Reading(people, doubts)


def _places(header: list[str], world: World, doubts: list[str]) -> tuple[dict[str, int], int | None]:
    """Return where the columns are that the schema names, and the one that splits the table."""
    used = [*([world.id] if world.id else []), *(column.name for column in world.columns), world.target]
    for name in used:
        if header.count(name) != 1:
            raise Wrong(f"{header.count(name)} columns are called {name!r}")
    if len(set(header)) < len(header) or "" in header:
        doubts.append("odd columns that nobody uses")
    splits = "split" in header and "split" not in used
    if splits and header.count("split") > 1:
        raise Wrong("two columns called split")
    return {name: header.index(name) for name in used}, header.index("split") if splits else None


def _odd_type(value: Any, name: str, world: World, doubts: list[str]) -> None:
    if not isinstance(value, bool):
        raise Wrong(f"column {name!r} holds a {type(value).__name__}")
    if name in {column.name for column in world.columns if not column.discrete}:
        raise Wrong("truth values are no numbers")
    doubts.append("truth values")


def _person(
    row: list[Any], places: dict[str, int], world: World, doubts: list[str], part: str | None
) -> Person:
    values = {column.name: _value(row[places[column.name]], column, doubts) for column in world.columns}
    label = row[places[world.target]]
    label = str(label) if isinstance(label, bool) else label
    if label == "":
        raise Wrong("an empty label")
    if label in EMPTY:
        doubts.append("a label that may mean nothing")
    identity = None if world.id is None else row[places[world.id]]
    return Person(values, label, _among(label, world.good), identity, part)


def _among(label: str, good: list[str]) -> bool:
    return label in good or (_number(label) is not None and _number(label) in [_number(one) for one in good])


def _number(text: str) -> float | None:
    return float(text) if _NUMBER.fullmatch(text) else None


def _value(text: Any, column: Column, doubts: list[str]) -> Any:
    if isinstance(text, bool):
        text = str(text)
    if column.discrete:
        return _category(text, column, doubts)
    number = _number(text)
    if number is None:
        try:
            number = float(text)
        except ValueError as error:
            raise Wrong(f"{text!r} is no number") from error
        if text in EMPTY or not math.isfinite(number):
            raise Wrong(f"{text!r} is no number")
        doubts.append(f"{text!r} may be no number")
    if not math.isfinite(number):
        raise Wrong(f"{text!r} is infinite")
    if column.kind == "integer" and not number.is_integer():
        raise Wrong(f"{text!r} is not whole")
    if abs(number) >= 2**53 or 0 < abs(number) < 1e-9:
        doubts.append(f"{text} is extreme")
    return number


def _category(text: str, column: Column, doubts: list[str]) -> str:
    if text in column.categories:
        return text
    number = _number(text)
    alike = [one for one in column.categories if number is not None and _number(one) == number]
    # A leading zero makes a code of it: 01 is not 1.
    if not alike or re.match(r"[+-]?0\d", text) or any(re.match(r"[+-]?0\d", one) for one in alike):
        raise Wrong(f"{text!r} is no category")
    plainest = min(alike, key=len)
    doubts.append(f"{text!r} may be the category {plainest!r}")
    return plainest


def _check_ids(people: list[Person], world: World) -> None:
    if world.id is None:
        return
    ids = [person.id for person in people]
    if "" in ids:
        raise Wrong("an empty id")
    if len(set(ids)) < len(ids):
        raise Wrong("an id twice")


def _check_labels(people: list[Person], world: World, doubts: list[str]) -> None:
    labels = {person.label for person in people}
    everyone = {*labels, *world.good}
    cores: dict[str, str] = {}
    for label in sorted(everyone):
        if _number(label) is not None:
            doubts += ["an odd label"] * (str(label) != f"{_number(label):g}")
            continue
        core = re.sub(r"[\s.!]+", "", label.casefold())
        if cores.setdefault(core, label) != label:
            raise Wrong(f"{label!r} and {cores[core]!r} look alike")
        if not re.fullmatch(r"[<>=]*[A-Za-z0-9]+", label):
            doubts.append("an odd label")
    if not all(any(_among(label, [good]) for label in labels) for good in world.good):
        raise Wrong("a favourable label that nobody has")
    parts = {person.part for person in people}
    everything = set(map(_plainest, labels))
    for part in parts:
        own = [person for person in people if person.part == part]
        if part is not None and {_plainest(person.label) for person in own} != everything:
            raise Wrong(f"labels that the {part} rows lack")
    train = [person for person in people if person.part in (None, "train")]
    if len({person.favourable for person in train}) < 2:
        raise Wrong("one class")
    rare = min(sum(person.label == label for person in people) for label in labels)
    if parts == {None} and rare < 3:
        doubts.append("a rare label")


def _plainest(label: str) -> str | float:
    number = _number(label)
    return label if number is None else number


def _check_range(column: Column, people: list[Person], doubts: list[str]) -> None:
    if column.discrete:
        return
    values = [person.values[column.name] for person in people]
    low, high = min(values), max(values)
    reach = sorted(values)[-2] - sorted(values)[1] if len(values) > 3 else high - low
    outside = (column.lower is not None and low < float(column.lower)) or (
        column.upper is not None and high > float(column.upper)
    )
    if outside or high - low > 1e6 * max(reach, 1e-300):
        doubts.append(f"{column.name!r} reaches far")
