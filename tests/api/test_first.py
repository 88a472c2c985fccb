"""The first people of every cell: what a run over so many would have found."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import recbench as rb


@pytest.fixture(scope="module")
def everybody(tmp_path_factory: pytest.TempPathFactory) -> rb.Results:
    folder = tmp_path_factory.mktemp("first") / "results"
    return rb.run(
        methods=["nnr", "unchanged"],
        seeds=range(2),
        factuals="all",
        results=folder,
        tracking=False,
        progress=False,
    )


def test_they_are_what_a_run_over_so_many_finds(everybody: rb.Results, tmp_path: Path) -> None:
    few = rb.run(
        methods=["nnr", "unchanged"],
        seeds=range(2),
        factuals=25,
        results=tmp_path / "few",
        tracking=False,
        progress=False,
    )
    first = everybody.first(25)
    timed = [name for name in map(str, few.frame()) if "second" in name]
    pd.testing.assert_frame_equal(first.frame(), few.frame().drop(columns=timed))
    pd.testing.assert_frame_equal(first.compare(against="nnr"), few.compare(against="nnr"))
    ours, theirs = ({record.cell.key: record for record in one.selection.records} for one in (first, few))
    assert ours.keys() == theirs.keys()
    for key, record in ours.items():
        assert (record.people, record.found) == (theirs[key].people, theirs[key].found)
        assert record.people_hash == theirs[key].people_hash


def test_nothing_is_written_and_everybody_stays(everybody: rb.Results) -> None:
    before = everybody.frame()
    everybody.first(3)
    pd.testing.assert_frame_equal(rb.open_results(everybody.folder).frame(), before)
    assert len(everybody.people("nnr", seed=0)) > 25


@pytest.mark.parametrize(
    ("count", "said"), [(0, "no first 0 people"), (10**6, "no finished cell in .* is over 1000000 people")]
)
def test_too_few_and_too_many_are_one_line(
    everybody: rb.Results, tmp_path: Path, count: int, said: str
) -> None:
    few = rb.run(methods="unchanged", factuals=5, results=tmp_path / "r", tracking=False, progress=False)
    with pytest.raises(rb.UsageError, match=said):
        few.first(count)


def test_cells_without_a_result_stay_in_the_count(tmp_path: Path) -> None:
    found = rb.run(
        methods=["nnr", "wachter"], classifiers="forest", factuals=20, results=tmp_path, tracking=False
    )
    first = found.first(5)
    assert first.frame().set_index("method")["missing"].to_dict() == {"nnr": 0, "wachter": 1}
    assert "needs gradients" in str(first.table())
