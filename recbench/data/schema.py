"""Schema: what each column means. Features in order, the target, and optionally an id column.

A schema is a declaration a person can write in YAML; it knows no data. The numbers that come from
training data (ranges, codes) live in :class:`recbench.data.encoding.Encoder`.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    Field,
    SerializerFunctionWrapHandler,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    model_serializer,
    model_validator,
)

from recbench.documents.declared import Declared
from recbench.documents.reading import dump, load_model

Scalar = bool | int | float | str
Kind = Literal["categorical", "ordinal", "integer", "continuous"]
"""``categorical``: no order; ``ordinal``: categories in the order given; the others are numbers."""

_SMALLEST_STEP = 1e-300
"""float64 ends not far below, and above its reciprocal."""


def _sayable(value: Any) -> Any:
    """Refuse what is neither a word nor a number nor a truth value, in words that say what it is."""
    if value is None:
        raise ValueError("an empty value (null) is no category or label; put a word in quotes")
    if not isinstance(value, bool | int | float | str):
        kind = type(value).__name__
        raise ValueError(f"a {kind} is no category or label; write a word, a number, true or false")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{value} is no category or label; put a word in quotes")
    return value


def _listed(value: Any) -> Any:
    return value if isinstance(value, list | tuple | set) else (value,)


_Said = Annotated[StrictBool | StrictInt | StrictFloat | StrictStr, BeforeValidator(_sayable)]
_AS_WRITTEN = ("categories", "favourable")
"""Fields of a schema file whose scalars count as written: ``010`` is a word, neither ten nor eight."""


def _repeated(values: tuple[Scalar, ...]) -> bool:
    """Return whether a value is listed twice; 1, 1.0 and "1" are the same: a reader may give any of them."""
    texts = [str(int(value) if _is_whole(value) else value) for value in values]
    return len(set(texts)) < len(texts)


def _is_whole(value: Scalar) -> bool:
    return isinstance(value, float) and value.is_integer()


class Feature(Declared):
    """One column a method may look at, and what may be done to it.

    ``lower`` and ``upper`` are in the column's own units and default to the training range.
    ``monotone`` names the only direction in which a person can move (age: ``increase``).
    A number moves on the multiples of ``step``, in own units: by default 1 for an integer, and for a
    continuous one the precision of its training values (0.01 where they have two decimals).
    """

    name: str = Field(min_length=1)
    kind: Kind
    categories: tuple[_Said, ...] = ()
    lower: float | None = None
    upper: float | None = None
    immutable: bool = False
    monotone: Literal["increase", "decrease"] | None = None
    step: float | None = None

    @property
    def discrete(self) -> bool:
        """Whether the feature takes one of ``categories``."""
        return self.kind in ("categorical", "ordinal")

    @model_validator(mode="after")
    def _consistent(self) -> Feature:
        if self.discrete:
            if not self.categories:
                raise ValueError(f"feature {self.name!r} is {self.kind}: list its categories")
            if _repeated(self.categories):
                raise ValueError(f"feature {self.name!r} lists a category twice")
            if self.lower is not None or self.upper is not None:
                raise ValueError(f"feature {self.name!r} is {self.kind}: it has categories, not bounds")
            if self.step is not None:
                raise ValueError(f"feature {self.name!r} is {self.kind}: it has categories, not a step")
        elif self.categories:
            raise ValueError(f"feature {self.name!r} is {self.kind}: it has bounds, not categories")
        if self.kind == "categorical" and self.monotone:
            raise ValueError(f"feature {self.name!r}: categories without an order cannot be monotone")
        if self.lower is not None and self.upper is not None:
            if self.lower > self.upper:
                raise ValueError(f"feature {self.name!r}: lower {self.lower:g} is above upper {self.upper:g}")
            if self.kind == "integer" and math.ceil(self.lower) > math.floor(self.upper):
                bounds = f"{self.lower:g} and {self.upper:g}"
                raise ValueError(f"feature {self.name!r}: no whole number lies between {bounds}")
        return self

    @model_validator(mode="after")
    def _has_a_step_of_its_kind(self) -> Feature:
        if self.step is not None:
            if not _SMALLEST_STEP <= self.step <= 1 / _SMALLEST_STEP:
                raise ValueError(f"feature {self.name!r}: step {self.step:g} is not a positive number")
            if self.kind == "integer" and not self.step.is_integer():
                raise ValueError(f"feature {self.name!r} is integer: its step {self.step:g} is not whole")
        return self

    @model_serializer(mode="wrap")
    def _without_undeclared_step(self, plain: SerializerFunctionWrapHandler) -> dict[str, Any]:
        # The content hash of data sets that declare none is computed from this, and stays as it was.
        fields: dict[str, Any] = plain(self)
        if self.step is None:
            fields.pop("step", None)
        return fields


class Target(Declared):
    """The label column and the label or labels a person hopes for (every other one is unfavourable)."""

    name: str = Field(min_length=1)
    favourable: Annotated[tuple[_Said, ...], BeforeValidator(_listed)] = Field(min_length=1)

    @model_validator(mode="after")
    def _distinct(self) -> Target:
        if _repeated(self.favourable):
            raise ValueError(f"target {self.name!r} lists a favourable label twice")
        return self

    @property
    def words(self) -> str:
        """The target class as people read it, for example ``income = 1``."""
        return f"{self.name} = {' or '.join(map(str, self.favourable))}"


class Schema(Declared):
    """Ordered features, the target, and the column that identifies a person (``id``), if there is one."""

    features: tuple[Feature, ...] = Field(min_length=1)
    target: Target
    id: str | None = Field(None, min_length=1)

    @model_validator(mode="after")
    def _distinct(self) -> Schema:
        columns = [*self.names, self.target.name, *([self.id] if self.id else [])]
        twice = sorted({name for name in columns if columns.count(name) > 1})
        if twice:
            raise ValueError(f"column named twice: {', '.join(twice)}")
        return self

    @property
    def names(self) -> list[str]:
        """Feature names, in order."""
        return [feature.name for feature in self.features]

    def __len__(self) -> int:
        return len(self.features)

    def index(self, name: str) -> int:
        """Return the position of the feature called ``name``."""
        return self.names.index(name)

    @classmethod
    def from_yaml(cls, path: Path) -> Schema:
        """Read a schema file.

        Raises:
            UsageError: the file is missing, is not YAML, or a field is wrong (file and field are named).
        """
        return load_model(cls, path, "schema", _AS_WRITTEN)

    def to_yaml(self) -> str:
        """Return the YAML that :meth:`from_yaml` reads back into an equal schema."""
        return dump(self.model_dump(mode="json", exclude_defaults=True))
