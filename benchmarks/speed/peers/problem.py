"""What contestants are given: rows, people and network as arrays, and the task itself for recbench's own."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

import recbench as rb


def write_problem(task: rb.Task, people: Tensor, ids: np.ndarray, folder: Path) -> None:
    """Write a problem into a folder.

    ``arrays.npz`` holds training rows ``x`` (N, d) with labels ``y``, the ``people`` (n, d) and the
    classifier's ``probability`` (n,) for them, masks ``immutable`` and ``nominal`` (d,), and ``weight_0``,
    ``bias_0``, ... of its layers; ``task.pickle`` what a registered method is fitted on, with the people's
    ids.

    Raises:
        RecbenchError: the classifier is no network of plain layers.
    """
    seen = task.recourse_task
    features = task.dataset.schema.features
    with torch.no_grad():
        probability = seen.probability(people).numpy()
    folder.mkdir(parents=True, exist_ok=True)
    np.savez(
        folder / "arrays.npz",
        x=seen.x.numpy(),
        y=seen.y.numpy(),
        people=people.numpy(),
        probability=probability,
        immutable=np.array([feature.immutable for feature in features]),
        nominal=np.array([feature.kind == "categorical" for feature in features]),
        **_weights(seen.classifier),
    )
    with (folder / "task.pickle").open("wb") as file:
        pickle.dump((seen, ids), file)


def read_task(folder: Path) -> tuple[rb.RecourseTask, np.ndarray]:
    """Return the task of a problem that this program wrote, and the people's ids (n,)."""
    with (folder / "task.pickle").open("rb") as file:
        task, ids = pickle.load(file)
    return task, ids


def _weights(classifier: rb.Classifier) -> dict[str, Any]:
    module = getattr(classifier, "module", None)
    linear = [] if module is None else [one for one in module.modules() if isinstance(one, torch.nn.Linear)]
    if not linear:
        raise rb.RecbenchError(f"the classifier {classifier.kind} is no network of plain layers.")
    arrays = {}
    for place, layer in enumerate(linear):
        arrays[f"weight_{place}"] = layer.weight.detach().numpy()
        arrays[f"bias_{place}"] = layer.bias.detach().numpy()
    return arrays
