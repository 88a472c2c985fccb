"""Parameters of the classifiers that come with recbench."""

from __future__ import annotations

from pydantic import Field, PositiveInt

from recbench.plugins.params import Params


class ClassifierParams(Params):
    """Parameters every classifier has."""

    balanced: bool = Field(
        True,
        description="weigh both classes equally; with it the published share of negatives comes out",
    )


class MlpParams(ClassifierParams):
    """Parameters of the MLP."""

    hidden: tuple[PositiveInt, ...] = Field((10, 10, 10), description="width of each hidden layer")
    epochs: int = Field(30, ge=1, description="passes over the training rows; small tables get more")
    learning_rate: float = Field(0.003, gt=0, description="peak step of Adam (one-cycle schedule)")
    batch: int = Field(128, ge=1, description="rows per step")


class LinearParams(ClassifierParams):
    """Parameters of logistic regression."""

    epochs: int = Field(50, ge=1, description="passes over the training rows; small tables get more")
    learning_rate: float = Field(0.05, gt=0, description="peak step of Adam (one-cycle schedule)")
    batch: int = Field(256, ge=1, description="rows per step")


class ForestParams(ClassifierParams):
    """Parameters of the random forest."""

    trees: int = Field(100, ge=1, description="number of trees")
    leaf: int = Field(5, ge=1, description="fewest training rows in a leaf")


class BoostingParams(ClassifierParams):
    """Parameters of gradient boosting."""

    rounds: int = Field(100, ge=1, description="number of trees, one after another")
    learning_rate: float = Field(0.1, gt=0, description="weight of each tree")
    depth: int = Field(3, ge=1, description="depth of each tree")
