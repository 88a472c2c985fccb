"""Readers: a CSV or Parquet file becomes the columns that are wanted, exactly as they stand there.

Nothing is repaired: a row with too many or too few values, a blank line between rows and a quote that
never closes are refused, with the row. Rows are counted as a spreadsheet does: the header is row 1.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import TextIO

import numpy as np
import pandas as pd

from recbench.data.encoding import category_key
from recbench.data.labels import EMPTY, NUMBER
from recbench.data.schema import Scalar, Schema
from recbench.errors import UsageError

Choose = Callable[[Sequence[str]], Mapping[str, int]]
"""Given all columns of a file, returns the places of those wanted, by name, or refuses the file."""

_AT_A_TIME = 50_000
"""Rows of a CSV file that are kept as Python words before they become columns."""

_QUOTES = {
    "unexpected end of data": "a quote is opened here, or below, and never closed",
    "',' expected after '\"'": "a quote is closed before the value ends",
}
"""What the messages of Python's reader mean."""


def read_csv(data: Path, schema: Schema, choose: Choose) -> pd.DataFrame:
    """Read the chosen columns of a CSV file.

    A category or label is looked for by its text first, then as the number or truth value that it may
    be: a file's ``1.0`` is the category 1, its ``01`` is not.

    Raises:
        UsageError: the file is empty, or its header or a row is malformed.
    """
    parts = []
    with data.open(encoding="utf-8-sig", newline="") as file:
        rows = _rows(file)
        header = next(rows, None)
        if header is None:
            raise UsageError("the file is empty.", "It needs a header and rows.")
        places = choose(header)
        picked = map(itemgetter(*places.values()), rows)
        while words := list(islice(picked, _AT_A_TIME)):
            parts.append(pd.DataFrame(words, columns=list(places), dtype="str"))
    if not parts:
        return pd.DataFrame(columns=list(places))
    return pd.concat(parts, ignore_index=True).apply(lambda column: _typed(column, schema))


def _rows(file: TextIO) -> Iterator[list[str]]:
    """Yield the header and the rows of a CSV file, which all have as many values."""
    rows = csv.reader(file, strict=True)
    number, width, blank = 0, 0, None
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            problem = _QUOTES.get(str(error), str(error))
            raise UsageError(f"row {number + 1}: {problem}.", "Mend the quotes.") from error
        number += 1
        if not row:
            # Blank lines may end a file; between rows they would move the number of every row below.
            blank = number if blank is None else blank
            continue
        if blank is not None:
            raise UsageError(f"row {blank} is blank.", "Remove the blank line.")
        width = width or len(row)
        if len(row) != width:
            count = f"{len(row)} value{'s' * (len(row) > 1)}"
            raise UsageError(
                f"row {number} has {count}, but the header names {width} columns.",
                "Every row needs one value per column; put a value that holds a comma in quotes.",
            )
        yield row


def _typed(column: pd.Series, schema: Schema) -> pd.Series:
    """Return a column of words as what the schema says it holds, empty where nothing stands."""
    name = str(column.name)
    if name == schema.id:
        return _plain_ids(column.mask(column == ""))
    if name == schema.target.name:
        return _spelt(column, schema.target.favourable, others=True)
    if name not in schema.names:
        return column
    feature = schema.features[schema.index(name)]
    if feature.discrete:
        return _spelt(column, feature.categories)
    words = column.mask(column.isin(EMPTY))
    try:
        numbers = pd.to_numeric(words)
    except ValueError:
        return words.astype(object)
    return numbers if numbers.dtype.kind in "iuf" else words.astype(np.float64)


def _spelt(column: pd.Series, known: Sequence[Scalar], others: bool = False) -> pd.Series:
    """Return words as the values ``known`` that they spell; with ``others``, as values of their kinds too."""
    by_key = {category_key(value): value for value in known}
    codes, words = pd.factorize(column)
    values = np.array([_value(str(word), by_key, others) for word in words], dtype=object)
    return pd.Series(values[codes], index=column.index, name=column.name, dtype=object)


def _value(word: str, by_key: Mapping[str, Scalar], others: bool) -> Scalar:
    if word in by_key:
        return by_key[word]
    other: Scalar = word
    if not word:
        other = np.nan
    elif word.lower() in ("true", "false") and any(isinstance(value, bool) for value in by_key.values()):
        other = word.lower() == "true"
    elif NUMBER.fullmatch(word):
        other = int(word) if word.lstrip("+-").isdigit() else float(word)
    declared = by_key.get(category_key(other))
    if declared is not None and not isinstance(declared, str):
        return declared
    return other if others or not word else word


def _plain_ids(column: pd.Series) -> pd.Series:
    """Return ids as integers where that loses nothing, else as they are written."""
    try:
        numbers = column.astype(np.int64)
    except (ValueError, OverflowError):
        return column
    return numbers if (numbers.astype(str) == column).all() else column


def read_parquet(data: Path, choose: Choose) -> pd.DataFrame:
    """Read the chosen columns of a Parquet file; an index that pandas stored there is columns too.

    Raises:
        UsageError: a column holds what is no word, number or truth value.
        ValueError: the file is no Parquet file.
    """
    import pyarrow as pa
    from pyarrow.parquet import ParquetFile

    try:
        with ParquetFile(data) as file:
            table = file.read()
    except pa.ArrowException as error:
        raise ValueError(str(error)) from error
    places = choose(table.column_names)
    for name, place in places.items():
        kind = table.schema.field(place).type
        kind = kind.value_type if pa.types.is_dictionary(kind) else kind
        if not any(holds(kind) for holds in _plain_kinds()):
            raise UsageError(
                f"column {name!r} holds values of the kind {kind}.",
                "Columns hold words, numbers or truth values; write a time as a number, such as days since a"
                " date, or leave the column out of the schema.",
            )
    frame: pd.DataFrame = table.select(list(places.values())).to_pandas(ignore_metadata=True)
    return frame


def _plain_kinds() -> list[Callable[[object], bool]]:
    from pyarrow import types

    words = [types.is_string, types.is_large_string, types.is_string_view]
    return [types.is_boolean, types.is_integer, types.is_floating, types.is_null, *words]
