"""A results folder with cells that nobody ran: numbers are drawn, files are real."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recbench.hashing import digest
from recbench.plugins import registry
from recbench.report.figures.base import Material
from recbench.report.selection import select
from recbench.report.values import card
from recbench.statistics import over_people
from recbench.store.folder import Store
from recbench.store.record import CellRecord, Score, Status
from recbench.task.recipes import LofRecipe, TaskRecipe
from tests.records import record_from

QUALITY = {"genre": (0.6, 0.95), "nnr": (0.4, 0.9), "wachter": (0.2, 0.6), "unchanged": (0.0, 0.3)}
"""Cost and validity of each method."""
FEATURES = ("age", "a_long_feature_name", "income")


def drawn_cell(
    method: str,
    dataset: str,
    seed: int,
    people: int = 40,
    features: Sequence[str] = FEATURES,
    **changes: object,
) -> tuple[CellRecord, pd.DataFrame]:
    """Return a finished cell whose scores belong to its people."""
    rng = np.random.default_rng([seed, *f"{method}{dataset}".encode()])
    base = np.random.default_rng([seed, *dataset.encode()])
    cost, share = QUALITY.get(method, (float(rng.uniform(0.1, 2)), float(rng.uniform(0.1, 1))))
    before = base.normal(size=(people, len(features))).round(3)
    moved = rng.random(before.shape) < (0.7 if cost else 0.0)
    after = before + moved * rng.normal(size=before.shape).round(3)
    frame = pd.DataFrame({"person": base.permutation(1000)[:people], "h": rng.random(people), "reason": ""})
    for at, name in enumerate(features):
        frame[f"f__{name}"], frame[f"c__{name}"] = before[:, at], after[:, at]
        frame[f"e__{name}"] = after[:, at].astype(np.float32)
    frame["found"] = 1.0
    frame["cost"] = np.abs(after - before).sum(axis=1) * cost
    frame["validity"] = (rng.random(people) < share).astype(float)
    frame["lof"] = (rng.random(people) < (share + 1) / 2).astype(float)
    frame["lof_score"] = 1 + rng.exponential(size=people)
    frame["score"] = frame["validity"] + frame["lof"] - frame["cost"] / 3
    metrics = ("found", "cost", "validity", "lof", "lof_score", "score")
    record = record_from(
        {
            "key": digest([method, dataset, seed, changes.get("label", "")]),
            "status": Status.DONE,
            "dataset": dataset,
            "data_hash": "0",
            "classifier": "mlp",
            "method": method,
            "label": method,
            "params": {},
            "made_by": "1",
            "seed": seed,
            "device": "cpu",
            "threads": 1,
            "chunk": 10,
            "recipe": TaskRecipe(),
            "lof": LofRecipe(),
            "people": people,
            "fit_seconds": 0.5,
            "generate_seconds": 0.1 + cost,
            "scores": {
                name: Score(key="s", **over_people(frame[name].to_numpy(), card(name).is_share).model_dump())
                for name in metrics
            },
            "finished": "2026-01-01T00:00:00+00:00",
            "environment": {"machine": "Linux x86_64"},
            **changes,
        }
    )
    return record, frame


@pytest.fixture(scope="session")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four methods on three data sets with two seeds; genre also with several lambdas; one failed cell."""
    store = Store(tmp_path_factory.mktemp("drawn") / "results")
    for dataset in ("adult", "compas", "heloc"):
        for seed in (0, 1):
            for method in QUALITY:
                store.write(*drawn_cell(method, dataset, seed))
    for value in (1.0, 5.0, 20.0):
        for seed in (0, 1):
            label = f"genre (lambda={value})"
            store.write(*drawn_cell("genre", "adult", seed, label=label, params={"lambda_": value}))
    failed, _ = drawn_cell("wachter", "heloc", 2)
    store.write(failed.model_copy(update={"status": Status.FAILED, "reason": "it broke", "scores": {}}), None)
    return store.root


@pytest.fixture(scope="session")
def material(drawn: Path) -> Material:
    """The same as figures get it."""
    return Material(select(Store(drawn)))


@pytest.fixture(scope="session")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Material:
    """Twenty methods on three data sets, one of them with 21 features of long names."""
    store = Store(tmp_path_factory.mktemp("crowd") / "results")
    names = [name for name in registry.methods.names() if not name.startswith(("carla-", "dice-ml"))]
    many = [f"A_feature_with_a_long_name_{at}" for at in range(21)]
    for dataset, features in (("adult", FEATURES), ("compas", FEATURES), ("heloc", many)):
        for method in names[:20]:
            for seed in (0, 1, 2):
                store.write(*drawn_cell(method, dataset, seed, features=features))
    return Material(select(store))
