"""Arguments: command lines made of the commands and options there are, with values nobody hoped for."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import click

from .case import FINE, Case, Scene
from .hostile import CONTROL, NAMES, NUMBERS, PATHS
from .made import made

_CODES = frozenset({0, 1, 2, 3})
_NOT = {("ui",), ("tune",), ("check",), ("sync",), ("data", "fetch"), ("plot",), ("report",)}
"""Commands that serve, compute for minutes, download or draw: they are only called wrongly."""
_HEAVY = {"--scheduler", "--tracking-uri", "--jobs", "--device"}
"""Options that start something; what they are given is tried where nothing runs."""
_SOME = {
    "suite": ["quick", "genre-paper", "suite.yaml", "nosuch", "missing.yaml"],
    "methods": ["nnr", "nnr,unchanged", "all", ",", "nosuch", "nnr,,nnr", "NNR"],
    "method": ["nnr", "unchanged", "nosuch"],
    "datasets": ["people", "loan", "moons,corr", "nosuch"],
    "classifiers": ["linear", "mlp,forest", "nosuch"],
    "metrics": ["cost", "score,found", "nosuch", ","],
    "metric": ["score", "nosuch"],
    "seeds": ["0", "0-1", "-1", "3-1", "0-20000000", "9" * 30, "1,1", "0x1"],
    "factuals": ["5", "all", "0", "-1", "1.5", "9" * 30],
    "settings": ["nnr.gamma=0.6", "nnr.gamma=.nan", "nnr.gamma=[[[[", "gamma=1", "linear.x=1", "=", "nnr.=1"],
    "data": ["people.csv", "people.yaml", "missing.csv"],
    "schema": ["people.yaml", "people.csv"],
    "results": ["results", "new"],
    "cell": ["0", "f", "", "zzz", "f" * 24],
    "person": ["1", "p001", "nobody"],
    "sweep": ["", "0", "nosuch"],
    "against": ["nnr", "nosuch"],
    "device": ["cpu", "cuda:99", "gpu", "cuda:x"],
    "cell_timeout": ["10m", "-1s", "9" * 30, "1y", "0"],
    "cell_memory": ["8G", "99999999999999999999G", "0", "-1G"],
    "resources": ["GPU=1", "GPU", "GPU=x", "=1", "GPU=1,GPU=2"],
    "out": ["out.csv", "new/out.tex", "out.json", "people.csv/x", "results"],
    "archive": ["all.tar.gz", "people.csv", "missing"],
    "name": ["compas", "loan", "nosuch"],
    "names": ["compas", "loan", "nosuch"],
    "formats": ["png", "pdf,nosuch"],
    "figures": ["nosuch"],
}
"""Values that mean something, by the parameter's name, beside some that nearly do."""


@cache
def commands() -> dict[tuple[str, ...], click.Command]:
    """Return every command of recbench, groups left out, by its words."""
    from recbench.cli import cli

    found: dict[tuple[str, ...], click.Command] = {}
    waiting: list[tuple[tuple[str, ...], click.Command]] = [((), cli)]
    while waiting:
        words, command = waiting.pop()
        if isinstance(command, click.Group):
            context = click.Context(command)
            for name in command.list_commands(context):
                child = command.get_command(context, name)
                assert child is not None
                waiting.append(((*words, name), child))
        else:
            found[words] = command
    return dict(sorted(found.items()))


def case(rng: random.Random) -> Case:
    """Return a command line in a folder with a table, a schema, a suite and results."""
    folder = made()
    if rng.random() < 0.03:
        words = [_hostile(rng) for _ in range(rng.randint(0, 3))]
        words = [word for word in words if word not in ("ui", "tune", "check", "sync")]
        return Case(words, {}, _CODES, ["no command"], folder.copy_to)
    name, command = rng.choice(list(commands().items()))
    filters = {"datasets", "methods"} if name == ("store", "list") else set()
    words, broken, said = [], False, []
    params = [param for param in command.params if not _starts_something(param)]
    for param in params:
        wanted = param.required or rng.random() < min(0.5, 2.5 / len(params))
        times = rng.choice([1, 1, 1, 2]) if wanted else 0
        for time in range(times):
            given, wrong = _given(param, rng)
            words += given
            if (
                wrong and param.name not in filters and (param.multiple or time == times - 1)
            ):  # the last one counts
                broken = True
                said.append(f"{param.name} is wrong")
    if name in _NOT and not broken:
        words.append(rng.choice(["--help", "--nosuch-option"]))
    if name == ("run",):
        words += ["--dry-run", "--no-tracking"]
    words = [*name, *words]
    codes = _CODES
    if {"--help", "-h", "--list"} & set(words):
        codes = frozenset({0, 2})
    elif broken:
        codes = _CODES - FINE
        said.append("so it must not work")
    only_says = name[0] in ("run", "show", "table", "status") and not _writes(words)
    before: dict[str, int] | None = {} if only_says else None

    def prepare(home: Path) -> None:
        folder.copy_to(home)
        if before is not None:
            before.update(_files(home))

    def check(scene: Scene) -> Iterator[str]:
        if before is not None:
            changed = {path for path, what in _files(scene.home).items() if before.get(path) != what}
            if changed or set(before) - set(_files(scene.home)):
                yield f"it only says something, and yet {sorted(changed)[:3]} changed"

    return Case(words, {}, codes, said, prepare, check)


def _starts_something(param: click.Parameter) -> bool:
    return bool(_HEAVY & set(param.opts)) or param.name in ("debug",)


def _writes(words: list[str]) -> bool:
    return any(word.startswith("--out") for word in words)


def _files(home: Path) -> dict[str, int]:
    """Return the files of a folder; the index is a copy that any command may renew."""
    paths = (path for path in home.rglob("*") if not path.name.startswith("index.sqlite"))
    return {str(path): path.lstat().st_size for path in paths if not path.is_dir()}


def _given(param: click.Parameter, rng: random.Random) -> tuple[list[str], bool]:
    """Return a parameter with a value, as words, and whether it is surely wrong."""
    if isinstance(param, click.Option) and param.is_flag:
        return [rng.choice([*param.opts, *param.secondary_opts])], False
    value, wrong = _value(param, rng)
    if isinstance(param, click.Argument):
        return [value], wrong and not value.startswith("-")
    return ([f"{param.opts[0]}={value}"] if rng.random() < 0.5 else [param.opts[0], value]), wrong


def _value(param: click.Parameter, rng: random.Random) -> tuple[str, bool]:
    kind: Any = param.type
    if isinstance(kind, click.Choice):
        value = rng.choice([*map(str, kind.choices), *map(str, kind.choices), _hostile(rng)])
        return value, value not in kind.choices
    if isinstance(kind, click.IntRange) or kind is click.INT:
        value = rng.choice(["1", "2", "0", "-1", *NUMBERS])
        return value, not _inside(value, kind)
    if rng.random() < 0.65 and param.name in _SOME:
        value = rng.choice(_SOME[param.name])
    else:
        value = rng.choice(PATHS) if isinstance(kind, click.Path) and rng.random() < 0.7 else _hostile(rng)
    return value, "nosuch" in value and param.name not in ("out", "results") and "," not in value


def _inside(value: str, kind: Any) -> bool:
    try:
        number = int(value)
    except ValueError:
        return False
    low, high = getattr(kind, "min", None), getattr(kind, "max", None)
    return (low is None or number >= low) and (high is None or number <= high)


def _hostile(rng: random.Random) -> str:
    return rng.choice(
        [*NAMES, *CONTROL, *NUMBERS, *PATHS, "--help", "-", "--", "--no-such", "-x", "--results"]
    )
