"""Schema: what each column means. Features in order, the target, and optionally an id column.

A schema is a declaration a person can write in YAML; it knows no data. The numbers that come from
training data (ranges, codes) live in :class:`recbench.encoding.Encoder`.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Literal, TypeVar

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    ValidationError,
    model_serializer,
    model_validator,
)

from recbench.errors import UsageError

Model = TypeVar("Model", bound=BaseModel)

Scalar = bool | int | float | str
Kind = Literal["categorical", "ordinal", "integer", "continuous"]
"""``categorical``: no order; ``ordinal``: categories in the order given; the others are numbers."""

_SMALLEST_STEP = 1e-300
"""float64 ends not far below, and above its reciprocal."""


def _is_whole(value: Scalar) -> bool:
    return isinstance(value, float) and value.is_integer()


class Feature(BaseModel):
    """One column a method may look at, and what may be done to it.

    ``lower`` and ``upper`` are in the column's own units and default to the training range.
    ``monotone`` names the only direction in which a person can move (age: ``increase``).
    A number moves on the multiples of ``step``, in own units: by default 1 for an integer, and for a
    continuous one the precision of its training values (0.01 where they have two decimals).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    kind: Kind
    categories: tuple[Scalar, ...] = ()
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
            # 1 and 1.0 are the same category: a file reader may give either.
            texts = [str(int(value) if _is_whole(value) else value) for value in self.categories]
            if len(set(texts)) < len(texts):
                raise ValueError(f"feature {self.name!r} lists a category twice")
            if self.lower is not None or self.upper is not None:
                raise ValueError(f"feature {self.name!r} is {self.kind}: it has categories, not bounds")
            if self.step is not None:
                raise ValueError(f"feature {self.name!r} is {self.kind}: it has categories, not a step")
        elif self.categories:
            raise ValueError(f"feature {self.name!r} is {self.kind}: it has bounds, not categories")
        if self.kind == "categorical" and self.monotone:
            raise ValueError(f"feature {self.name!r}: categories without an order cannot be monotone")
        if self.lower is not None and self.upper is not None and self.lower > self.upper:
            raise ValueError(f"feature {self.name!r}: lower {self.lower:g} is above upper {self.upper:g}")
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


class Target(BaseModel):
    """The label column and the label or labels a person hopes for (every other one is unfavourable)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    favourable: tuple[Scalar, ...] = Field(min_length=1)

    @property
    def words(self) -> str:
        """The target class as people read it, for example ``income = 1``."""
        return f"{self.name} = {' or '.join(map(str, self.favourable))}"


class Schema(BaseModel):
    """Ordered features, the target, and the column that identifies a person (``id``), if there is one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    features: tuple[Feature, ...] = Field(min_length=1)
    target: Target
    id: str | None = None

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
        return load_model(cls, path, "schema")

    def to_yaml(self) -> str:
        """Return the YAML that :meth:`from_yaml` reads back into an equal schema."""
        plain = self.model_dump(mode="json", exclude_defaults=True)
        text: str = yaml.safe_dump(plain, sort_keys=False, allow_unicode=True)
        # PyYAML loses rare line breaks (U+0085 and the like) that it writes unescaped.
        return text if yaml.safe_load(text) == plain else yaml.safe_dump(plain, sort_keys=False)


class _Loader(yaml.SafeLoader):
    """YAML 1.2 in one respect: yes, no, on and off are words. People use them as categories."""


_Loader.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)


def load_model(model: type[Model], path: Path, what: str) -> Model:
    """Read YAML ``path`` into a pydantic ``model``; errors name file, line and field."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read {what} {path}: {error}.") from error
    return parse_model(model, text, f"{what} {path}")


def parse_model(model: type[Model], text: str, where: str) -> Model:
    """Parse YAML ``text`` into a pydantic ``model``; ``where`` names the text in errors."""
    try:
        plain = yaml.load(text, Loader=_Loader)
        tree = yaml.compose(text, Loader=_Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f", line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or error
        raise UsageError(f"{where}{place} is not valid YAML: {problem}.") from error
    if not isinstance(plain, dict):
        raise UsageError(f"{where} must be a mapping of fields, not {type(plain).__name__}.")
    try:
        return model.model_validate(plain)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "(top level)"
        message = first["msg"].removeprefix("Value error, ")
        more = error.error_count() - 1
        rest = f" (and {more} more)" if more else ""
        line = _line_of(tree, first["loc"])
        raise UsageError(f"{where}, line {line}, field {field}: {message}{rest}.") from error


def _line_of(node: Any, location: tuple[int | str, ...]) -> int:
    """Return the line (from 1) of the deepest YAML node that ``location`` reaches."""
    line = int(node.start_mark.line) + 1
    for part in location:
        if isinstance(node, yaml.MappingNode):
            children = {key.value: (key, value) for key, value in node.value}
            if str(part) not in children:
                break
            key, node = children[str(part)]
            line = int(key.start_mark.line) + 1
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = int(node.start_mark.line) + 1
        else:
            break
    return line
