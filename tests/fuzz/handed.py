"""Handed: frames given to recbench from Python, typed otherwise or broken, instead of files."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

Change = Callable[[pd.DataFrame, str, random.Random], pd.DataFrame]


def _cast(kind: Any) -> Change:
    def cast(frame: pd.DataFrame, name: str, rng: random.Random) -> pd.DataFrame:
        return frame.assign(**{name: frame[name].astype(kind)})

    return cast


def _cell(value: Any) -> Change:
    def put(frame: pd.DataFrame, name: str, rng: random.Random) -> pd.DataFrame:
        values = list(frame[name])
        values[rng.randrange(len(values))] = value
        return frame.assign(**{name: pd.Series(values, index=frame.index, dtype=object)})

    return put


def _whole(make: Callable[[int], Any]) -> Change:
    def replace(frame: pd.DataFrame, name: str, rng: random.Random) -> pd.DataFrame:
        return frame.assign(**{name: pd.Series(make(len(frame)), index=frame.index)})

    return replace


SAME: dict[str, Change] = {
    "objects": _cast(object),
    "categories": _cast("category"),
    "best types": lambda frame, name, rng: frame.convert_dtypes(),
    "arrow types": lambda frame, name, rng: frame.convert_dtypes(dtype_backend="pyarrow"),
    "columns backwards": lambda frame, name, rng: frame[frame.columns[::-1]],
    "one column more": lambda frame, name, rng: frame.assign(**{"one more": None}),
    "a name of the index": lambda frame, name, rng: frame.rename_axis("rows"),
    "in pieces": lambda frame, name, rng: pd.concat([frame.iloc[:3], frame.iloc[3:]]),
}
"""What changes nothing that a frame says."""

WRONG: dict[str, Change] = {
    "NaN": _cell(np.nan),
    "None": _cell(None),
    "NA": _cell(pd.NA),
    "NaT": _cell(pd.NaT),
    "infinity": _cell(float("inf")),
    "a list": _cell([1]),
    "a mapping": _cell({}),
    "bytes": _cell(b"1"),
    "a complex number": _cell(1j),
    "a decimal": _cell(Decimal(1)),
    "a time": _cell(pd.Timestamp(0)),
    "a duration": _cell(pd.Timedelta(0)),
    "a frame": _cell(pd.DataFrame()),
    "an array": _cell(np.zeros(2)),
    "times": _whole(lambda count: pd.date_range("2020", periods=count)),
    "periods": _whole(lambda count: pd.period_range("2020", periods=count, freq="D")),
    "intervals": _whole(lambda count: pd.interval_range(0, count)),
    "complex numbers": _whole(lambda count: np.zeros(count, dtype=complex)),
    "nothing": _whole(lambda count: [None] * count),
    "no column": lambda frame, name, rng: frame.drop(columns=[name]),
    "the column twice": lambda frame, name, rng: pd.concat([frame, frame[[name]]], axis=1),
    "no rows": lambda frame, name, rng: frame.iloc[:0],
    "two levels of columns": lambda frame, name, rng: pd.concat({"a": frame}, axis=1),
}
"""What cannot be read as a table of people; ids and labels included."""


def contradictions(dataset: Any, rng: random.Random) -> Iterator[str]:
    """Yield whether a frame that says the same is read otherwise, or one that is wrong is taken."""
    from recbench.data.dataset import Dataset
    from recbench.errors import UsageError

    names = [
        *dataset.schema.names,
        dataset.schema.target.name,
        *([dataset.schema.id] if dataset.schema.id else []),
    ]
    name = rng.choice(names)
    what = rng.choice([*SAME, *WRONG])
    change = {**SAME, **WRONG}[what]
    try:
        train = change(dataset.train, name, rng)
    except (TypeError, ValueError, NotImplementedError):
        return  # pandas itself cannot do it
    before = train.copy()
    try:
        other = Dataset(dataset.name, dataset.schema, train, dataset.test, drawn=dataset.drawn)
        encoded = other.encoder.encode(train)
        same = other.content_hash == dataset.content_hash
    except UsageError as error:
        if what in SAME:
            yield f"{name!r} as {what} says the same, and was refused: {error}"
        return
    if what in WRONG and not (what == "infinity" and name not in dataset.schema.names):
        yield f"{name!r} holding {what} was taken"
    if what in SAME and not (same and encoded.equal(dataset.encoder.encode(dataset.train))):
        yield f"{name!r} as {what} is another data set"
    if not train.equals(before):
        yield "the frame that was given was changed"
