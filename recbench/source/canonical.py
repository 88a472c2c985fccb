"""Canonical: what a module's text means to a machine, and what it imports.

Python's own ``ast.dump`` differs between versions and holds what nobody runs. Here the syntax tree is
written without positions, docstrings, type comments and empty fields; imports are not written at all,
but each name they bind is written as what it stands for. So a comment changes nothing, nor does a
module that is imported from another place, while another function under the same name does.
"""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

_IMPLEMENTATION = re.compile(r"(?P<module>[A-Za-z_]\w*(?:\.\w+)+):(?P<attribute>\w+)")
"""How a card names its implementation."""

_UNSEEN = {"ctx", "type_comment", "kind", "type_ignores"}
"""Fields that say nothing of what runs."""

_FACE = {"__all__", "__version__"}
"""Assigned at the top of a module for readers and importers."""

_LAZY = {"_HOMES", "__getattr__", "__dir__"}
"""What a package that imports its names on first use consists of: import statements by other means."""


@dataclass(frozen=True, order=True)
class Import:
    """What a name stands for: a module, or (``attribute``) something in it. All names are absolute."""

    module: str
    attribute: str = ""


@dataclass
class Parsed:
    """A module read.

    Attributes:
        tokens: what runs; an :class:`Import` stands where a name that was imported is used.
        imports: everything it imports, wherever in the module.
        names: what the names that are bound by imports stand for; one may be bound to several things.
        homes: of a package that imports its names on first use, the module of each name.
        used: (module, attribute) of each attribute that is read off an imported module.
    """

    tokens: list[str | Import] = field(default_factory=list)
    imports: set[Import] = field(default_factory=set)
    names: dict[str, set[Import]] = field(default_factory=dict)
    homes: dict[str, str] = field(default_factory=dict)
    used: set[Import] = field(default_factory=set)

    @cached_property
    def digest(self) -> str:
        """Hash of the module's own text; where its imports come from does not count."""
        said = "\x1f".join(
            token if isinstance(token, str) else f"@{token.attribute}" for token in self.tokens
        )
        return hashlib.sha256(said.encode(errors="surrogatepass")).hexdigest()[:12]


def parse(text: bytes, name: str, is_package: bool, is_module: Callable[[str], bool]) -> Parsed:
    """Read a module.

    Args:
        text: its source.
        name: of the module, absolute.
        is_package: whether it is the ``__init__`` of a package.
        is_module: says whether there is a module of such a name, whose code counts.

    Raises:
        SyntaxError: it is not Python.
    """
    tree = ast.parse(text)
    reader = _Reader(name, is_package, is_module)
    reader.collect(tree)
    reader.write(tree)
    return reader.parsed


