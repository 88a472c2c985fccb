"""Documents: YAML that people write, read into typed models. Errors name file, line and field.

Scalars follow the core schema of YAML 1.2, in files and in ``--set`` alike: null, true and false in three
spellings each, whole numbers (``010`` is ten, ``0o10`` eight), fractions. All else is a word: yes, no,
``1_000``, ``1:30``, dates. Keys are words as they are written, and a key written twice is an error.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from recbench.documents.declared import fault
from recbench.errors import UsageError

Model = TypeVar("Model", bound=BaseModel)

_TAG = "tag:yaml.org,2002:"
_CORE = {
    "null": (r"~|null|Null|NULL|", [*"~nN", ""]),
    "bool": (r"true|True|TRUE|false|False|FALSE", [*"tTfF"]),
    "int": (r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", [*"-+0123456789"]),
    "float": (
        r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
        [*"-+.0123456789"],
    ),
}
"""Patterns of the core schema (YAML 1.2.2, section 10.3.2) in their order, and how such scalars begin."""

_DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}(?:(?:[Tt]|[ \t]+)\d{1,2}:\d{2}.*)?")
_LARGEST_FILE = 10 * 2**20
_DEEPEST, _MOST = 64, 1_000_000
"""Levels and values of a document; aliases count as what they stand for."""


class _Reader(yaml.SafeLoader):
    """PyYAML's parser with the scalars of YAML 1.2."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012

    def compose_scalar_node(self, anchor: Any) -> yaml.ScalarNode:
        """Return a scalar; what JSON writes as two halves (``\\ud83d\\ude00``) is one sign."""
        node = super().compose_scalar_node(anchor)
        if re.search("[\ud800-\udfff]", node.value):
            try:
                node.value = node.value.encode("utf-16", "surrogatepass").decode("utf-16")
            except UnicodeDecodeError as error:
                raise _problem(node, "it holds half a sign (a lone surrogate)") from error
        return node


