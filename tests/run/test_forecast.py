from __future__ import annotations

import pytest

from recbench.run.forecast import Forecast, forecast
from recbench.store.cell import Cell
from recbench.store.record import CellRecord, Status
from recbench.task.recipes import LofRecipe, TaskRecipe
from tests.records import cell_from, record_from


def record(**changes: object) -> CellRecord:
    values: dict[str, object] = {
        "key": "k", "status": Status.DONE, "dataset": "loan", "data_hash": "h", "classifier": "mlp",
        "method": "genre", "label": "genre", "params": {"steps": 1}, "made_by": "1", "seed": 0,
        "device": "cpu", "threads": 1, "chunk": 10, "recipe": TaskRecipe(), "lof": LofRecipe(),
        "people": 200, "turned_down": 900, "fit_seconds": 10.0, "generate_seconds": 2.0,
        "finished": "2026-01-01T00:00:00+00:00",
    }  # fmt: skip
    return record_from({**values, **changes})


def cell(method: str = "genre", steps: int = 1, factuals: int | None = 200) -> Cell:
    recipe = TaskRecipe(factuals=factuals)
    return cell_from(
        dataset="loan", data_hash="h", recipe=recipe, lof=LofRecipe(), method=method, label=method,
        params={"steps": steps}, seed=0, device="cpu", threads=1, chunk=10,
    )  # fmt: skip


def test_the_newest_cell_with_the_same_parameters_counts() -> None:
    known = [
        record(),
        record(fit_seconds=20.0, finished="2026-01-02T00:00:00+00:00"),
        record(params={"steps": 9}, fit_seconds=99.0, finished="2026-01-03T00:00:00+00:00"),
    ]
    assert forecast([cell(), cell()], known) == Forecast(44.0, 0)
    assert forecast([cell(steps=5)], known) == Forecast(101.0, 0)


def test_generate_is_scaled_to_the_people() -> None:
    assert forecast([cell(factuals=400)], [record()]).seconds == pytest.approx(14.0)
    assert forecast([cell(factuals=None)], [record()]).seconds == pytest.approx(10.0 + 2.0 * 900 / 200)


def test_methods_that_never_ran_are_counted_as_unknown() -> None:
    failed = record(method="roar", status=Status.FAILED)
    found = forecast([cell(), cell("roar")], [record(), failed])
    assert found == Forecast(12.0, 1)
    assert found.words() == (
        "Expected time of the methods, by their last times: 12 seconds; unknown for 1 cells."
    )
    assert "unknown" in forecast([cell()], []).words()
