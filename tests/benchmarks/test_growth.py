"""Growth: generated tables, what is left out, slopes and figures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import recbench as rb
from benchmarks.speed.growth import measure
from benchmarks.speed.growth.figures import draw, slopes
from benchmarks.speed.growth.tables import markdown
from benchmarks.speed.growth.wide import wide
from benchmarks.speed.peers.worker import ContestantError, Spent


def rows(axis: str = "people") -> pd.DataFrame:
    """One method that grows in proportion, one with the square, and one that was left out at last."""
    found = []
    for method, power in (("straight", 1), ("steep", 2), ("late", 1)):
        for size in (10, 100, 1000):
            late = method == "late" and size == 1000
            spent = measure._NOTHING if late else Spent(1.0, size**power, 300.0)
            fit = Spent(size**power / 2, size, 0)
            found.append(measure._row(axis, method, size, fit, spent, "left out" if late else ""))
    return pd.DataFrame(found)


def test_slopes_are_those_of_the_powers() -> None:
    found = slopes(rows(), "cpu")
    assert found.to_dict() == pytest.approx({"straight": 1, "steep": 2, "late": 1})


def test_tables_and_figures_say_what_was_left_out(tmp_path: Path) -> None:
    both = pd.concat([rows(), rows("features")], ignore_index=True)
    page = markdown(both, "the command", "loan", 3000, 100)
    assert "| `steep` | 100 | 10,000 | 1,000,000 | 2.00 |" in page
    assert "| `late` | 10 | 100 | – | 1.00 |" in page
    assert "* late, 1,000 people: left out" in page
    for axis in ("people", "features"):
        draw(both, axis, tmp_path / f"{axis}.png")
        assert (tmp_path / f"{axis}.png").stat().st_size > 5_000


def test_a_wide_table_has_features_of_every_kind_and_two_classes() -> None:
    data = wide(25, 400)
    kinds = pd.Series([feature.kind for feature in data.schema.features]).value_counts()
    assert kinds.to_dict() == {"continuous": 15, "integer": 5, "categorical": 5}
    assert data.schema.features[0].immutable and data.schema.features[1].monotone == "increase"
    assert len(data.train) == 400 and 0.3 < data.favourable(data.test).mean() < 0.7
    assert wide(25, 400).content_hash == data.content_hash


class Slow:
    """A worker of which each person takes a second, and fitting as long as it has features."""

    asked: list[tuple[str, int]]

    def __init__(self, words: list[str], limit: float, environment: object) -> None:
        self.limit = limit

    def ready(self) -> None: ...

    def close(self) -> None: ...

    def ask(self, do: str, people: int = 0) -> Spent:
        self.asked.append((do, people))
        if people > self.limit:
            raise ContestantError("took too long")
        return Spent(float(people), float(people), 1.0)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    asked: list[tuple[str, int]] = []
    monkeypatch.setattr(Slow, "asked", asked, raising=False)
    monkeypatch.setattr(measure, "Worker", Slow)
    return asked


def test_sizes_that_would_take_too_long_are_left_out(
    loan: rb.Task, tmp_path: Path, slow: list[tuple[str, int]]
) -> None:
    arguments: dict[str, Any] = {"scratch": tmp_path, "repeats": 3, "limit": 1000, "say": lambda text: None}
    found = list(measure.by_people(["nnr"], [10, 1000, 100_000], loan, **arguments))
    assert [(row["size"], row["failure"]) for row in found] == [
        (10, ""),
        (1000, ""),
        (100_000, "left out: about 100,000 s"),
    ]
    answers = [people for do, people in slow if do == "generate"]
    assert answers == [10, 10, 10, 1000], "what is long is timed once"


def test_a_method_that_took_too_long_gets_no_wider_table(
    tmp_path: Path, slow: list[tuple[str, int]], monkeypatch: pytest.MonkeyPatch, loan: rb.Task
) -> None:
    monkeypatch.setattr(rb, "make_task", lambda data, cache: loan)
    found = list(
        measure.by_features(
            ["nnr"], [5, 6], 200, 20, tmp_path, tmp_path, repeats=1, limit=10, say=lambda text: None
        )
    )
    assert [(row["size"], row["failure"]) for row in found] == [(5, "took too long")]
