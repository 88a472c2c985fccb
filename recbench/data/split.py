"""Split: which rows of one table are the people, and which the methods learn from.

If the table has a column ``split`` that the schema does not use, it says ``train`` or ``test`` for each
row. Else a share of the rows becomes the test table, chosen by a hash of the id (or of the row itself where
there is no id): sorting or shuffling the table moves nobody, and rows keep their order.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from recbench.data.checks import columns_of, favourable, ids
from recbench.data.encoding import also, category_key, own_numbers, row_number, shown
from recbench.data.schema import Schema
from recbench.errors import UsageError

SPLIT = "split"
"""Optional column of a table: ``train`` or ``test``."""


def split_rows(table: pd.DataFrame, schema: Schema, test_share: float) -> tuple[np.ndarray, bool]:
    """Return (n,) which rows are test rows, and whether the table says so itself.

    Raises:
        UsageError: the column says something else, or there are too few rows.
    """
    if not 0 < test_share < 1:
        raise UsageError(f"test_share = {test_share:g} is not between 0 and 1.")
    if SPLIT in table.columns and SPLIT not in columns_of(schema):
        return _said(table), True
    return _drawn(table, schema, test_share), False


def _said(table: pd.DataFrame) -> np.ndarray:
    """Return (n,) whether the split column says test."""
    column = table[SPLIT].astype(str)
    wrong = np.flatnonzero(~column.isin(["train", "test"]))
    if len(wrong):
        value = shown(table[SPLIT].iloc[wrong[0]])
        raise UsageError(
            f"column {SPLIT!r}, row {row_number(wrong[0])}: {value} is neither train nor test{also(wrong)}.",
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
