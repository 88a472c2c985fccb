"""A class says once which model its parameters have."""

from __future__ import annotations

from typing import TypeVar

import pytest
from pydantic import Field

from recbench.errors import UsageError
from recbench.plugins import Params
from recbench.plugins.params import Configured

P = TypeVar("P", bound=Params)


class Few(Params):
    lambda_: float = Field(0.5, alias="lambda", description="a weight")


class Many(Few):
    count: int = Field(3, description="a count")


class Base(Configured[P]):
    def __init__(self, **values: object) -> None:
        self._configure(values, "base")


class Plain(Base[Few]):
    pass


class Grandchild(Plain):
    pass


class Narrowed(Plain):
    Params = Many
    params: Many


class Old(Base):  # type: ignore[type-arg]
    Params = Many


class Bare(Base):  # type: ignore[type-arg]
    pass


@pytest.mark.parametrize(
    ("made", "model"),
    [(Base, Params), (Plain, Few), (Grandchild, Few), (Narrowed, Many), (Old, Many), (Bare, Params)],
)
def test_the_model_is_what_the_class_is_generic_in(made: type[Base[Few]], model: type[Params]) -> None:
    assert made.Params is model
    assert type(made().params) is model
    with pytest.raises(UsageError, match="base has no parameter 'wrong'"):
        made(wrong=1)


def test_parameters_are_written_as_people_type_them() -> None:
    assert Many(lambda_=2.0).plain() == {"lambda": 2.0, "count": 3}
