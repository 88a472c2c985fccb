"""Tables: CSV and Parquet files in which something was changed, as files are changed in the wild."""

from __future__ import annotations

import gzip
import io
import random
from collections.abc import Callable, Iterator
from typing import Any

from . import world
from .case import EITHER, FINE, REFUSED, Case, Scene, Wrong
from .frames import parquet
from .hostile import CONTROL, LABELS, NAMES, NUMBERS
from .people import contradictions as people_contradictions, suite
from .reading import Reading, read_csv, read_parquet
from .same import contradictions
from .world import World

_TRACKED = ("--no-tracking", "--data")
_WHOLE = 15
"""One case in so many is run to its end and its recourse computed again."""


def case(rng: random.Random) -> Case:
    """Return a table with up to three changes, beside the schema it was made for."""
    people = world.make(rng)
    schema = people.schema_file(rng)
    whole = rng.random() < 1 / _WHOLE
    said = _changed(people, rng) if not whole or rng.random() < 0.3 else []
    if rng.random() < 0.25:
        name, content, how = parquet(people, rng)
    else:
        name, content, how = ("people.csv", people.table(), []) if whole else _csv(people, rng)
    words = ["run", *_TRACKED, name, "--schema", "people.yaml", "--methods", "nnr,unchanged"]
    files = {name: content, "people.yaml": schema}
    if whole:
        settings = suite(people, rng)
        files["suite.yaml"] = settings.file
        words = ["run", "suite.yaml", *words[1:-2]]
    else:
        words.append("--dry-run")
    codes, check = _verdict(people, content, name, said, random.Random(rng.random()))

    def both(scene: Scene) -> Iterator[str]:
        yield from check(scene)
        if whole and scene.outcome.code in (0, 3):
            yield from people_contradictions(scene, people, settings, name)

    right = codes | {3} if whole and 0 in codes else codes
    return Case(words, files, right, [*said, *how], check=both)


def _verdict(
    people: World, content: bytes, name: str, said: list[str], rng: random.Random
) -> tuple[frozenset[int], Callable[[Scene], Iterator[str]]]:
    """Return the right exit codes, and what compares recbench's reading with ours."""

    def nothing(scene: Scene) -> Iterator[str]:
        return iter(())

    if name.endswith(".parquet"):
        reader: Callable[[Any, World], Reading] = read_parquet
        source: Any = io.BytesIO(content)
    elif name.endswith((".csv", ".CSV")):
        reader, source = read_csv, content
    else:
        said.append("wrong: no table")
        return REFUSED, nothing
    try:
        reading = reader(source, people)
    except Wrong as error:
        said.append(f"wrong: {error}")
        return REFUSED, nothing
    except (OSError, ValueError) as error:
        said.append(f"wrong: {error}")
        return REFUSED, nothing
    said += [f"in doubt: {doubt}" for doubt in dict.fromkeys(reading.doubts)][:5]
    return EITHER if reading.doubts else FINE, lambda scene: contradictions(scene, people, reading, name, rng)


def _changed(people: World, rng: random.Random) -> list[str]:
    """Change a table, and return what was done."""
    changes = rng.choices(_CHANGES, k=rng.choice([0, 0, 1, 1, 1, 2]))
    return [f"{change.__name__.strip('_')}: {change(people, rng)}" for change in changes if people.rows]


def _cell(people: World, rng: random.Random) -> str:
    row, place = rng.randrange(len(people.rows)), rng.randrange(len(people.header))
    value = rng.choice([*NUMBERS, *NAMES, *CONTROL, *LABELS])
    return _write(people, row, place, value)


def _write(people: World, row: int, place: int, value: str) -> str:
    if place >= len(people.rows[row]):
        return "nothing"
    before, people.rows[row][place] = people.rows[row][place], value
    return f"{before!r} became {value!r} in row {row + 1}, column {place + 1}"


def _number(people: World, rng: random.Random) -> str:
    numbers = [column.name for column in people.columns if not column.discrete]
    place = people.header.index(rng.choice(numbers)) if numbers and set(numbers) <= set(people.header) else 0
    return _write(people, rng.randrange(len(people.rows)), place, rng.choice(NUMBERS))


def _spelling(people: World, rng: random.Random) -> str:
    row, place = rng.randrange(len(people.rows)), rng.randrange(len(people.header))
    if place >= len(people.rows[row]):
        return "nothing"
    value = people.rows[row][place]
    ways = [value.upper(), value.title(), f"{value} ", f" {value}", f"{value}.0", f"0{value}", f"+{value}"]
    return _write(people, row, place, rng.choice([*ways, f"{value}.", f"'{value}'", f"{value}e0"]))


