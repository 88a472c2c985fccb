"""A cell that nobody ran, as the tests of the store write it."""

import json
from pathlib import Path

import pandas as pd

from recbench.store.paths import RECORD
from recbench.store.record import CellRecord, Score, Status
from recbench.task.recipes import LofRecipe, TaskRecipe
from tests.records import record_from

PEOPLE_FRAME = pd.DataFrame({"person": ["x", "y"], "cost": [0.25, None]})


def record(key: str = "a1", **changes: object) -> CellRecord:
    """Return the record of a finished cell."""
    values = {
        "key": key,
        "status": Status.DONE,
        "dataset": "loan",
        "data_hash": "h",
        "classifier": "mlp",
        "method": "genre",
        "label": "genre",
        "params": {},
        "made_by": "1",
        "seed": 0,
        "device": "cpu",
        "threads": 1,
        "chunk": 10,
        "recipe": TaskRecipe(),
        "lof": LofRecipe(),
        "fit_seconds": 1.0,
        "generate_seconds": 1.0,
        "scores": {"cost": Score(key="s", mean=0.5)},
    }
    return record_from({**values, **changes})


def change(cell: Path, mean: float) -> None:
    """Alter a number in a record as a bad disk would: it still parses."""
    plain = json.loads((cell / RECORD).read_text())
    plain["scores"]["cost"]["mean"] = mean
    (cell / RECORD).write_text(json.dumps(plain))
