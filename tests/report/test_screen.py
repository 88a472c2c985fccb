"""Tables on a terminal: whatever the names and the width, no name is lost and no number is folded."""

from __future__ import annotations

import io
import re

import pytest
from hypothesis import given, settings, strategies as st
from rich.cells import cell_len
from rich.console import Console

from recbench.report.layout import Column, Entry, Sheet, sections, wide
from recbench.report.rows import Row, rows_of
from recbench.report.screen import fits, ruled, without_same

NAMES = st.lists(
    st.text("ab-cd ", min_size=1, max_size=60).map(str.strip).filter(bool), min_size=1, max_size=5
)


def printed(sheet: Sheet, width: int) -> list[list[str]]:
    """Return the lines of each of the tables that a sheet becomes."""
    blocks = []
    for table in ruled(sheet, width):
        screen = Console(file=io.StringIO(), width=width, markup=False, emoji=False)
        screen.print(table)
        blocks.append(screen.file.getvalue().splitlines())  # type: ignore[attr-defined]
    return blocks


def sheet_of(names: list[str], numbers: int, groups: list[tuple[str, int]] | None = None) -> Sheet:
    heads = [Column("Method", is_text=True), *(Column(f"M{at} ↑", "in a few words") for at in range(numbers))]
    body = [
        [Entry(name), *(Entry(f"{line}.{at}25 ±0.01") for at in range(numbers))]
        for line, name in enumerate(names)
    ]
    return Sheet(heads, body, groups=groups or [])


@settings(max_examples=80, deadline=None)
@given(NAMES, st.integers(1, 12), st.integers(30, 120))
def test_no_name_is_lost_and_no_number_is_folded(names: list[str], numbers: int, width: int) -> None:
    sheet = sheet_of(names, numbers)
    blocks = printed(sheet, width)
    assert max(cell_len(line) for block in blocks for line in block) <= width
    assert [len(block) for block in blocks] == [len(blocks[0])] * len(blocks), "the same names in each"
    for block in blocks:
        letters = "".join(re.sub(r"\d\.\d+25 ±0\.01", "", "\n".join(block)).split())
        for name in names:
            assert "".join(name.split()) in letters
    text = "\n".join(line for block in blocks for line in block)
    for line in range(len(names)):
        for at in range(numbers):
            assert f"{line}.{at}25 ±0.01" in text
    assert fits(sheet, width) == (len(blocks) == 1 and all(name in text for name in names))


@pytest.mark.parametrize("width", [80, 100, 120])
def test_every_method_of_the_paper_fits(made_up, width: int) -> None:  # type: ignore[no-untyped-def]
    names = ["genre-plus", "actionable-recourse", "growing-spheres", "genre (lambda=0.5)"]
    rows = rows_of([made_up("genre", label=name, params={"at": at}) for at, name in enumerate(names)])
    (sheet,) = sections(rows, ("found", "cost", "validity", "lof", "score"))
    (block,) = printed(sheet, width)
    labels = [row.label for row in rows]
    assert [line.split("  ")[0] for line in block[-len(names) :]] == labels
    assert fits(sheet, width)


def test_long_names_go_over_lines_and_break_at_hyphens() -> None:
    name = "a-method-with-a-name-of-many-words-that-no-terminal-holds"
    (block,) = printed(sheet_of([name], 4), 72)
    parts = [line.split("  ")[0] for line in block]
    first = parts.index(next(part for part in parts if part.startswith("a-")))
    assert "".join(parts[first:]) == name
    assert all(part.endswith("-") for part in parts[first:-1])


def test_groups_stay_together_and_are_named_above_their_columns() -> None:
    sheet = sheet_of(["genre", "nnr"], 6, [("", 1), ("adult", 3), ("a data set of a long name", 3)])
    first, second = printed(sheet, 60)
    assert first[0].split() == ["adult"]
    assert second[0].split() == ["a", "data", "set", "of", "a", "long", "name"]
    (both,) = printed(sheet, 120)
    assert both[0].split() == ["adult", *["a", "data", "set", "of", "a", "long", "name"]]
    assert both[0].index("adult") < both[0].index("a data")


def test_wide_breaks_between_data_sets(made_up) -> None:  # type: ignore[no-untyped-def]
    rows = rows_of(
        [made_up(method, data) for method in ("genre", "nnr") for data in ("adult", "compas", "heloc")]
    )
    blocks = printed(wide(rows), 80)
    assert [block[0].split() for block in blocks] == [["adult", "compas"], ["heloc"]]


def test_what_is_the_same_everywhere_is_said_once() -> None:
    heads = [Column("Data set", is_text=True), Column("Method", is_text=True), Column("People")]
    body = [[Entry("loan"), Entry(name), Entry("9")] for name in ("genre", "nnr")]
    sheet = without_same(Sheet(heads, body))
    assert [column.title for column in sheet.columns] == ["Method", "People"]
    assert sheet.heading == "Data set: loan."
    assert without_same(Sheet(heads, body[:1])).columns == heads


def test_what_methods_share_stands_once_above_them(made_up) -> None:  # type: ignore[no-untyped-def]
    facts = {"turned_down": 512, "accuracy": 0.75}
    rows = rows_of([made_up(method, seed=seed, **facts) for method in ("genre", "nnr") for seed in (0, 1)])
    (sheet,) = sections(rows, ["score"])
    assert sheet.heading == (
        "loan: 200 of 512 people turned down by mlp, seeds 0, 1. It gets 0.750 of the test labels right."
    )
    assert [column.title for column in sheet.columns] == ["Method", "Score ↑"]


def test_seeds_stand_in_a_column_where_methods_differ_in_them(made_up) -> None:  # type: ignore[no-untyped-def]
    failed = made_up("nnr", seed=1, status="failed", reason="it broke", scores={})
    rows = rows_of([made_up("genre"), made_up("genre", seed=1), made_up("nnr"), failed])
    (sheet,) = sections(rows, ["score"])
    assert {line[0].text: line[1].text for line in sheet.body} == {"genre": "2", "nnr": "1 of 2"}


def test_a_place_without_a_finished_cell_says_so() -> None:
    (sheet,) = sections([Row("loan", "mlp", "nnr", "nnr", problems={0: "not run"})], ["score"])
    assert sheet.heading == "loan: no finished cell."
    assert [entry.text for entry in sheet.body[0]] == ["nnr", "not run"]
