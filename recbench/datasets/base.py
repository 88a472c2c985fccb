"""Dataset: a schema, a training and a test table that fit it, and where they come from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
import pandas as pd

from recbench.encoding import Encoder, category_key, own_numbers, shown
from recbench.errors import UsageError
from recbench.schema import Schema


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

    Raises:
        UsageError: a table does not fit the schema, ids repeat, or the training rows hold one class.
    """

    name: str
    schema: Schema
    train: pd.DataFrame
    test: pd.DataFrame
    source: str = ""
    licence: str = ""
    citation: str = ""
    known: KnownLabels | None = None

    def __post_init__(self) -> None:
        for table, frame in (("train", self.train), ("test", self.test)):
            with naming(f"data set {self.name!r}, {table} table"):
                check(self.schema, frame)
        with naming(f"data set {self.name!r}, train table"):
            check_classes(self.schema, self.train)
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

        It does not depend on the machine, nor on how a file reader typed the columns.
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


def check(schema: Schema, frame: pd.DataFrame) -> None:
    """Check features, target and ids of one table.

    Raises:
        UsageError: the table does not fit the schema (column, row and value are named).
    """
    own_numbers(schema, frame)
    favourable(schema, frame)
    ids(schema, frame)


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
