"""Checks: whether a table fits its schema, and what its labels and ids say."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from numbers import Real

import numpy as np
import pandas as pd

from recbench.data.encoding import also, category_key, own_numbers, row_number, shown
from recbench.data.schema import Schema
from recbench.errors import UsageError


def check(schema: Schema, frame: pd.DataFrame) -> np.ndarray:
    """Check features, target and ids of one table, and return its (n, d) numbers (see ``own_numbers``).

    Raises:
        UsageError: the table does not fit the schema (column, row and value are named).
    """
    for name in columns_of(schema):
        _check_kind(schema, frame, name)
    numbers = own_numbers(schema, frame)
    favourable(schema, frame)
    ids(schema, frame)
    return numbers


def columns_of(schema: Schema) -> list[str]:
    """Return the columns that a table of this schema has: the id, if any, the features, the target."""
    return [*([schema.id] if schema.id else []), *schema.names, schema.target.name]


def _check_kind(schema: Schema, frame: pd.DataFrame, name: str) -> None:
    """Refuse a column that is there twice, or holds other things than words, numbers and truth values."""
    places = np.flatnonzero(np.asarray(frame.columns == name))
    if len(places) > 1:
        raise UsageError(
            f"the table has {len(places)} columns called {name!r}.", "Give each a name of its own."
        )
    if not len(places):
        return
    column = frame[name].dropna()
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(column.cat.categories.dtype)
    kind = column.dtype.kind
    if kind in "mMc" or isinstance(column.dtype, pd.PeriodDtype | pd.IntervalDtype):
        raise _unusable(name, str(column.dtype))
    types = {type(value) for value in column} if kind == "O" else set()
    for odd in types:
        if not issubclass(odd, str | bool | np.bool_ | Real) or issubclass(odd, pd.Timedelta):
            raise _unusable(name, odd.__name__)
    number = name in schema.names and not schema.features[schema.index(name)].discrete
    if number and (kind == "b" or bool in types or np.bool_ in types):
        raise UsageError(
            f"column {name!r} holds truth values, which are no numbers.",
            "Declare it categorical with categories: [false, true], or write 0 and 1.",
        )


def _unusable(name: str, kind: str) -> UsageError:
    hint = "Columns hold words, numbers or truth values; write a time as a number, such as days since a date."
    return UsageError(f"column {name!r} holds values of the kind {kind}.", hint)


def check_classes(schema: Schema, train: pd.DataFrame) -> None:
    """Check that a training table holds favourable and unfavourable rows.

    Raises:
        UsageError: it holds only one of the two.
    """
    share = favourable(schema, train).mean()
    if 0 < share < 1:
        return
    labels = sorted({category_key(label) for label in train[schema.target.name].unique()})
    raise UsageError(
        f"{'every' if share else 'no'} row has {schema.target.words}.",
        f"The column holds: {', '.join(labels[:10])}. Check target.favourable in the schema.",
    )


def favourable(schema: Schema, frame: pd.DataFrame) -> np.ndarray:
    """See :meth:`Dataset.favourable`."""
    name = schema.target.name
    if name not in frame.columns:
        raise UsageError(
            f"the target column {name!r} is not in the table.",
            f"The table has: {', '.join(map(str, frame.columns))}.",
        )
    column = frame[name]
    empty = np.flatnonzero(column.isna())
    if len(empty):
        raise UsageError(
            f"the target column {name!r} is empty (NaN) in row {row_number(empty[0])}{also(empty)}.",
            "Fill it in or drop the row.",
        )
    wanted = {category_key(label) for label in schema.target.favourable}
    codes, values = pd.factorize(column)
    return np.array([category_key(value) in wanted for value in values], dtype=np.int64)[codes]


def ids(schema: Schema, frame: pd.DataFrame) -> np.ndarray:
    """See :meth:`Dataset.ids`."""
    if schema.id is None:
        return np.asarray(frame.index, dtype=object)
    if schema.id not in frame.columns:
        raise UsageError(
            f"the id column {schema.id!r} is not in the table.",
            f"The table has: {', '.join(map(str, frame.columns))}.",
        )
    column = frame[schema.id]
    hint = "Every row needs an id of its own; leave `id` out of the schema to count rows instead."
    empty = np.flatnonzero(column.isna())
    if len(empty):
        raise UsageError(
            f"the id column {schema.id!r} is empty (NaN) in row {row_number(empty[0])}{also(empty)}.", hint
        )
    again = np.flatnonzero(column.duplicated())
    if len(again):
        value = shown(column.iloc[again[0]])
        raise UsageError(
            f"the id column {schema.id!r} holds {value} again in row {row_number(again[0])}{also(again)}.",
            hint,
        )
    return column.to_numpy(dtype=object)


@contextmanager
def naming(table: str) -> Iterator[None]:
    """Say which table a ``UsageError`` inside the block is about."""
    try:
        yield
    except UsageError as error:
        raise UsageError(f"{table}: {error.message}", error.hint) from error
