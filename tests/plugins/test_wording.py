"""What can be said of parameters is said from their model, in the words of people."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, PositiveInt

from recbench.errors import UsageError
from recbench.plugins import Params, describe, registry, searched

CARDS = [card for kind in (registry.methods, registry.classifiers) for card in kind.cards()]


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.name)
def test_every_parameter_of_every_plug_in_is_described(card: Any) -> None:
    for one in describe(card.load_params()):
        assert one.description and "\n" not in one.description
        assert not one.name.endswith("_")
        assert one.kind and "anything" not in one.kind
        # What is not given has its default, and what is said of it holds.
        assert card.load_params()(**{one.name: one.default}) == card.load_params()()
        assert one.default in one.choices if one.kind == "word" and one.choices else True


class Every(Params):
    """A parameter of every kind."""

    lambda_: float = Field(0.5, gt=0, le=1, alias="lambda", description="a weight")
    count: int | None = Field(None, ge=2, description="a count", json_schema_extra=searched(2, 5))
    mode: Literal["slow", "fast"] = Field("slow", description="a word")
    power: Literal[1, 2] = Field(1, description="a number of two")
    sure: bool = Field(True, description="a truth value")
    widths: tuple[PositiveInt, ...] = Field((4, 2), min_length=1, description="a list")
    order: Literal["given"] | tuple[str, ...] = Field("given", description="a word or a list")
    huge: int = Field(2**40, lt=2**60, description="a large number")
    by_name: dict[str, float] = Field(default_factory=dict, description="a mapping")
    bare: Any = 1


def test_kinds_ranges_and_choices_in_words() -> None:
    said = {one.name: one for one in describe(Every)}
    assert list(said) == [
        *("lambda", "count", "mode", "power", "sure", "widths", "order", "huge", "by_name", "bare")
    ]
    assert [(one.kind, one.range, one.choices) for one in said.values()] == [
        ("number", "above 0 and at most 1", ()),
        ("whole number or none", "at least 2", ()),
        ("word", "", ("slow", "fast")),
        ("whole number", "", (1, 2)),
        ("true or false", "", ()),
        ("list of whole numbers", "each above 0; at least 1 of them", ()),
        ("word or list of words", "", ("given",)),
        ("whole number", f"below {2**60}", ()),
        ("mapping", "", ()),
        ("anything", "", ()),
    ]
    assert (said["lambda"].default, said["widths"].default, said["by_name"].default) == (0.5, [4, 2], {})
    assert said["count"].searched == (2, 5)
    assert said["bare"].description == ""


class Opaque:
    """A type of which JSON knows nothing."""


class Foreign(Params):
    model_config = ConfigDict(arbitrary_types_allowed=True)

    own: Opaque | None = Field(None, description="somebody's own type")


def test_somebodys_own_type_may_be_anything() -> None:
    (one,) = describe(Foreign)
    assert (one.kind, one.default, one.description) == ("anything", None, "somebody's own type")


class Inner(BaseModel):
    a: int = 1


class Nested(Params):
    inner: Inner = Field(Inner(), description="a model")


def test_a_model_inside_is_not_taken_apart() -> None:
    (one,) = describe(Nested)
    assert (one.kind, one.default) == ("anything", {"a": 1})


class Demanding(Params):
    count: int = Field(description="must be given")


def test_a_parameter_without_a_default_is_an_error() -> None:
    with pytest.raises(UsageError, match=r"Demanding\.count"):
        describe(Demanding)
