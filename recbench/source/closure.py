"""Closure: the modules that code can reach, and one hash of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import entry_points, packages_distributions, version
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from recbench.errors import RecbenchError
from recbench.hashing import digest
from recbench.source.canonical import Import, Parsed, parse


@dataclass(frozen=True)
class Code:
    """What a piece of work can run.

    Attributes:
        version: hash of all of it. It does not depend on what the modules are called.
        modules: hash of each module's own text, by name; modules in which nothing runs are left out.
    """

    version: str
    modules: Mapping[str, str] = field(default_factory=dict)


class _Place(NamedTuple):
    """Where a module is; ``is_package`` for the ``__init__`` of one."""

    path: Path
    is_package: bool


class Source:
    """The modules of some packages, read and not run.

    Imports are followed as they stand in the text, wherever in a module: those of a function too, and
    those of packages that import their names on first use. What only type checkers import is left out.
    Modules of other packages are libraries: their versions are recorded elsewhere.

    Args:
        packages: the folders of each top-level package, or its single file.
    """

    def __init__(self, packages: Mapping[str, Sequence[Path]]) -> None:
        self._packages = packages
        self._places: dict[str, _Place | None] = {}
        self._parsed: dict[str, Parsed] = {}
        self._digests: dict[str, tuple[str, str]] = {}
        self._reached: dict[str, frozenset[str]] = {}

    @classmethod
    def installed(cls, *more: str) -> Source:
        """Return the source of recbench, of every package that registers a plug-in, and of ``more``."""
        groups = [group for group in entry_points().groups if group.startswith("recbench.")]
        named = {point.value for group in groups for point in entry_points(group=group)}
        tops = {name.partition(":")[0].partition(".")[0] for name in (*named, *more)}
        return cls({top: _folders(top) for top in sorted({"recbench", *tops})})

    def code(self, roots: Iterable[str]) -> Code:
        """Return what can be reached from the modules called ``roots``, themselves included.

        Raises:
            RecbenchError: there is no such module, or one that is imported is missing or no Python.
        """
        digests = {name: self._digest(name) for name in sorted(self.reached(roots))}
        running = {name: pair for name, pair in digests.items() if pair[0]}
        return Code(
            digest(sorted(full for _, full in running.values()), 12),
            {name: own for name, (own, _) in running.items()},
        )

    def reached(self, roots: Iterable[str]) -> set[str]:
        """Return the modules that can be reached, those in which nothing runs among them."""
        return set().union(*(self._closure(root) for root in roots))

    def _closure(self, root: str) -> frozenset[str]:
        if root not in self._reached:
            found: set[str] = set()
            waiting = self._with_parents(root)
            if not waiting:
                raise RecbenchError(f"there is no module {root!r} whose code could be looked at.")
            while waiting:
                name = waiting.pop()
                if name not in found:
                    found.add(name)
                    waiting |= self._imported(name)
            self._reached[root] = frozenset(found)
        return self._reached[root]

    def _with_parents(self, name: str) -> set[str]:
        """Return a module and the packages that Python imports before it; nothing for a library's."""
        parts = name.split(".")
        if parts[0] not in self._packages:
            return set()
        if self._place(name) is None and not self._is_namespace(name):
            raise RecbenchError(f"there is no module {name!r}.", "Was it renamed, or is it misspelt?")
        chain = [".".join(parts[:end]) for end in range(1, len(parts) + 1)]
        return {one for one in chain if self._place(one) is not None}

    def _imported(self, name: str) -> set[str]:
        parsed = self._read(name)
        found: set[str] = set()
        for one in parsed.imports:
            found |= self._with_parents(one.module)
            if one.attribute and self._place(f"{one.module}.{one.attribute}") is not None:
                found |= self._with_parents(f"{one.module}.{one.attribute}")
            elif one.attribute:
                found |= self._at_home(one)
        for one in parsed.used:
            found |= self._at_home(one)
        return found

    def _at_home(self, one: Import) -> set[str]:
        """Return the module that a package imports when this name is first asked for."""
        home = self._read(one.module).homes.get(one.attribute) if self._place(one.module) else None
        return self._with_parents(home) if home else set()

    def _digest(self, name: str) -> tuple[str, str]:
        """Return the hash of a module's own text, and one that covers what its imported names are.

        Both are empty if nothing in the module runs.
        """
        if name not in self._digests:
            parsed = self._read(name)
            if not parsed.tokens:
                return "", ""
            meant = [self._meaning(one, set()) for one in parsed.tokens if isinstance(one, Import)]
            self._digests[name] = parsed.digest, digest([parsed.digest, meant], 12)
        return self._digests[name]

    def _meaning(self, one: Import, passed: set[Import]) -> list[str]:
        """Return what an imported name is: of a library by its name, else the text it is defined in."""
        if one in passed or one.module.partition(".")[0] not in self._packages:
            return [one.module, one.attribute]
        passed.add(one)
        inner = f"{one.module}.{one.attribute}" if one.attribute else one.module
        if self._place(inner) is not None or not one.attribute:
            return [self._read(inner).digest if self._place(inner) else "", ""]
        if self._place(one.module) is None:
            return ["", one.attribute]
        parsed = self._read(one.module)
        if one.attribute in parsed.homes:
            return self._meaning(Import(parsed.homes[one.attribute], one.attribute), passed)
        elsewhere = sorted(parsed.names.get(one.attribute, ()))
        if elsewhere:
            return [part for other in elsewhere for part in self._meaning(other, passed)]
        return [parsed.digest, one.attribute]

    def _read(self, name: str) -> Parsed:
        if name not in self._parsed:
            place = self._place(name)
            assert place is not None
            self._parsed[name] = self._parse(name, place)
        return self._parsed[name]

    def _parse(self, name: str, place: _Place) -> Parsed:
        if place.path.suffix != ".py":
            # Without source, what was installed stands for it.
            return Parsed(tokens=[f"{place.path.name} {_distribution(name)}"])
        try:
            return parse(place.path.read_bytes(), name, place.is_package, self._is_module)
        except (OSError, SyntaxError, ValueError) as error:
            raise RecbenchError(f"module {name!r} cannot be read: {error}.") from error

    def _is_module(self, name: str) -> bool:
        return name.partition(".")[0] in self._packages and self._place(name) is not None

    def _place(self, name: str) -> _Place | None:
        if name not in self._places:
            self._places[name] = self._look(name)
        return self._places[name]

    def _look(self, name: str) -> _Place | None:
        top, *inner = name.split(".")
        for folder in self._packages.get(top, ()):
            if folder.is_file():
                return None if inner else _Place(folder, False)
            place = folder.joinpath(*inner)
            if (place / "__init__.py").is_file():
                return _Place(place / "__init__.py", True)
            if inner and place.with_name(f"{place.name}.py").is_file():
                return _Place(place.with_name(f"{place.name}.py"), False)
            compiled = [*place.glob("__init__.*"), *(place.parent.glob(f"{place.name}.*") if inner else ())]
            for path in sorted(compiled):
                if path.suffix in (".so", ".pyd", ".pyc"):
                    return _Place(path, path.name.startswith("__init__."))
        return None

    def _is_namespace(self, name: str) -> bool:
        top, *inner = name.split(".")
        return any(folder.joinpath(*inner).is_dir() for folder in self._packages.get(top, ()))


@cache
def code_of(*roots: str) -> Code:
    """Return the code that can be reached from these modules of what is installed.

    Raises:
        RecbenchError: there is no such module, or one that is imported is missing or no Python.
    """
    return _installed(frozenset(root.partition(".")[0] for root in roots)).code(roots)


@cache
def _installed(tops: frozenset[str]) -> Source:
    return Source.installed(*sorted(tops))


def _folders(top: str) -> list[Path]:
    try:
        spec = find_spec(top)
    except (ImportError, ValueError):
        spec = None
    if spec is None:
        return []
    if spec.submodule_search_locations:
        return [Path(folder) for folder in spec.submodule_search_locations]
    return [Path(spec.origin)] if spec.origin else []


def _distribution(name: str) -> str:
    found = packages_distributions().get(name.partition(".")[0], [])
    return ", ".join(f"{one} {version(one)}" for one in sorted(set(found)))
