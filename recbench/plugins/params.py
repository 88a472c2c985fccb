"""Parameters of plug-ins: pydantic models whose errors name the parameter and the nearest ones."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, ClassVar, Generic, cast, get_args

from pydantic import ConfigDict, ValidationError
from typing_extensions import TypeVar

from recbench.documents.declared import Declared, fault
from recbench.errors import UsageError, brief


class Params(Declared):
    """Base of every plug-in's parameters. Give each field a default and a description."""

    model_config = ConfigDict(populate_by_name=True)

    def plain(self) -> dict[str, Any]:
        """Return the parameters as YAML and JSON know them, by the names people type, defaults included."""
        return self.model_dump(mode="json", by_alias=True)


P = TypeVar("P", bound=Params, default=Any)


class Configured(Generic[P]):
    """Something with parameters, generic in the model of them.

    Attributes:
        Params: the model; ``class GenRe(RecourseMethod[GenReParams])`` has ``GenReParams``.
        params: the parameters.
    """

    Params: ClassVar[type[Params]] = Params
    params: P

    def __init_subclass__(cls, **words: object) -> None:
        super().__init_subclass__(**words)
        bases = [] if "Params" in cls.__dict__ else cls.__dict__.get("__orig_bases__", ())
        models = [one for base in bases for one in get_args(base) if isinstance(one, type)]
        cls.Params = next((one for one in models if issubclass(one, Params)), cls.Params)

    def _configure(self, values: Mapping[str, object], owner: str) -> None:
        """Take the parameters; unknown names and bad values raise ``UsageError``."""
        self.params = cast(P, make_params(self.Params, values, owner))


def searched(*values: Any) -> dict[str, Any]:
    """Declare the values of a field that ``recbench tune`` tries, as its ``json_schema_extra``."""
    return {"search": list(values)}


M = TypeVar("M", bound=Params)


def make_params(model: type[M], values: Mapping[str, object], owner: str) -> M:
    """Validate ``values`` for the plug-in called ``owner``.

    Raises:
        UsageError: a parameter is unknown (the nearest are named) or has a bad value.
    """
    try:
        return model.model_validate(dict(values))
    except ValidationError as error:
        place, message = fault(error, values)
        name = ".".join(map(str, place))
        if error.errors()[0]["type"] == "extra_forbidden":
            known = sorted(info.alias or key for key, info in model.model_fields.items())
            close = get_close_matches(name, known, n=3, cutoff=0.5)
            hint = (
                f"Did you mean {' or '.join(close)}?" if close else f"It has: {', '.join(known) or 'none'}."
            )
            raise UsageError(f"{owner} has no parameter {name!r}.", hint) from error
        if not place:
            raise UsageError(f"{owner}: {message}.") from error
        given: Any = values
        for part in place:
            given = given.get(part) if isinstance(given, Mapping) else given[part]
        raise UsageError(f"{owner}.{name} = {brief(given)}: {message}.") from error
