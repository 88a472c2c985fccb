"""The page with the first people of a cell."""

from __future__ import annotations

import re
from pathlib import Path

import html5lib
import pandas as pd
import pytest

from recbench.tracking.excerpt import excerpt_of
from tests.hostile import NAMES, obeyed


def page_of(frame: pd.DataFrame, folder: Path) -> str:
    frame.to_parquet(folder / "people.parquet")
    return excerpt_of(folder / "people.parquet")


def table_of(page: str) -> dict[str, list[str]]:
    """Return the table that a browser shows, by column."""
    rows = html5lib.parse(page, namespaceHTMLElements=False).iter("tr")
    heads, *lines = (["".join(cell.itertext()) for cell in row] for row in rows)
    return dict(zip(heads, map(list, zip(*lines, strict=True)), strict=True))


def test_it_shows_what_the_recourse_changes(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "person": ["x", "y", "z"],
            "h": [0.9, 0.1, 0.2],
            "reason": ["", "no way", ""],
            "f__income": [1234567.25, 20.0, 30.0],
            "f__job": ["clerk", "smith", "nurse"],
            "f__loans": [3, 4, 5],
            "c__income": [1234568.5, None, 30.0],
            "c__job": ["nurse", None, "nurse"],
            "c__loans": [3, None, 4],
            "e__income": [0.5, 0.1, 0.2],
            "score": [1.91234, 0.0, None],
            "found": [1.0, 0.0, 1.0],
        }
    )
    page = page_of(frame, tmp_path)
    assert "3 people." in page
    assert table_of(page) == {
        "person": ["x", "y", "z"],
        "reason": ["", "no way", ""],
        "found": ["1", "0", "1"],
        "score": ["1.912", "0", ""],
        "income": ["1234567.25 → 1234568.5", "20", "30"],
        "job": ["clerk → nurse", "smith", "nurse"],
        "loans": ["3", "4", "5 → 4"],
    }


def test_it_is_an_excerpt(tmp_path: Path) -> None:
    frame = pd.DataFrame({"person": range(1234)})
    page = page_of(frame, tmp_path)
    assert "The first 50 of 1234 people." in page
    assert table_of(page) == {"person": [str(person) for person in range(50)]}
    assert "0 people." in page_of(frame[:0], tmp_path)


def test_nothing_in_it_is_markup_and_nothing_hides(tmp_path: Path) -> None:
    people = {"person": list(NAMES), "reason": list(NAMES)}
    features = {f"{side}__{name}": list(NAMES) for name in NAMES for side in "fc"}
    page = page_of(pd.DataFrame({**people, **features}), tmp_path)
    assert not obeyed(page)
    assert set(re.findall(r"</?(\w+)", page)) == {
        *("html", "head", "meta", "title", "style", "body", "p", "table", "thead", "tbody", "tr", "th", "td")
    }
    shown = table_of(page)
    assert len(shown) == 2 + len(NAMES)
    assert "<script>alert(1)</script>" in shown["person"]


def test_features_of_one_name_or_that_of_a_measure_stay_apart(tmp_path: Path) -> None:
    long = "x" * 300
    names = ["person", "score", f"{long}a", f"{long}b"]
    features = {f"{side}__{name}": [at] for at, name in enumerate(names) for side in "fc"}
    page = page_of(pd.DataFrame({"person": ["me"], **features}), tmp_path)
    assert re.findall("<td>(.*)</td>", page) == ["me", "0", "1", "2", "3"]


def test_a_file_that_is_none_is_an_error_it_names(tmp_path: Path) -> None:
    (tmp_path / "people.parquet").write_text("no table")
    with pytest.raises(ValueError, match="Parquet"):
        excerpt_of(tmp_path / "people.parquet")
    with pytest.raises(FileNotFoundError):
        excerpt_of(tmp_path / "nowhere.parquet")
