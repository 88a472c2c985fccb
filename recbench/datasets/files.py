"""A person's own table: CSV or Parquet, with a schema in YAML.

The split: if the table has a column ``split`` that the schema does not use, it says ``train`` or
``test`` for each row. Else a quarter of the rows become the test table, chosen by a hash of the id (or
of the row itself where there is no id): sorting or shuffling the file moves nobody, and rows keep the
order of the file.
"""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

import numpy as np
import pandas as pd

from recbench.datasets.base import Dataset, check, check_classes, favourable, ids, naming
from recbench.encoding import category_key, own_numbers, shown
from recbench.errors import UsageError
from recbench.schema import Schema

SPLIT = "split"
"""Optional column of a table: ``train`` or ``test``."""

_EMPTY = ["", "NA", "N/A", "NaN", "nan", "null", "NULL", "None"]


def from_file(data: Path, schema: Path, test_share: float = 0.25) -> Dataset:
    """Return a table as a data set named after its file.

    Args:
        data: ``.csv`` or ``.parquet`` with a header.
        schema: YAML that :meth:`recbench.schema.Schema.from_yaml` reads.
        test_share: share of the rows that become the test table, unless the table has a split column.

    Raises:
        UsageError: a file is missing, empty or unreadable, a column is missing, or a value is wrong
            (its row is counted from 1 below the header).
    """
    if not 0 < test_share < 1:
        raise UsageError(f"test_share = {test_share:g} is not between 0 and 1.")
    meaning = Schema.from_yaml(schema)
    with naming(str(data)):
        table = _read(data, meaning)
        _check_columns(table, meaning, schema)
        check(meaning, table)
        own_split = SPLIT in table.columns and SPLIT not in _columns(meaning)
        test = _said(table) if own_split else _drawn(table, meaning, test_share)
        with naming("the training rows"):
            check_classes(meaning, table[~test])
    columns = _columns(meaning)
    return Dataset(data.stem, meaning, table.loc[~test, columns], table.loc[test, columns], source=str(data))


def _columns(schema: Schema) -> list[str]:
    return [*([schema.id] if schema.id else []), *schema.names, schema.target.name]


def _read(data: Path, schema: Schema) -> pd.DataFrame:
    if not data.exists():
        raise UsageError("there is no such file.", "Check the path given with --data.")
    readers = {".csv": _read_csv, ".parquet": _read_parquet}
    if data.suffix.lower() not in readers:
        raise UsageError(f"cannot read a {data.suffix or 'file without suffix'}.", "Give .csv or .parquet.")
    try:
        table = readers[data.suffix.lower()](data, schema)
    except pd.errors.EmptyDataError as error:
        raise UsageError("the file is empty.", "It needs a header and rows.") from error
    except UnicodeDecodeError as error:
        raise UsageError("the file is not UTF-8 text.", "Save it as CSV in UTF-8.") from error
    except (OSError, ValueError) as error:
        line = str(error).strip().split("\n")[0]
        raise UsageError(f"cannot read it as {data.suffix[1:].lower()}: {line}.") from error
    return table


def _read_csv(data: Path, schema: Schema) -> pd.DataFrame:
    # Words stay as they are written: "01" is not 1, and a category may be called None.
    words = {feature.name for feature in schema.features if _all_words(feature.categories)}
    if _all_words(schema.target.favourable):
        words.add(schema.target.name)
    if schema.id:
        words.add(schema.id)
    header = list(pd.read_csv(data, nrows=0, encoding="utf-8-sig").columns)
    table = pd.read_csv(
        data,
        dtype=dict.fromkeys(words, str),
        keep_default_na=False,
        na_values={name: [""] if name in words else _EMPTY for name in header},
        encoding="utf-8-sig",
        low_memory=False,
    )
    if schema.id in table.columns:
        table[schema.id] = _plain_ids(table[schema.id])
    return table


def _all_words(values: tuple[object, ...]) -> bool:
    return bool(values) and all(isinstance(value, str) for value in values)


def _plain_ids(column: pd.Series) -> pd.Series:
    """Return ids as integers where that loses nothing, else as they are written."""
    try:
        numbers = column.astype(np.int64)
    except (ValueError, OverflowError):
        return column
    return numbers if (numbers.astype(str) == column).all() else column


def _read_parquet(data: Path, schema: Schema) -> pd.DataFrame:
    return pd.read_parquet(data).reset_index(drop=True)


def _check_columns(table: pd.DataFrame, schema: Schema, path: Path) -> None:
    """Refuse a table that lacks a column, naming those it has that come nearest."""
    have = [str(name) for name in table.columns]
    missing = [name for name in _columns(schema) if name not in have]
    if not missing:
        return
    close = get_close_matches(missing[0], have, n=3, cutoff=0.5)
    hint = f"Did you mean {' or '.join(close)}?" if close else f"The table has: {', '.join(have)}."
    if len(have) == 1 and any(mark in have[0] for mark in ";\t|"):
        hint = "Separate the columns by commas."
    raise UsageError(f"column {missing[0]!r} of schema {path} is not in the table.", hint)


def _said(table: pd.DataFrame) -> np.ndarray:
    """Return (n,) whether the split column says test."""
    column = table[SPLIT].astype(str)
    wrong = np.flatnonzero(~column.isin(["train", "test"]))
    if len(wrong):
        value = shown(table[SPLIT].iloc[wrong[0]])
        raise UsageError(
            f"column {SPLIT!r}, row {wrong[0] + 1}: {value} is neither train nor test.",
            "Correct it, or rename the column to have the rows split for you.",
        )
    test: np.ndarray = (column == "test").to_numpy()
    if test.all() or not test.any():
        raise UsageError(f"column {SPLIT!r} says {column.iloc[0]} for every row.", "Both tables need rows.")
    return test


def _drawn(table: pd.DataFrame, schema: Schema, share: float) -> np.ndarray:
    """Return (n,) whether a row is among the ``share`` with the lowest hash."""
    count = round(share * len(table))
    if not 0 < count < len(table):
        raise UsageError(f"{len(table)} rows are too few to split.", "Give a larger table.")
    if schema.id:
        identity = pd.DataFrame([category_key(value) for value in ids(schema, table)])
    else:
        identity = pd.DataFrame(own_numbers(schema, table) + 0.0).assign(y=favourable(schema, table))
        # Rows that are alike are told apart by their number among themselves, so that they spread too.
        identity["n"] = identity.groupby(list(identity.columns)).cumcount()
    keys = pd.util.hash_pandas_object(identity, index=False, categorize=False).to_numpy()
    test = np.zeros(len(table), dtype=bool)
    test[np.argsort(keys, kind="stable")[:count]] = True
    return test
