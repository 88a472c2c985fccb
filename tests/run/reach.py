"""Run as a process: produce recourse with one method after another, and say which modules that loaded.

    python tests/reach.py FOLDER METHODS

FOLDER holds ``schema.json``, ``train.parquet`` and ``test.parquet``; METHODS is JSON: classifier and
parameters by method. Nothing is imported here that producing recourse would not import.
"""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import pandas as pd

from recbench.data.dataset import Dataset
from recbench.data.schema import Schema
from recbench.protocol.prepare import prepare
from recbench.run.recourse import make_method, produce, skip_reason
from recbench.task.cache import Cache
from recbench.task.recipes import ClassifierSpec, TaskRecipe


def _loaded() -> set[str]:
    return {name for name in sys.modules if name.partition(".")[0] in ("recbench", "recbench_methods")}


def main(folder: Path, methods: dict[str, tuple[str, dict[str, object]]]) -> dict[str, list[str]]:
    """Return the modules loaded after each method; those of methods are forgotten in between."""
    schema = Schema.model_validate_json((folder / "schema.json").read_text())
    train, test = (pd.read_parquet(folder / f"{name}.parquet") for name in ("train", "test"))
    dataset, cache = Dataset("people", schema, train, test), Cache(None)
    found = {}
    for name, (classifier, params) in methods.items():
        recipe = TaskRecipe(classifier=ClassifierSpec(name=classifier), factuals=3)
        prepared = prepare(dataset, recipe, 0, cache)
        assert not skip_reason(name, prepared.task.classifier), name
        cell = SimpleNamespace(method=name, seed=0, threads=1, chunk=100)
        # Some originals fail where there are few people; by then they have loaded what they need.
        with suppress(Exception):
            produce(cell, prepared, make_method(name, params), lambda *_: None)  # type: ignore[arg-type]
        found[name] = sorted(_loaded())
        for module in _loaded():
            if module.startswith("recbench_methods"):
                del sys.modules[module]
    return found


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), json.loads(sys.argv[2]))))
