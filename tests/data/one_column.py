"""A data set of one column: its encoder, and where its people may go."""

from __future__ import annotations

import pandas as pd
import torch
from torch import Tensor

from recbench.classifiers.base import Classifier
from recbench.data.encoding import Encoder
from recbench.data.schema import Feature, Schema, Target
from recbench.task import Feasible, RecourseTask

TARGET = Target(name="y", favourable=(1,))


class Never(Classifier):
    kind = "never"

    def probability(self, x: Tensor) -> Tensor:
        return torch.zeros(len(x))


def encoder_of(values: object, **declared: object) -> Encoder:
    feature = Feature(name="x", **{"kind": "continuous", **declared})
    return Encoder.fit(Schema(features=(feature,), target=TARGET), pd.DataFrame({"x": values}))


def feasible(encoder: Encoder, people: Tensor) -> Feasible:
    return RecourseTask(encoder, people, torch.zeros(len(people)), Never()).feasible(people)
