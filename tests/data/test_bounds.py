"""Bounds and values that have nothing to do with the training range."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from recbench.data.dataset import Dataset
from recbench.data.schema import Feature, Schema, Target
from recbench.errors import UsageError


def made(
    train: list[float], test: list[float] | None = None, kind: Any = "continuous", **bounds: Any
) -> Dataset:
    schema = Schema(
        features=(Feature(name="x", kind=kind, **bounds),), target=Target(name="y", favourable=(1,))
    )

    def table(values: list[float]) -> pd.DataFrame:
        return pd.DataFrame({"x": values, "y": np.arange(len(values)) % 2})

    return Dataset("d", schema, table(train), table(test or train))


@pytest.mark.parametrize(
    ("bounds", "message"),
    [
        ({"lower": 1000}, "feature 'x': lower is 1000, but the training values go from 17 to 90"),
        ({"upper": -5}, "feature 'x': upper is -5, but the training values go from 17 to 90"),
        ({"lower": 91, "upper": 99}, "lower is 91, but"),
        ({"lower": 0, "upper": 16.9}, r"upper is 16\.9, but"),
        ({"lower": -1e300}, r"lower is -1e\+300, far out of reach"),
        ({"upper": 1e39}, r"upper is 1e\+39, far out of reach"),
    ],
)
@pytest.mark.parametrize("kind", ["continuous", "integer"])
def test_a_bound_far_from_the_data_is_refused(kind: str, bounds: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        made([17, 30, 90], kind=kind, **bounds)


@pytest.mark.parametrize("bounds", [{"lower": 18}, {"upper": 89}, {"lower": 90}, {"lower": 0, "upper": 1e9}])
def test_bounds_that_leave_some_of_the_range_are_taken(bounds: dict[str, Any]) -> None:
    dataset = made([17, 30, 90], **bounds)
    assert float(dataset.encoder.lower[0]) <= float(dataset.encoder.upper[0])


def test_bounds_of_a_constant_column() -> None:
    assert made([5, 5, 5], lower=5).encoder.encode(made([5, 5]).train).tolist() == [[0.0], [0.0]]
    with pytest.raises(UsageError, match="lower is 6, but the training values go from 5 to 5"):
        made([5, 5, 5], lower=6)


def test_a_number_that_cannot_be_computed_with_is_refused() -> None:
    with pytest.raises(UsageError, match=r"column 'x', row 2: -1e\+308 is too large to compute with"):
        made([-1e308, 1e308])
    wide = made([-1e300, 0, 1e300])
    assert wide.encoder.encode(wide.train).ravel().tolist() == [0.0, 0.5, 1.0]


def test_a_person_who_is_lost_in_the_distance_is_refused() -> None:
    with pytest.raises(UsageError, match=r"test table: column 'x', row 3: 1e\+12 is too far from"):
        made([0, 1], [0.5, 1e12])
    with pytest.raises(UsageError, match="is too far from the training"):
        made([0, 5e-324], [0, 1])
    assert made([0, 1], [0.5, 1e6]).encoder.encode(pd.DataFrame({"x": [1e6]})).item() == 1e6


@pytest.mark.parametrize(
    ("column", "message"),
    [
        (pd.to_datetime(["2020-01-01", "2020-01-02"]), "holds values of the kind datetime64"),
        (pd.to_timedelta([1, 2], unit="h"), "holds values of the kind timedelta64"),
        (pd.period_range("2020", periods=2, freq="Y"), "holds values of the kind period"),
        ([1 + 2j, 3], "holds values of the kind complex"),
        ([[1], [2]], "holds values of the kind list"),
        ([True, False], "holds truth values, which are no numbers"),
        (pd.Series([True, 2], dtype=object), "holds truth values"),
        (pd.Series([1, 2**53], dtype="int64"), "row 3: 9007199254740992 is too large to be exact"),
        (pd.Series([1, 2**64], dtype=object), "row 3: 18446744073709551616 is too large to be exact"),
    ],
)
def test_a_frame_holds_numbers_words_and_truth_values(column: Any, message: str) -> None:
    schema = Schema(
        features=(Feature(name="x", kind="continuous"),), target=Target(name="y", favourable=(1,))
    )
    frame = pd.DataFrame({"x": column, "y": [0, 1]})
    with pytest.raises(UsageError, match=f"train table: column 'x'.*{message}|train table.*{message}"):
        Dataset("d", schema, frame, frame)


def test_a_column_there_twice_is_refused() -> None:
    schema = Schema(features=(Feature(name="x", kind="integer"),), target=Target(name="y", favourable=(1,)))
    frame = pd.DataFrame([[1, 2, 0], [3, 4, 1]], columns=["x", "x", "y"])
    with pytest.raises(UsageError, match="the table has 2 columns called 'x'"):
        Dataset("d", schema, frame, frame)
