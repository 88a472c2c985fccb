"""A person's own table: CSV or Parquet, with a schema in YAML.

The split: if the table has a column ``split`` that the schema does not use, it says ``train`` or
``test`` for each row. Else a quarter of the rows become the test table, chosen by a hash of the id (or
of the row itself where there is no id): sorting or shuffling the file moves nobody, and rows keep the
order of the file.
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path

import numpy as np
import pandas as pd

from recbench.data.dataset import Dataset, check, check_classes, columns_of, favourable, ids, naming
from recbench.data.encoding import category_key, own_numbers, shown
from recbench.data.labels import check_spelling
from recbench.data.readers import read_csv, read_parquet
from recbench.data.schema import Schema
from recbench.errors import UsageError

SPLIT = "split"
"""Optional column of a table: ``train`` or ``test``."""


def from_file(data: Path, schema: Path, test_share: float = 0.25) -> Dataset:
    """Return a table as a data set named after its file.

    Args:
        data: ``.csv`` or ``.parquet`` with a header.
        schema: YAML that :meth:`recbench.data.schema.Schema.from_yaml` reads.
        test_share: share of the rows that become the test table, unless the table has a split column.

    Raises:
        UsageError: a file is missing, empty or unreadable, a column is missing, or a value is wrong
            (its row is counted from 1 below the header).
    """
    if not 0 < test_share < 1:
        raise UsageError(f"test_share = {test_share:g} is not between 0 and 1.")
    meaning = Schema.from_yaml(schema)
    with naming(str(data)):
        table = _read(data, meaning, schema)
        check(meaning, table)
        own_split = SPLIT in table.columns and SPLIT not in columns_of(meaning)
        test = _said(table) if own_split else _drawn(table, meaning, test_share)
        check_spelling(meaning, {"all": table})
        with naming("the training rows"):
            check_classes(meaning, table[~test])
    columns = columns_of(meaning)
    train, others = table.loc[~test, columns], table.loc[test, columns]
    return Dataset(data.stem, meaning, train, others, source=str(data), drawn=not own_split)


def _read(data: Path, meaning: Schema, schema: Path) -> pd.DataFrame:
    suffix = data.suffix.lower()
    if not data.exists():
        raise UsageError("there is no such file.", "Check the path given with --data.")
    if suffix not in (".csv", ".parquet"):
        raise UsageError(f"cannot read a {data.suffix or 'file without suffix'}.", "Give .csv or .parquet.")
    if not data.is_file():
        raise UsageError("it is a folder or a device, not a file.", "Give a .csv or .parquet file.")

    def choose(header: Sequence[str]) -> dict[str, int]:
        return _places(header, meaning, schema)

    try:
        return read_csv(data, meaning, choose) if suffix == ".csv" else read_parquet(data, choose)
    except UnicodeDecodeError as error:
        raise UsageError("the file is not UTF-8 text.", "Save it as CSV in UTF-8.") from error
    except (OSError, ValueError) as error:
        line = str(error).strip().split("\n")[0]
        raise UsageError(f"cannot read it as {suffix[1:]}: {line}.") from error


def _places(header: Sequence[str], meaning: Schema, schema: Path) -> dict[str, int]:
    """Return where the columns stand that are used, the split column included if there is one.

    Raises:
        UsageError: one is missing (those that come nearest are named), or is there twice.
    """
    have = list(header)
    wanted = columns_of(meaning)
    missing = [name for name in wanted if name not in have]
    if missing:
        close = get_close_matches(missing[0], have, n=3, cutoff=0.5)
        hint = f"Did you mean {' or '.join(close)}?" if close else f"The table has: {', '.join(have)}."
        if len(have) == 1 and any(mark in have[0] for mark in ";\t|"):
            hint = "Separate the columns by commas."
        raise UsageError(f"column {missing[0]!r} of schema {schema} is not in the table.", hint)
    used = list(dict.fromkeys(name for name in [*wanted, SPLIT] if name in have))
    for name in used:
        if have.count(name) > 1:
            raise UsageError(
                f"the table has {have.count(name)} columns called {name!r}.", "Give each its own name."
            )
    return {name: have.index(name) for name in used}


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
