"""Frames: tables as Parquet files, with the types that other programs give their columns."""

from __future__ import annotations

import io
import random
from typing import Any

import pandas as pd

from .reading import EMPTY
from .world import World


def parquet(people: World, rng: random.Random) -> tuple[str, bytes, list[str]]:
    """Return a table as a Parquet file."""
    width = max([len(people.header), *map(len, people.rows)])
    names = [*people.header, *(f"more{number}" for number in range(width - len(people.header)))]
    rows = [[*row, *[""] * (width - len(row))] for row in people.rows]
    columns = {}
    for place, name in enumerate(dict.fromkeys(names)):
        texts = [row[place] for row in rows]
        columns[name] = _typed(texts)
    frame = pd.DataFrame(columns)
    said = [_retyped(frame, rng) for _ in range(rng.choice([0, 1, 1, 2]))]
    frame, index = _indexed(frame, people, rng)
    content = io.BytesIO()
    try:
        frame.to_parquet(content)
    except (ValueError, TypeError, OverflowError):
        return "people.parquet", people.table(), ["no Parquet file at all"]
    whole = content.getvalue()
    kind = rng.choice([""] * 10 + ["cut", "byte"])
    at = rng.randrange(len(whole))
    if kind == "cut":
        return "people.parquet", whole[:at], [*said, index, f"cut after {at} bytes"]
    return "people.parquet", whole, [*said, index]


def _typed(texts: list[str]) -> pd.Series:
    """Return texts as a program would hold them: numbers where all are."""
    values = [None if text in EMPTY else text for text in texts]
    for kind in ("int64", "float64"):
        plain = [value for value in values if value is not None]
        # 01 is not 1, and 7 with a blank before it is no number.
        if all(value.strip() == value and not value.lstrip("+-0").startswith("_") for value in plain):
            try:
                numbers = pd.Series([float("nan") if value is None else float(value) for value in values])
                if kind == "float64" or [str(int(number)) for number in numbers] == values:
                    return numbers.astype(kind)
            except (ValueError, OverflowError):
                continue
    return pd.Series(values, dtype=object)


def _retyped(frame: pd.DataFrame, rng: random.Random) -> str:
    name = rng.choice(list(frame.columns))
    kind = rng.choice([*_TYPES])
    try:
        frame[name] = _TYPES[kind](frame[name])
    except (ValueError, TypeError, OverflowError, ArithmeticError):
        return f"{name!r} could not be {kind}"
    return f"{name!r} is {kind}"


def _decimal(column: pd.Series) -> Any:
    from decimal import Decimal

    return column.map(lambda value: Decimal(str(value)))


_TYPES: dict[str, Any] = {
    "categories": lambda column: column.astype("category"),
    "words": lambda column: column.astype(str),
    "nullable int": lambda column: column.astype("Int64"),
    "nullable float": lambda column: column.astype("Float64"),
    "single": lambda column: column.astype("float32"),
    "small int": lambda column: column.astype("int16"),
    "unsigned": lambda column: column.astype("uint64"),
    "truth values": lambda column: column.map(bool),
    "times": lambda column: pd.to_datetime(pd.Series(range(len(column))), unit="s"),
    "dates": lambda column: pd.to_datetime(pd.Series(range(len(column))), unit="D").dt.date,
    "zoned times": lambda column: pd.to_datetime(pd.Series(range(len(column))), unit="s", utc=True),
    "durations": lambda column: pd.to_timedelta(pd.Series(range(len(column))), unit="s"),
    "lists": lambda column: column.map(lambda value: [value]),
    "mappings": lambda column: column.map(lambda value: {"a": value}),
    "bytes": lambda column: column.map(lambda value: str(value).encode()),
    "decimals": _decimal,
    "empty": lambda column: pd.Series([None] * len(column), dtype=object),
    "one empty": lambda column: column.mask(pd.Series(range(len(column))) == 1),
}


def _indexed(frame: pd.DataFrame, people: World, rng: random.Random) -> tuple[pd.DataFrame, str]:
    """Move a column into the index, as programs do with ids."""
    kind = rng.choice(["", "", "id", "numbers", "two"])
    if any(isinstance(value, list | dict) for _, column in frame.items() for value in column):
        kind = ""  # no index holds them
    if kind == "id" and people.id in frame.columns:
        return frame.set_index(people.id), "the id is the index"
    if kind == "numbers":
        return frame.set_axis(range(100, 100 + len(frame))), "the index counts from 100"
    if kind == "two" and frame.shape[1] > 3:
        return frame.set_index(list(frame.columns[:2])), "two columns are the index"
    return frame, "the index is nothing"
