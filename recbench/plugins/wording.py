"""Wording: what a plug-in's parameters are called, mean and may be, in words, from their model alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from pydantic.errors import PydanticInvalidForJsonSchema

from recbench.plugins.params import Params, make_params

_KINDS = {
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "string": "word",
    "null": "none",
    "object": "mapping",
}
_BOUNDS = {
    "minimum": "at least",
    "exclusiveMinimum": "above",
    "maximum": "at most",
    "exclusiveMaximum": "below",
}


@dataclass(frozen=True)
class Parameter:
    """One parameter of a plug-in.

    Attributes:
        name: as people type it: ``lambda``, never ``lambda_``.
        kind: its type in words, for example ``number or none``.
        default: as JSON knows it.
        range: its bounds in words; empty if it has none.
        choices: what it may be; empty if that cannot be listed.
        description: what it means.
        searched: the values that ``recbench tune`` tries; empty if it leaves the parameter alone.
    """

    name: str
    kind: str
    default: object
    range: str
    choices: tuple[object, ...]
    description: str
    searched: tuple[object, ...]


def describe(model: type[Params]) -> list[Parameter]:
    """Return the parameters of a plug-in, in the order in which its model has them.

    Raises:
        UsageError: a parameter has no default, or one that it does not allow.
    """
    defaults = make_params(model, {}, model.__name__).plain()
    try:
        schemas = model.model_json_schema(by_alias=True).get("properties", {})
    except PydanticInvalidForJsonSchema:
        # Somebody's own type, of which only its author knows what it may be.
        schemas = {}
    found = []
    for key, info in model.model_fields.items():
        name = info.alias or key
        said = _said(schemas.get(name, {}))
        found.append(
            Parameter(
                name,
                said.kind,
                defaults[name],
                said.range,
                said.choices,
                info.description or "",
                _searched(info.json_schema_extra),
            )
        )
    return found


class _Said(NamedTuple):
    """Kind, range and choices of a JSON schema."""

    kind: str
    range: str
    choices: tuple[object, ...]


def _said(schema: Mapping[str, Any]) -> _Said:
    if "anyOf" in schema:
        parts = [_said(part) for part in schema["anyOf"]]
        return _Said(
            " or ".join(part.kind for part in parts),
            " or ".join(part.range for part in parts if part.range),
            tuple(choice for part in parts for choice in part.choices),
        )
    kind = _KINDS.get(str(schema.get("type")), "anything")
    choices = schema.get("enum", [schema["const"]] if "const" in schema else [])
    bounds = [f"{word} {_number(schema[key])}" for key, word in _BOUNDS.items() if key in schema]
    if schema.get("type") != "array":
        return _Said(kind, " and ".join(bounds), tuple(choices))
    each = _said(schema.get("items", {}))
    ranges = [f"each {each.range}"] if each.range else []
    ranges += [f"at least {schema['minItems']} of them"] if "minItems" in schema else []
    return _Said(f"list of {each.kind}s", "; ".join(ranges), each.choices)


def _number(value: float) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _searched(extra: object) -> tuple[object, ...]:
    values = extra.get("search", ()) if isinstance(extra, Mapping) else ()
    return tuple(values)
