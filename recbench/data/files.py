"""A person's own table: CSV or Parquet, with a schema in YAML."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path

import pandas as pd

from recbench.data.checks import columns_of, naming
from recbench.data.dataset import Dataset
from recbench.data.readers import read_csv, read_parquet
from recbench.data.schema import Schema
from recbench.data.split import SPLIT
from recbench.errors import UsageError


def from_file(data: Path, schema: Path, test_share: float = 0.25) -> Dataset:
    """Return a table as a data set named after its file.

    Args:
        data: ``.csv`` or ``.parquet`` with a header.
        schema: YAML that :meth:`recbench.data.schema.Schema.from_yaml` reads.
        test_share: share of the rows that become the test table, unless the table has a split column.

    Raises:
        UsageError: a file is missing, empty or unreadable, a column is missing, or a value is wrong
            (rows are counted as a spreadsheet counts them: the header is row 1).
    """
    meaning = Schema.from_yaml(schema)
    with naming(str(data)):
        table = _read(data, meaning, schema)
    return Dataset.from_frame(table, meaning, data.stem, test_share, source=str(data))


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