class _Reader:
    def __init__(self, name: str, is_package: bool, is_module: Callable[[str], bool]) -> None:
        self.parsed = Parsed()
        self._package = name if is_package else name.rpartition(".")[0]
        self._is_module = is_module

    def collect(self, tree: ast.Module) -> None:
        """Find the imports, and the names they bind."""
        for node in _running(tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    self.parsed.imports.add(Import(alias.name))
                    bound = alias.name if alias.asname else alias.name.partition(".")[0]
                    self._bind(alias.asname or bound, Import(bound))
            elif isinstance(node, ast.ImportFrom):
                module = self._absolute(node)
                for alias in node.names:
                    found = Import(module, alias.name)
                    self.parsed.imports.add(found)
                    self._bind(alias.asname or alias.name, found)
            elif isinstance(node, ast.Call) and (name := _imported_by_call(node)):
                self.parsed.imports.add(Import(name))
        self.parsed.homes.update(_homes(tree))

    def _bind(self, name: str, found: Import) -> None:
        self.parsed.names.setdefault(name, set()).add(found)

    def _absolute(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        parts = self._package.split(".")
        base = parts[: len(parts) - node.level + 1]
        return ".".join([*base, *([node.module] if node.module else [])])

    def write(self, tree: ast.Module) -> None:
        """Write what runs as tokens."""
        lazy = bool(self.parsed.homes)
        for statement in tree.body:
            if not _is_face(statement, lazy):
                self._write(statement)

    def _write(self, value: object) -> None:
        if isinstance(value, list):
            self._add("[")
            for item in value:
                self._write(item)
            self._add("]")
        elif isinstance(value, ast.If) and _is_type_checking(value):
            for statement in value.orelse:
                self._write(statement)
        elif isinstance(value, ast.AST):
            if not _is_silent(value):
                self._node(value)
        else:
            self._add(repr(value))

    def _node(self, node: ast.AST) -> None:
        if isinstance(node, ast.JoinedStr):
            self._add("JoinedStr")
            # Python 3.12.0 to 3.12.3 put empty texts into formats.
            self._write([part for part in node.values if not _is_empty(part)])
        elif isinstance(node, ast.Constant):
            self._add(self._constant(node.value))
        elif isinstance(node, ast.Name) and node.id in self.parsed.names:
            self._stands_for(self.parsed.names[node.id])
        elif isinstance(node, ast.Call) and (name := _imported_by_call(node)):
            self._stands_for({Import(name)})
        else:
            self._note_attribute(node)
            self._add(type(node).__name__)
            for name, value in ast.iter_fields(node):
                if name not in _UNSEEN and value is not None and value != []:
                    self._add(name)
                    self._write(value)
            self._add(";")

    def _stands_for(self, found: set[Import]) -> None:
        self._add("Import")
        self.parsed.tokens += sorted(found)

    def _constant(self, value: object) -> str:
        match = _IMPLEMENTATION.fullmatch(value) if isinstance(value, str) else None
        if match and self._is_module(match["module"]):
            # A card names its implementation: which module that is, the closure knows.
            return f"implementation {match['attribute']}"
        return f"{type(value).__name__} {value!r}"

    def _note_attribute(self, node: ast.AST) -> None:
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            for found in self.parsed.names.get(node.value.id, ()):
                module = f"{found.module}.{found.attribute}" if found.attribute else found.module
                self.parsed.used.add(Import(module, node.attr))

    def _add(self, token: str) -> None:
        self.parsed.tokens.append(token)


def _running(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes below one, without what only type checkers read."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and _is_type_checking(child):
            for statement in child.orelse:
                yield statement
                yield from _running(statement)
        else:
            yield child
            yield from _running(child)


def _is_type_checking(node: ast.If) -> bool:
    test = node.test
    return (isinstance(test, ast.Name) and test.id == "TYPE_CHECKING") or (
        isinstance(test, ast.Attribute) and test.attr == "TYPE_CHECKING"
    )


def _is_silent(node: object) -> bool:
    """Return whether a statement does nothing: a docstring, ``pass``, an import (its names are written)."""
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    return isinstance(node, (ast.Import, ast.ImportFrom, ast.Pass))


def _is_empty(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value == ""


def _is_face(node: ast.stmt, lazy: bool) -> bool:
    names = _FACE | _LAZY if lazy else _FACE
    if isinstance(node, ast.FunctionDef):
        return node.name in names
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return any(_is_named(target, names) for target in targets)


def _imported_by_call(node: ast.Call) -> str:
    """Return the module that ``import_module("...")`` imports, or nothing."""
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if name not in ("import_module", "__import__") or not node.args:
        return ""
    return _text(node.args[0])


def _homes(tree: ast.Module) -> dict[str, str]:
    for node in tree.body:
        if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Dict):
            continue
        if any(_is_named(target, {"_HOMES"}) for target in node.targets):
            pairs = zip(node.value.keys, node.value.values, strict=True)
            return {_text(name): _text(home) for name, home in pairs if _text(name) and _text(home)}
    return {}


def _is_named(target: object, names: set[str]) -> bool:
    return isinstance(target, ast.Name) and target.id in names


def _text(node: object) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
