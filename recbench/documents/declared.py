"""Declared: the base of every model that a person can write, in a file, on the command line or in Python."""

from __future__ import annotations

import numbers
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, ValidationError, model_validator
from pydantic_core import CoreSchema, core_schema

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


def fault(error: ValidationError, given: object) -> tuple[tuple[int | str, ...], str]:
    """Return the place of the first fault, as far as ``given`` has it, and what is wrong there, in one line.

    The place is a path of fields and positions; a field that is missing or unknown is its last part.
    """
    first = error.errors(include_url=False, include_context=False)[0]
    place: list[int | str] = []
    for part in first["loc"]:
        known = isinstance(given, Mapping) and part in given
        known = known or (isinstance(given, list | tuple) and isinstance(part, int) and part < len(given))
        if not known and not (isinstance(given, Mapping) and first["type"] == "missing"):
            # pydantic goes on with the alternatives of a union, which nobody wrote.
            break
        place.append(part)
        given = given[part] if known else None  # type: ignore[index]
    message = first["msg"].removeprefix("Value error, ")
    if first["type"] == "string_type" and isinstance(first["input"], bool | int | float):
        message = f"{first['input']!r} is no word; put it in quotes to make it one"
    more = error.error_count() - 1
    return tuple(place), " ".join(message.split()) + (f" (and {more} more)" if more else "")