class _Writer(yaml.SafeDumper):
    """Writes what :class:`_Reader` reads back as it was: words that look like something else in quotes."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012

    def ignore_aliases(self, data: Any) -> bool:
        return True


for _name, (_pattern, _starts) in _CORE.items():
    for _class in (_Reader, _Writer):
        _class.add_implicit_resolver(_TAG + _name, re.compile(rf"(?:{_pattern})\Z"), _starts)
_Writer.add_implicit_resolver(_TAG + "timestamp", re.compile(rf"(?:{_DATE.pattern})\Z"), [*"0123456789"])
_Writer.add_representer(
    float,
    lambda writer, value: (
        writer.represent_scalar(_TAG + "float", repr(value))
        if value - value == 0
        else yaml.SafeDumper.represent_float(writer, value)
    ),
)


def load_model(model: type[Model], path: Path, what: str, as_written: Collection[str] = ()) -> Model:
    """Read the YAML file ``path`` into a pydantic ``model``.

    Args:
        model: what the file describes.
        path: the file, in UTF-8.
        what: what the file is called in errors, such as ``schema``.
        as_written: fields in which a scalar is the word as written unless that is how the number or
            truth value it looks like is written: ``010`` and ``1.50`` are words there, ``10`` is ten.

    Raises:
        UsageError: the file cannot be read, is not YAML, or a field is wrong.
    """
    try:
        if path.exists() and not path.is_file():
            raise UsageError(f"cannot read {what} {path}: it is not a file.")
        if path.exists() and path.stat().st_size > _LARGEST_FILE:
            raise UsageError(f"cannot read {what} {path}: it is larger than 10 MiB.")
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise UsageError(f"cannot read {what} {path}: it is not UTF-8 text.") from error
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot read {what} {path}: {error}.") from error
    return parse_model(model, text, f"{what} {path}", as_written)


def parse_model(model: type[Model], text: str, where: str, as_written: Collection[str] = ()) -> Model:
    """Parse YAML ``text`` into a pydantic ``model``; ``where`` names the text in errors.

    Raises:
        UsageError: the text is not YAML, or a field is wrong.
    """
    tree, plain = _parse(text, where, as_written)
    if not isinstance(plain, dict):
        raise UsageError(f"{where} must be a mapping of fields, not {type(plain).__name__}.")
    return validated(model, plain, where, tree)


def parse_value(text: str, where: str) -> Any:
    """Parse one value, such as that of ``--set``: None, a truth value, number, word, list or mapping.

    Raises:
        UsageError: the text is not YAML.
    """
    return _parse(text, where, ())[1]


def validated(model: type[Model], plain: dict[str, Any], where: str, tree: Any = None) -> Model:
    """Return the ``model`` of ``plain`` data; ``tree`` is the YAML it came from, if any.

    Raises:
        UsageError: a field is wrong.
    """
    try:
        return model.model_validate(plain)
    except ValidationError as error:
        place, message = fault(error, plain, model)
        field = ".".join(_printable(str(part)) for part in place) or "(top level)"
        line = f", line {_line_of(tree, place)}" if tree is not None else ""
        raise UsageError(f"{where}{line}, field {field}: {_printable(message)}.") from error


def dump(plain: object, unicode: bool = True) -> str:
    """Return plain data as YAML that is read back as it was; mappings keep their order.

    Args:
        plain: what JSON knows.
        unicode: whether letters beyond ASCII stay, or are written as escapes.
    """
    text: str = yaml.dump(plain, Dumper=_Writer, sort_keys=False, allow_unicode=unicode)
    # PyYAML loses rare line breaks (U+0085 and the like) that it writes unescaped.
    same = _parse(text, "", ())[1] == plain
    return text if same else yaml.dump(plain, Dumper=_Writer, sort_keys=False)


def _parse(text: str, where: str, as_written: Collection[str]) -> tuple[yaml.Node | None, Any]:
    """Return the nodes of a document, which know their lines, and its plain data."""
    try:
        tree = yaml.compose(text, Loader=_Reader)
        return tree, None if tree is None else _Builder(as_written).value(tree)
    except yaml.reader.ReaderError as error:
        line = text[: error.position].count("\n") + 1
        problem = f"it holds the character {text[error.position]!r}"
        raise UsageError(f"{where}, line {line} is not valid YAML: {problem}.") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f", line {mark.line + 1}" if mark else ""
        problem = _printable(" ".join(str(getattr(error, "problem", None) or error).split()))
        raise UsageError(f"{where}{place} is not valid YAML: {problem}.") from error
    except RecursionError as error:
        raise UsageError(f"{where} is nested too deeply.") from error
    except (ValueError, OverflowError) as error:
        raise UsageError(f"{where} is not valid YAML: it names a sign that Unicode does not have.") from error


class _Builder:
    """Makes plain data of YAML nodes."""

    def __init__(self, as_written: Collection[str]) -> None:
        self._as_written = as_written
        self._built = 0

    def value(self, node: yaml.Node, depth: int = 0, written: bool = False) -> Any:
        """Return the value of a node; a scalar that counts as ``written`` is a word when in doubt."""
        self._built += 1
        if depth > _DEEPEST:
            raise _problem(node, "it is nested too deeply, or an alias stands for what it is part of")
        if self._built > _MOST:
            raise _problem(node, f"it holds more than {_MOST:,} values, aliases counted in full")
        if isinstance(node, yaml.MappingNode) and node.tag == _TAG + "map":
            return self._mapping(node, depth)
        if isinstance(node, yaml.SequenceNode) and node.tag == _TAG + "seq":
            return [self.value(part, depth + 1, written) for part in node.value]
        if isinstance(node, yaml.ScalarNode):
            return _scalar(node, written)
        raise _problem(node, f"the tag {node.tag} means nothing here")

    def _mapping(self, node: yaml.MappingNode, depth: int) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        for key, part in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise _problem(key, "a key must be a word")
            if key.value in fields:
                raise _problem(key, f"the key {key.value!r} is there twice")
            if key.value == "<<" and key.style is None:
                raise _problem(key, "YAML 1.2 has no merge keys (<<); write the fields out")
            fields[key.value] = self.value(part, depth + 1, key.value in self._as_written)
        return fields


def _scalar(node: yaml.ScalarNode, written: bool) -> Any:
    text, kind = node.value, node.tag.removeprefix(_TAG)
    if kind == "str":
        if written and node.style is None and _DATE.fullmatch(text):
            raise _problem(node, f"{text} is a date; put it in quotes to make it a word")
        return text
    if kind not in _CORE or not re.fullmatch(_CORE[kind][0], text):
        raise _problem(node, f"{text!r} does not fit the tag {node.tag}")
    if kind == "null":
        return None
    if kind == "bool":
        return text.lower() == "true"
    try:
        number = _whole(text) if kind == "int" else float(re.sub(r"\.(?=[iInN])", "", text))
    except ValueError as error:
        raise _problem(node, f"the number {text[:9]}... is too long") from error
    return text if written and str(number) != text else number


def _whole(text: str) -> int:
    base = {"0o": 8, "0x": 16}.get(text[:2], 10)
    return int(text, base)


def _problem(node: yaml.Node, problem: str) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=node.start_mark)


def _printable(text: str) -> str:
    return text if text.isprintable() else repr(text)[1:-1]


def _line_of(node: Any, place: tuple[int | str, ...]) -> int:
    """Return the line (from 1) of the deepest YAML node that ``place`` reaches."""
    line = int(node.start_mark.line) + 1
    for part in place:
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
