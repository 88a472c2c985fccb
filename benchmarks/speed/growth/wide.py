"""Generated tables of any width."""

from __future__ import annotations

import numpy as np
import pandas as pd

import recbench as rb

_TEST = 1000
"""Test rows; about half of them are turned down."""


def wide(features: int, rows: int, seed: int = 0) -> rb.Dataset:
    """Return a table with so many features: of five three are continuous, one an integer, one categorical.

    The label is whether a weighted sum of all of them, and of noise a third as large, is above its median.
    The first feature cannot change, the second can only grow.

    Args:
        features: d, at least 2.
        rows: of the training table; there are 1,000 test rows beside them.
        seed: of everything.
    """
    rng = np.random.default_rng([seed, features])
    columns: dict[str, np.ndarray] = {}
    declared = []
    score = np.zeros(rows + _TEST)
    for j in range(features):
        name = f"f{j}"
        latent = rng.normal(size=rows + _TEST)
        rules = {"immutable": j == 0, "monotone": "increase" if j == 1 else None}
        if j % 5 == 4:
            columns[name] = np.digitize(latent, [-0.8, 0.0, 0.8])
            said = {"kind": "categorical", "categories": (0, 1, 2, 3)}
        elif j % 5 == 3:
            columns[name] = np.clip(np.round(10 + 4 * latent), 0, 20).astype(int)
            said = {"kind": "integer"}
        else:
            columns[name] = np.round(latent, 2)
            said = {"kind": "continuous"}
        declared.append(rb.Feature.model_validate({"name": name, **said, **rules}))
        score += rng.normal() * latent
    score += rng.normal(scale=score.std() / 3, size=len(score))
    labels = np.where(score > np.median(score), "yes", "no")
    split = np.where(np.arange(len(labels)) < rows, "train", "test")
    target = rb.Target.model_validate({"name": "label", "favourable": ["yes"]})
    schema = rb.Schema(features=tuple(declared), target=target)
    frame = pd.DataFrame({**columns, "label": labels, "split": split})
    return rb.Dataset.from_frame(frame, schema, name=f"wide-{features}")
