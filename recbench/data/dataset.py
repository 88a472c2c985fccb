"""Dataset: a schema, a training and a test table that fit it, and where they come from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from numbers import Real
from typing import Protocol

import numpy as np
import pandas as pd

from recbench.data.bounds import check_bounds, check_nearness
from recbench.data.encoding import Encoder, category_key, own_numbers, shown
from recbench.data.labels import check_shared, check_spelling
from recbench.data.schema import Schema
from recbench.errors import UsageError


class KnownLabels(Protocol):
    """The label equation of a generated data set. Implementations can be pickled."""

    def __call__(self, frame: pd.DataFrame) -> np.ndarray:
        """Return (n,) float64, the true P(favourable | row) for rows in own units."""


@dataclass(frozen=True, eq=False)
class Dataset:
    """Two tables in people's own units.

    Attributes:
        name: what users type.
        schema: what the columns mean, d features.
        train: training rows; they set the ranges of the encoder.
        test: the people among whom factuals are chosen.
        source: where the tables come from.
        licence: under which terms.
        citation: what to cite.
        known: the label equation, if the data are generated.
        drawn: whether the tables are random parts of one, so that a part may lack a rare label.

    Raises:
        UsageError: a table does not fit the schema, ids repeat, the training rows hold one class, labels
            look alike or occur in one table only, or bounds and values have nothing to do with the
            training range.
    """

    name: str
    schema: Schema
    train: pd.DataFrame
    test: pd.DataFrame
    source: str = ""
    licence: str = ""
    citation: str = ""
    known: KnownLabels | None = None
    drawn: bool = False

    def __post_init__(self) -> None:
        tables = {"train": self.train, "test": self.test}
        numbers = {}
        for table, frame in tables.items():
            with naming(f"data set {self.name!r}, {table} table"):
                numbers[table] = check(self.schema, frame)
        with naming(f"data set {self.name!r}"):
            check_spelling(self.schema, tables)
        with naming(f"data set {self.name!r}, train table"):
            check_classes(self.schema, self.train)
        with naming(f"data set {self.name!r}"):
            check_shared(self.schema, tables, self.drawn)
        with naming(f"data set {self.name!r}, train table"):
            low, high = numbers["train"].min(axis=0), numbers["train"].max(axis=0)
            check_bounds(self.schema, low, high)
        with naming(f"data set {self.name!r}, test table"):
            check_nearness(self.schema, numbers["test"], low, high)
        with naming(f"data set {self.name!r}, train table"):
            encoder = self.encoder
        with naming(f"data set {self.name!r}, test table"):
            encoder.encode(self.test)

    @cached_property
    def encoder(self) -> Encoder:
        """The encoder fitted on the training table."""
        return Encoder.fit(self.schema, self.train)

    @cached_property
    def content_hash(self) -> str:
        """SHA-256 (hex) of the schema and the values of both tables.

        It does not depend on the machine, nor on how a file reader typed the columns. Where the schema
        names no id, a frame's own index counts, unless it merely counts the rows.
        """
        digest = hashlib.sha256(self.schema.model_dump_json().encode())
        for frame in (self.train, self.test):
            # Adding 0 turns -0.0 into 0.0: equal values, equal bytes.
            numbers = own_numbers(self.schema, frame) + 0.0
            digest.update(repr(numbers.shape).encode())
            digest.update(numbers.astype("<f8").tobytes())
            names = [self.schema.target.name, *([self.schema.id] if self.schema.id else [])]
            for name in names:
                codes, values = pd.factorize(frame[name])
                keys = "\x1f".join(category_key(value) for value in values)
                digest.update(codes.astype("<i8").tobytes() + keys.encode())
            if self.schema.id is None and not _is_counted(frame.index):
                # What a person draws depends on what they are called.
                digest.update("\x1f".join(map(category_key, frame.index)).encode())
        return digest.hexdigest()

    def favourable(self, frame: pd.DataFrame) -> np.ndarray:
        """Return (n,) int64, 1 where the target is one of the favourable labels.

        Raises:
            UsageError: the target column is missing or empty in a row.
        """
        return favourable(self.schema, frame)

    def ids(self, frame: pd.DataFrame) -> np.ndarray:
        """Return (n,) objects that identify the rows: the schema's id column, else the frame's index.

        Raises:
            UsageError: the id column is missing, empty in a row, or names a person twice.
        """
        return ids(self.schema, frame)


def _is_counted(index: pd.Index) -> bool:
    """Return whether rows are merely counted from 0."""
    return bool((index == np.arange(len(index))).all())


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
            f"the target column {name!r} is empty (NaN) in row {empty[0] + 1}{_more(len(empty))}.",
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
            f"the id column {schema.id!r} is empty (NaN) in row {empty[0] + 1}{_more(len(empty))}.", hint
        )
    again = np.flatnonzero(column.duplicated())
    if len(again):
        value = shown(column.iloc[again[0]])
        raise UsageError(
            f"the id column {schema.id!r} holds {value} again in row {again[0] + 1}{_more(len(again))}.",
            hint,
        )
    return column.to_numpy(dtype=object)


def _more(count: int) -> str:
    return f" (and {count - 1} more rows)" if count > 1 else ""


@contextmanager
def naming(table: str) -> Iterator[None]:
    """Say which table a ``UsageError`` inside the block is about."""
    try:
        yield
    except UsageError as error:
        raise UsageError(f"{table}: {error.message}", error.hint) from error