def _label(people: World, rng: random.Random) -> str:
    if people.target not in people.header:
        return "nothing"
    place = people.header.index(people.target)
    value = rng.choice([*LABELS, *(f"{label}." for label in people.good), *(f" {one}" for one in people.bad)])
    rows = rng.sample(range(len(people.rows)), rng.choice([1, len(people.rows) // 2]))
    return "; ".join([_write(people, row, place, value) for row in rows][:1])


def _extra_cell(people: World, rng: random.Random) -> str:
    rows = people.rows if rng.random() < 0.3 else [rng.choice(people.rows)]
    value = rng.choice(["", "", "7"])
    for row in rows:
        row.insert(rng.choice([0, len(row), len(row)]), value)
    return f"{len(rows)} rows have {value!r} more"


def _missing_cell(people: World, rng: random.Random) -> str:
    row = rng.choice(people.rows)
    if row:
        row.pop(rng.randrange(len(row)))
    return "one row has one less"


def _column(people: World, rng: random.Random) -> str:
    kind = rng.choice(["drop", "add", "repeat", "rename", "move", "blank"])
    place = rng.randrange(len(people.header))
    if kind == "drop":
        people.header.pop(place)
        for row in people.rows:
            del row[place : place + 1]
    elif kind in ("add", "repeat", "blank"):
        name = {"add": rng.choice([*NAMES, *CONTROL]), "repeat": people.header[place], "blank": ""}[kind]
        people.header.insert(place, name)
        for row in people.rows:
            row.insert(place, rng.choice(["", "1", "x"]))
    elif kind == "rename":
        name = people.header[place]
        people.header[place] = rng.choice(
            [name.upper(), f"{name} ", f" {name}", f"{name}.1", f"'{name}'", ""]
        )
    else:
        for row in (people.header, *people.rows):
            row.append(row.pop(min(place, len(row) - 1))) if row else None
    return f"{kind} column {place + 1}"


def _split(people: World, rng: random.Random) -> str:
    words = rng.choice(
        [["train", "test"]] * 5 + [["train"], ["Train", "test"], ["train", "test", ""], ["0", "1"]]
    )
    people.header.append("split")
    for number, row in enumerate(people.rows):
        row.append(words[number % len(words)] if number < 8 else rng.choice(words))
    return f"split by {words}"


def _one_part(people: World, rng: random.Random) -> str:
    """Give the rows of one part a label of their own, or none of some label."""
    if people.target not in people.header or "split" in people.header:
        return "nothing"
    place = people.header.index(people.target)
    other = rng.choice([f"{people.good[0]}.", people.good[0].upper() + " ", "other", people.bad[0]])
    people.header.append("split")
    for number, row in enumerate(people.rows):
        part = "test" if number % 4 == 0 else "train"
        if part == "test" and place < len(row) and row[place] == people.good[0]:
            row[place] = other
        row.append(part)
    return f"{people.good[0]!r} is {other!r} in the test rows"


def _ids(people: World, rng: random.Random) -> str:
    if people.id is None or people.id not in people.header:
        return "nothing"
    place = people.header.index(people.id)
    value = rng.choice(
        ["", people.rows[0][place] if place < len(people.rows[0]) else "", "007", "7", "1e5", "-1", "9" * 25]
    )
    return _write(people, rng.randrange(len(people.rows)), place, value)


def _rows(people: World, rng: random.Random) -> str:
    kind = rng.choice(["none", "few", "repeat", "blank", "commas", "header"])
    if kind in ("none", "few"):
        del people.rows[{"none": 0, "few": rng.randint(1, 6)}[kind] :]
    elif kind == "repeat":
        people.rows.insert(0, list(rng.choice(people.rows)))
    else:
        row = {"blank": [], "commas": [""] * len(people.header), "header": list(people.header)}[kind]
        people.rows.insert(rng.randrange(len(people.rows) + 1), row)
    return kind


def _constant(people: World, rng: random.Random) -> str:
    place = rng.randrange(len(people.header))
    for row in people.rows:
        if place < len(row) and place < len(people.rows[0]):
            row[place] = people.rows[0][place]
    return f"column {place + 1} is constant"


def _scaled(people: World, rng: random.Random) -> str:
    """Write a whole column of numbers in another order of magnitude."""
    numbers = [
        column for column in people.columns if column.kind == "continuous" and column.name in people.header
    ]
    if not numbers:
        return "nothing"
    place, power = (
        people.header.index(rng.choice(numbers).name),
        rng.choice(["e300", "e-300", "e12", "e-9", "e0"]),
    )
    for row in people.rows:
        if place < len(row):
            row[place] += power
    return f"column {place + 1} times 1{power}"


_CHANGES = [
    *(_cell, _number, _number, _spelling, _label, _extra_cell, _missing_cell, _column, _column),
    *(_split, _split, _one_part, _ids, _rows, _constant, _scaled),
]


def _csv(people: World, rng: random.Random) -> tuple[str, bytes, list[str]]:
    """Return a CSV file in one of the ways in which programs write them."""
    how: dict[str, Any] = rng.choice(
        [{}] * 4 + [{"quoting": 1}, {"lineterminator": "\r\n"}, {"delimiter": ";"}, {"delimiter": "\t"}]
    )
    if not how.get("quoting") and any(row == [""] for row in people.rows):
        how = {"quoting": 1}
    text = people.table(**how)
    said = [f"written with {how}"] if how else []
    kind = rng.choice(
        [""] * 12 + ["bom", "end", "blank", "cr", "utf-16", "latin-1", "cut", "byte", "quote", "name", "gz"]
    )
    at = rng.randrange(len(text))
    changed = {
        "bom": lambda: b"\xef\xbb\xbf" + text,
        "end": text.rstrip,
        "blank": lambda: text + rng.choice([b"\n", b"\n\n", b" \n", b"\x1a"]),
        "cr": lambda: text.replace(b"\r", b"").replace(b"\n", b"\r"),
        "utf-16": lambda: text.decode().encode("utf-16"),
        "latin-1": lambda: text.decode().encode("latin-1", "replace"),
        "cut": lambda: text[:at],
        "byte": lambda: text[:at] + bytes([rng.randrange(256)]) + text[at + rng.randrange(2) :],
        "quote": lambda: text[:at] + b'"' + text[at:],
        "gz": lambda: gzip.compress(text, mtime=0),
    }
    if kind in changed:
        text = changed[kind]()
    name = (
        rng.choice(["people.txt", "people.CSV", "people", "people.parquet"])
        if kind == "name"
        else "people.csv"
    )
    return name, text, [*said, kind] if kind else said
