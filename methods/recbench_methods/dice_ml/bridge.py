"""A task as dice-ml sees it: a table in people's own units and a scikit-learn style model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from recbench.data.encoding import category_key
from recbench.task import Feasible, RecourseTask
from recbench_methods.common.threshold import centred

LABEL = "recbench label"
_DIGITS = 6
"""Decimal digits of a column's range that float32 codes can tell apart."""


Ranges = Mapping[str, Sequence[str | float]]
"""The categories, or the two ends, between which each feature may change."""


class GaveUpError(Exception):
    """dice-ml asked the model more often than it may for one person."""


class Table:
    """The way between encoded rows and what dice-ml reads: own units, categories as words.

    Args:
        task: the task, on the CPU.
    """

    def __init__(self, task: RecourseTask) -> None:
        self.task = task
        self.encoder = task.encoder
        features = self.encoder.schema.features
        self.continuous = [feature.name for feature in features if not feature.discrete]
        self.words = {
            feature.name: [category_key(value) for value in feature.categories]
            for feature in features
            if feature.discrete
        }
        span = self.encoder.span.numpy()
        magnitude = np.ceil(np.log10(np.where(span > 0, span, 1.0)))
        self._decimals = dict(zip(self.encoder.schema.names, _DIGITS - magnitude.astype(int), strict=True))

    def training(self) -> pd.DataFrame:
        """Return the training rows with their labels."""
        return self.frame(self.task.x).assign(**{LABEL: self.task.y.numpy()})

    def frame(self, x: Tensor) -> pd.DataFrame:
        """Return (n, d) encoded rows in own units.

        Numbers are rounded to what their codes can tell apart: dice-ml takes the decimals it sees for
        the precision of a column.
        """
        frame = self.encoder.decode(x)
        for name in frame.columns:
            if name in self.words:
                frame[name] = frame[name].map(category_key).astype(object)
            else:
                frame[name] = frame[name].round(self._decimals[name])
        return frame

    def encoded(self, frame: pd.DataFrame) -> Tensor:
        """Return (n, d) float32 encoded rows; unlike the encoder's own, values may lie off their steps."""
        columns = []
        for j, name in enumerate(self.encoder.schema.names):
            low, span = float(self.encoder.low[j]), float(self.encoder.span[j])
            if name in self.words:
                codes = {word: code for code, word in enumerate(self.words[name])}
                values = frame[name].astype(str).map(codes).to_numpy(dtype=np.float64)
            else:
                values = frame[name].to_numpy(dtype=np.float64)
            columns.append((values - low) / span if span else np.zeros(len(frame)))
        return torch.from_numpy(np.column_stack(columns).astype(np.float32))

    def permitted(self, feasible: Feasible, row: int) -> tuple[list[str], Ranges]:
        """Return which features of one person may change, and within which values or categories."""
        low, span = self.encoder.low, self.encoder.span
        bounds = [low + bound[row].double() * span for bound in (feasible.lower, feasible.upper)]
        ranges: dict[str, Sequence[str | float]] = {}
        for j, feature in enumerate(self.encoder.schema.features):
            if feature.discrete:
                allowed = feasible.allowed[j][row].tolist()
                ranges[feature.name] = [
                    word for word, open_ in zip(self.words[feature.name], allowed, strict=True) if open_
                ]
            else:
                ends = [round(float(bound[j]), int(self._decimals[feature.name])) for bound in bounds]
                ranges[feature.name] = [int(end) for end in ends] if feature.kind == "integer" else ends
        movable = feasible.movable[row].tolist()
        names = [name for name, moves in zip(self.encoder.schema.names, movable, strict=True) if moves]
        return names, ranges


class Model:
    """The classifier of a task as a scikit-learn style estimator over tables.

    Args:
        table: the table's way to encoded rows.
        limit: questions per person after which it refuses; None is none.
    """

    classes_ = (0, 1)

    def __init__(self, table: Table, limit: int | None = None) -> None:
        self.table, self.limit, self.asked = table, limit, 0

    def predict_proba(self, frame: pd.DataFrame) -> np.ndarray:
        """Return (n, 2) P(not target), P(target), with the task's threshold moved to one half.

        Raises:
            GaveUpError: ``limit`` is reached.
        """
        self.asked += 1
        if self.limit is not None and self.asked > self.limit:
            raise GaveUpError
        task = self.table.task
        with torch.no_grad():
            target = centred(task.probability(self.table.encoded(frame)), task.threshold).numpy()
        return np.column_stack([1 - target, target])

    def predict(self, frame: pd.DataFrame) -> np.ndarray:
        """Return (n,) the likelier class."""
        classes: np.ndarray = self.predict_proba(frame).argmax(axis=1)
        return classes
