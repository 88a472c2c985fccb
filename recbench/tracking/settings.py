"""Settings: what a cell was asked for, as MLflow's parameters and as one file.

Parameters are what a reader looks for (data set, classifier, method, seed) and whatever is not as usual. The
compare page begins its plot with the first three, in the order of the alphabet, in which runs differ.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache

from recbench.errors import RecbenchError
from recbench.plugins import registry
from recbench.plugins.cards import ClassifierCard, MethodCard
from recbench.plugins.params import make_params
from recbench.store.experiment import Experiment
from recbench.store.record import MODULES, CellRecord
from recbench.suite import Suite
from recbench.task.recipes import LofRecipe, TaskRecipe
from recbench.tracking.words import LONGEST_PARAM, legal, seen

KnownWithParams = registry.RegistryWithParams[MethodCard] | registry.RegistryWithParams[ClassifierCard]


def params_of(record: CellRecord) -> dict[str, str]:
    """Return the parameters: only what the cell's key covers, because MLflow never lets one change.

    Those of the method are called ``set.steps``, whichever method it is, so that they line up where runs are
    compared; those of the classifier ``set.classifier.epochs``.
    """
    cell = record.cell
    params: dict[str, object] = {
        "dataset": cell.dataset,
        "classifier": cell.classifier,
        "method": cell.method,
        "seed": cell.seed,
        # How plausibility is judged is part of no recourse key: a tag says it.
        **{name: value for name, value in unusual(record).items() if not name.startswith("lof.")},
    }
    for name in ("threads", "chunk"):
        if getattr(cell, name) != Suite.model_fields[name].default:
            params[name] = getattr(cell, name)
    for prefix, known, owner, given in (
        ("set", registry.methods, cell.method, cell.params),
        ("set.classifier", registry.classifiers, cell.classifier, cell.recipe.classifier.params),
    ):
        usual = defaults_of(known, owner)
        params |= {
            f"{prefix}.{name}": value
            for name, value in as_typed(given).items()
            if name not in usual or usual[name] != value
        }
    return {legal(name): seen(_plain(value))[:LONGEST_PARAM] for name, value in params.items()}


def settings_of(record: CellRecord) -> str:
    """Return everything that a cell was asked for as JSON, the defaults of its method included."""
    return json.dumps(
        record.cell.model_dump(mode="json", exclude={"label": True, **MODULES["cell"]}), indent=1
    )


def unusual(record: CellRecord) -> dict[str, object]:
    """Return what of task, judge and device is not as it is unless somebody asks for it."""
    experiment, usual = Experiment.of(record.cell), _usual()
    facts = {name: value for name, value in experiment.task.items() if usual.get(name) != value}
    return facts if experiment.device == "cpu" else {**facts, "device": experiment.device}


@cache
def _usual() -> dict[str, object]:
    """Return the facts of a task that nobody changed."""
    nothing = {"dataset": "", "data_hash": "", "method": "", "params": {}, "device": "cpu"}
    return Experiment(recipe=TaskRecipe(), lof=LofRecipe(), **nothing).task


@cache
def defaults_of(known: KnownWithParams, name: str) -> dict[str, object]:
    """Return a plug-in's parameters as they are unless they are set; none if it is not here."""
    try:
        return make_params(known.params(name), {}, name).plain()
    except RecbenchError:
        return {}


def as_typed(params: Mapping[str, object]) -> dict[str, object]:
    """Return parameters under the names people type: ``lambda`` was once stored as ``lambda_``."""
    return {name.rstrip("_"): value for name, value in params.items()}


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
