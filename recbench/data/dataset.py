"""Dataset: a schema, a training and a test table that fit it, and where they come from."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
import pandas as pd

from recbench.data.bounds import check_bounds, check_nearness
from recbench.data.checks import check, check_classes, columns_of, favourable, ids, naming
from recbench.data.encoding import Encoder, category_key, own_numbers
from recbench.data.labels import check_shared, check_spelling
from recbench.data.schema import Schema
from recbench.data.split import split_rows


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

    @classmethod
    def from_frame(
        cls,
        frame: pd.DataFrame,
        schema: Schema,
        name: str = "own",
        test_share: float = 0.25,
        source: str = "",
    ) -> Dataset:
        """Return a table as a data set.

        Args:
            frame: a row per person; columns that the schema does not name are ignored, but for ``split``,
                which says ``train`` or ``test``.
            schema: what the columns mean.
            name: of the data set.
            test_share: share of the rows that become the test table where no column says it.
            source: where the table comes from.

        Raises:
            UsageError: a column is missing or a value is wrong (of rows the header is the first, as in a
                spreadsheet).
        """
        with naming(source or f"data set {name!r}"):
            check(schema, frame)
            test, said = split_rows(frame, schema, test_share)
            check_spelling(schema, {"all": frame})
            with naming("the training rows"):
                check_classes(schema, frame[~test])
        columns = columns_of(schema)
        train, others = frame.loc[~test, columns], frame.loc[test, columns]
        return cls(name, schema, train, others, source=source, drawn=not said)

    @cached_property
    def encoder(self) -> Encoder:
        """The encoder fitted on the training table."""
        return Encoder.fit(self.schema, self.train)

    @property
    def equation(self) -> str:
        """The module of the label equation; empty if none is known."""
        return "" if self.known is None else str(self.known.__module__)

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
