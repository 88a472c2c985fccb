"""Scoring a finished cell that goes wrong: the cell stays finished, and says what it lacks and why."""

from __future__ import annotations

import pandas as pd
import pytest

from recbench.store.folder import Store
from recbench.store.record import Status

from .conftest import Bench, cells

pytestmark = pytest.mark.slow


def test_a_process_that_dies_while_scoring_costs_no_finished_cell(bench: Bench) -> None:
    code, said = bench.run("unchanged", "--metrics", "cost")
    assert code == 0, said
    (cell,) = cells(bench.results)
    before = Store(bench.results).people(cell)
    code, said = bench.run("unchanged", "--metrics", "cost,deadly", "--jobs", "2")
    assert code == 0, said
    pd.testing.assert_frame_equal(Store(bench.results).people(cell), before, check_exact=True)
    (record,) = Store(bench.results).records()
    assert record.status == Status.DONE
    assert set(record.scores) == {"cost"}
    assert record.unscored["deadly"] == "lost: its process ended with exit code 9, 2 times"
    code, said = bench.run("unchanged", "--metrics", "cost")
    assert "All 1 cells came from the store." in said
