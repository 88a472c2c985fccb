"""Declared: the base of every model that a person can write, in a file, on the command line or in Python."""

from __future__ import annotations

import numbers
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, ValidationError, model_validator
from pydantic_core import CoreSchema, ErrorDetails, core_schema

_LARGEST = 2**63 - 1
"""Whole numbers beyond it fit no integer of torch, NumPy, Arrow or SQLite."""


def _strict(schema: Any, model: type[BaseModel]) -> Any:
    """Return a core schema whose numbers, unless strict already, refuse words and truth values."""
    if isinstance(schema, list):
        return [_strict(part, model) for part in schema]
    if not isinstance(schema, dict):
        return schema
    kind = schema.get("type")
    if kind in ("int", "float") and not schema.get("strict"):
        return core_schema.no_info_before_validator_function(_whole if kind == "int" else _number, schema)
    if kind == "model" and schema.get("cls") is not model:
        return schema
    kept = ("default", "expected", "function", "config", "metadata", "serialization", "cls")
    return {key: part if key in kept else _strict(part, model) for key, part in schema.items()}


def _number(value: object) -> object:
    if isinstance(value, str | bytes | bool):
        raise ValueError(
            f"{value!r} is {'a truth value' if isinstance(value, bool) else 'a word'}, not a number"
        )
    return value


def _whole(value: object) -> object:
    number = _number(value)
    if isinstance(number, int) and abs(number) > _LARGEST:
        raise ValueError("the number is too large")
    return number


def _numbers(value: object) -> Iterable[object]:
    """Yield the fractions inside a value, at any depth; whole numbers are finite."""
    if isinstance(value, float | Decimal) or (isinstance(value, numbers.Real) and not isinstance(value, int)):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _numbers(part)
    elif isinstance(value, list | tuple | set | frozenset):
        for part in value:
            yield from _numbers(part)


class Declared(BaseModel):
    """Frozen, and strict: no unknown field, no word for a number, no number that is not finite.

    The last holds at any depth, for defaults and for fields of any type: what is declared is kept as
    JSON, which has no NaN. Subclasses, plug-ins' included, need do nothing for it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Return pydantic's schema with every number in it made strict about what it is given."""
        schema: CoreSchema = _strict(handler(source), cls)
        return schema

    @model_validator(mode="after")
    def _holds_only_finite_numbers(self) -> Declared:
        for name, value in self:
            for number in _numbers(value):
                if not Decimal(str(number)).is_finite():
                    raise ValueError(f"{name} holds {number}, which is no finite number")
        return self


_TOLD = 3
"""Faults beside the first that an error tells."""


def fault(
    error: ValidationError, given: object, model: type[BaseModel] | None = None
) -> tuple[tuple[int | str, ...], str]:
    """Return the place of the first fault, as far as ``given`` has it, and what is wrong there, in one line.

    The place is a path of fields and positions; a field that is missing or unknown is its last part. Behind
    it stand the next faults with their places.

    Args:
        error: what pydantic said.
        given: what it looked at.
        model: whose fields are suggested for an unknown one.
    """
    faults = error.errors(include_url=False, include_context=False)
    places = [one["loc"] for one in faults]
    # A list whose items are faulty is also said to be too short.
    faults = [
        one
        for one in faults
        if one["type"] != "too_short" or not any(_is_within(place, one["loc"]) for place in places)
    ]
    first, *others = faults
    place, message = _one_fault(first, given, model)
    for other in others[:_TOLD]:
        where, said = _one_fault(other, given, model)
        message += f"; {'.'.join(map(str, where)) or 'top level'}: {said}"
    more = len(others) - _TOLD
    return place, message + (f"; and {more} more faults" if more > 0 else "")


def _is_within(place: tuple[int | str, ...], other: tuple[int | str, ...]) -> bool:
    return len(place) > len(other) and place[: len(other)] == other


def _one_fault(
    one: ErrorDetails, given: object, model: type[BaseModel] | None
) -> tuple[tuple[int | str, ...], str]:
    place: list[int | str] = []
    for part in one["loc"]:
        known = isinstance(given, Mapping) and part in given
        known = known or (isinstance(given, list | tuple) and isinstance(part, int) and part < len(given))
        if not known and not (isinstance(given, Mapping) and one["type"] == "missing"):
            # pydantic goes on with the alternatives of a union, which nobody wrote.
            break
        place.append(part)
        given = given[part] if known else None  # type: ignore[index]
    message = one["msg"].removeprefix("Value error, ")
    if one["type"] == "string_type" and isinstance(one["input"], bool | int | float):
        message = f"{one['input']!r} is no word; put it in quotes to make it one"
    if one["type"] == "extra_forbidden":
        names = _fields(model, place[:-1])
        close = get_close_matches(str(place[-1]), names, n=2, cutoff=0.5) if place else []
        hint = f"did you mean {' or '.join(close)}?" if close else f"there are {', '.join(names)}"
        message = f"there is no such field ({hint})" if names else "there is no such field"
    return tuple(place), " ".join(message.split())


def _fields(model: type[BaseModel] | None, place: Sequence[int | str]) -> list[str]:
    """Return the names of the fields at a place of a model; none if it cannot be told."""
    for part in place:
        if model is None:
            return []
        if isinstance(part, str):
            info = model.model_fields.get(part)
            model = next(_models(info.annotation), None) if info else None
    return [] if model is None else sorted(info.alias or name for name, info in model.model_fields.items())


def _models(annotation: object) -> Iterator[type[BaseModel]]:
    """Yield the models that a type speaks of."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)
