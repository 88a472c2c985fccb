"""A task as CARLA sees it: its ``Data`` and its ``MLModel``.

CARLA gets the encoded rows, in which two categories are 0 and 1 (its own "drop if binary" encoding).
Columns are named by their position: CARLA puts names into sets, and the order of a set of strings
differs from process to process.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from recbench.rng import Rng
from recbench.task import RecourseTask
from recbench_methods.common.threshold import centred

LABEL = "label"
_VALIDATION = 0.25
"""Share of the training rows that CLUE validates on; test rows are nobody's to see."""


class Data:
    """The training rows of a task, in the terms of ``carla.data.api.Data``.

    CARLA knows two kinds of feature: numbers, and categories that are 0 or 1. Every feature with
    categories is declared as the latter, as CARLA's own catalogue does.

    Args:
        task: the task, on the CPU.
        rng: decides which training rows CLUE validates on.
        anchored: add an immutable column that is always 1. It changes no distance and forbids nothing.

    Attributes:
        columns: names of all columns but the label: the features are 0 to d - 1.
        df: all training rows with their labels; ``df_train`` and ``df_test`` are parts of them.
    """

    target = LABEL

    def __init__(self, task: RecourseTask, rng: Rng, anchored: bool = False) -> None:
        features = list(enumerate(task.encoder.schema.features))
        anchor = [len(features)] if anchored else []
        self.columns = [*range(len(features)), *anchor]
        self.categorical = [*(j for j, feature in features if feature.discrete), *anchor]
        self.continuous = [j for j, feature in features if not feature.discrete]
        self.immutables = [*(j for j, feature in features if feature.immutable), *anchor]
        self.df = self._frame(task.x, task.y)
        order = rng.numpy().permutation(len(self.df))
        held_out = max(1, round(_VALIDATION * len(order)))
        self.df_test, self.df_train = self.df.iloc[order[:held_out]], self.df.iloc[order[held_out:]]

    @property
    def encoder(self) -> Data:
        """CARLA asks its encoder for the names of encoded categories."""
        return self

    def get_feature_names(self, columns: list[int]) -> list[int]:
        """Return the names of the encoded categories: each is one column already."""
        return columns

    def transform(self, df: pd.DataFrame) -> pd.DataFrame:
        """Return the rows, which are encoded already."""
        return df

    def inverse_transform(self, df: pd.DataFrame) -> pd.DataFrame:
        """Return the rows, which stay encoded."""
        return df

    def people(self, x: Tensor, labels: Tensor) -> Iterator[pd.DataFrame]:
        """Yield (n, d) people with their (n,) labels, each as a frame of one row.

        Their index labels are no training row's: FACE drops a training row that shares its index label
        and any one value with a person.
        """
        frame = self._frame(x, labels).set_axis(range(-len(x), 0))
        for row in range(len(x)):
            yield frame.iloc[[row]]

    def _frame(self, x: Tensor, labels: Tensor) -> pd.DataFrame:
        rows = np.ones((len(x), len(self.columns)))
        rows[:, : x.shape[1]] = x.numpy()
        return pd.DataFrame(rows, columns=self.columns).assign(**{LABEL: labels.numpy().astype(np.int64)})


class Model:
    """The classifier of a task, in the terms of ``carla.models.api.MLModel``.

    CARLA's threshold is always one half; probabilities are moved so that the task's lies there.
    """

    backend = "pytorch"

    def __init__(self, task: RecourseTask, data: Data) -> None:
        self.task, self.data = task, data

    @property
    def feature_input_order(self) -> list[int]:
        """Names of the columns, in order."""
        return self.data.columns

    def get_ordered_features(self, x: pd.DataFrame) -> pd.DataFrame:
        """Return the columns in order, without the label."""
        return x[self.feature_input_order]

    def raw_model(self, x: Tensor) -> Columns:
        """Return both probabilities as CARLA's Wachter reads them."""
        return Columns(self._both(x))

    def predict_proba(self, x: Tensor | np.ndarray | pd.DataFrame) -> Tensor | np.ndarray:
        """Return (n, 2) P(not target), P(target) as a tensor for a tensor (differentiable), else an array."""
        if isinstance(x, Tensor):
            return self._both(x)
        with torch.no_grad():
            both: np.ndarray = self._both(torch.tensor(np.asarray(x, dtype=np.float64))).numpy()
            return both

    def predict(self, x: Tensor | np.ndarray | pd.DataFrame) -> Tensor | np.ndarray:
        """Return (n,) P(target)."""
        return self.predict_proba(x)[:, 1]

    def _both(self, x: Tensor) -> Tensor:
        rows = x[:, : self.task.dimensions].to(torch.float32)
        target = centred(self.task.probability(rows), self.task.threshold)
        return torch.stack([1 - target, target], dim=1)


class Columns:
    """(n, 2) probabilities that can be indexed by a number that is not an integer.

    CARLA's Wachter takes the column of the target class with ``y_target[1]``, which is the tensor 1.0;
    no version of torch allows that.
    """

    def __init__(self, both: Tensor) -> None:
        self._both = both

    def __getitem__(self, key: tuple[slice, float | Tensor]) -> Tensor:
        rows, column = key
        return self._both[rows, int(column)]

    def squeeze(self, axis: int) -> Tensor:
        """Return the probabilities of one person."""
        return self._both.squeeze(axis)
