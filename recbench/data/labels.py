"""Labels: what the target column says, and what of it looks like a slip of the pen.

Every label that is not favourable is unfavourable, so a favourable one that is spelt otherwise would
silently count against people. Labels that look alike are therefore refused, and those that only one of
two tables has.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal

import pandas as pd

from recbench.data.encoding import category_key
from recbench.data.schema import Schema
from recbench.errors import UsageError

EMPTY = ("", "NA", "N/A", "NaN", "nan", "null", "NULL", "None")
"""Words with which tables mark a value that is missing."""

NUMBER = re.compile(r"[-+]?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?")
"""A number as people write it. A leading zero makes a code of it: 01 is not 1."""

# Signs that say nothing, unless they stand inside a number; and hyphens between letters. What is left
# tells <=50K from >50K, -1 from 1, and a grade of A- from one of A.
_SOFT = r".,;:!?'\"`´()\[\]{}_/\\|"
_SAYS_NOTHING = re.compile(
    rf"(?<![0-9])[{_SOFT}]+|[{_SOFT}]+(?![0-9])|(?<=[^\W\d_])-+(?=[^\W\d_])|[\s\x00-\x1f\u200b-\u200f\ufeff]+"
)


def check_spelling(schema: Schema, tables: Mapping[str, pd.DataFrame]) -> None:
    """Check that each label of the tables, and of the schema, is written in one way.

    Args:
        schema: its target names the favourable labels.
        tables: that fit the schema, by what they are called.

    Raises:
        UsageError: labels differ only by case, blanks or punctuation, or may mark missing values.
    """
    name = schema.target.name
    wanted = [category_key(label) for label in schema.target.favourable]
    written: dict[object, str] = {}
    for key in [*wanted, *(key for frame in tables.values() for key in _labels(schema, frame))]:
        other = written.setdefault(_core(key), key)
        if other != key:
            raise UsageError(
                f"the target {name!r} has the labels {other!r} and {key!r}: one label, written in two ways?",
                "Write it in one way, in all rows and in target.favourable.",
            )
        if key in EMPTY and key not in wanted:
            raise UsageError(
                f"the target {name!r} holds {key!r}: a label, or a value that is missing?",
                "Drop these rows, or call the label otherwise.",
            )


def check_shared(schema: Schema, tables: Mapping[str, pd.DataFrame], drawn: bool) -> None:
    """Check that the tables have the same labels, every favourable one among them.

    Args:
        schema: its target names the favourable labels.
        tables: that fit the schema, by what they are called.
        drawn: whether they are random parts of one table, so that a part may lack a label by chance.

    Raises:
        UsageError: a label occurs in one table only, or a favourable one in none.
    """
    name = schema.target.name
    found = {table: _labels(schema, frame) for table, frame in tables.items()}
    everywhere = sorted({key for part in found.values() for key in part})
    for label in schema.target.favourable:
        if category_key(label) not in everywhere:
            raise UsageError(
                f"no row has the favourable label {label!r} of the target {name!r}.",
                f"The column holds: {', '.join(everywhere[:10])}. Check target.favourable in the schema.",
            )
    for table, part in found.items():
        lacking = [key for key in everywhere if key not in part]
        if lacking and not drawn:
            more = f" (and {len(lacking) - 1} more)" if len(lacking) > 1 else ""
            raise UsageError(
                f"the target {name!r} is never {lacking[0]!r}{more} in the {table} rows, as it is elsewhere.",
                f"They hold: {', '.join(sorted(part)[:10])}. All tables need the same labels.",
            )


def _labels(schema: Schema, frame: pd.DataFrame) -> list[str]:
    """Return the keys of a table's labels, each once."""
    return list(dict.fromkeys(map(category_key, frame[schema.target.name].unique())))


def _core(key: str) -> object:
    """Return what is left of a label without case, blanks and signs that say nothing."""
    core = key
    if not NUMBER.fullmatch(key):
        core = _SAYS_NOTHING.sub("", unicodedata.normalize("NFKC", key).casefold()) or key
    return Decimal(core) if NUMBER.fullmatch(core) else core
