"""Suites: YAML files that ask for what cannot be, or for something else than they seem to."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from typing import Any

from . import world
from .asked import CLASSIFIERS, METHODS, METRICS, meaning, parameters
from .case import EITHER, FINE, REFUSED, Case, Scene, Wrong
from .hostile import TEXTS
from .world import World
from .yamls import Map, Plain, emit, mutate

_WHOLE, _MOST = 20, 500
"""One suite in so many is run, unless it asks for more cells."""
WORDS = [
    "run",
    "suite.yaml",
    "--data",
    "people.csv",
    "--schema",
    "people.yaml",
    "--dry-run",
    "--json",
    "--no-tracking",
]


def case(rng: random.Random) -> Case:
    """Return a suite with up to three changes, or noise, for a small table."""
    people = world.make(rng, rows=24, odd=0.1)
    files = {"people.csv": people.table(), "people.yaml": people.schema_file(rng)}
    if rng.random() < 0.05:
        return Case(
            WORDS,
            {**files, "suite.yaml": rng.choice(TEXTS).encode("utf-8", "surrogatepass")},
            EITHER,
            ["noise"],
        )
    tree = _suite(people, rng)
    said = [mutate(tree, rng) for _ in range(rng.choice([0, 1, 1, 1, 2]))]
    files["suite.yaml"] = emit(tree, rng).encode()
    settings = _settings(rng)
    words = [*WORDS, *settings]
    try:
        count, sure = meaning(tree, people)
    except Wrong as error:
        return Case(words, files, REFUSED, [*said, f"wrong: {error}"])
    except RecursionError:
        return Case(words, files, EITHER, said)
    if settings:
        return Case(words, files, EITHER, said)

    whole = rng.random() < 1 / _WHOLE

    def check(scene: Scene) -> Iterator[str]:
        if (scene.home / "results").exists():
            yield "a dry run made the results folder"
        if scene.outcome.code != 0:
            return
        cells = json.loads(scene.outcome.out)
        if count is not None and len({(cell["key"], cell["cell"]) for cell in cells}) != count:
            yield f"{len(cells)} cells, the suite asks for {count}"
        if whole and len(cells) < _MOST and _is_small(tree):
            yield from _really(scene)

    return Case(words, files, FINE if sure else EITHER, said, check=check)


def _is_small(tree: Map) -> bool:
    """Return whether a suite runs in a moment once its methods and classifiers are others."""
    text = emit(Map([pair for pair in tree.pairs if pair[0] in ("judge", "threads")]), random.Random(0))
    return not re.search(r"(trees|threads)[^0-9]{1,3}[0-9a-fx.]{3}", text)


def _really(scene: Scene) -> Iterator[str]:
    """Run what a suite asks for beside methods and classifiers, and yield what failed in a cell."""
    words = [word for word in WORDS if word not in ("--dry-run", "--json")]
    words += ["--methods", "nnr,unchanged", "--classifiers", "linear", "--factuals", "5", "--seeds", "0"]
    scene.recbench(*words, codes={0, 2, 3})
    for path in scene.home.glob("results/cells/*/cell.json"):
        record = json.loads(path.read_text(encoding="utf-8"))
        if "Error: " in record["reason"]:
            yield f"{record['cell']['label']} failed with {record['reason']}"
        for metric, why in record["unscored"].items():
            yield f"{record['cell']['label']} has no {metric}: {why}"


def _settings(rng: random.Random) -> list[str]:
    """Return a flag that sets a parameter, rarely."""
    if rng.random() < 0.9:
        return []
    name = rng.choice(["nnr", "linear", "mlp", "nosuch"])
    value = rng.choice([*TEXTS, "0.6", ".nan", "010", "1:30", "1_0", "2020-01-01", "{a: 1, a: 2}"])
    return [
        "--set",
        f"{name}.{rng.choice(['gamma', 'epochs', 'x', ''])}={value}".encode("utf-8", "replace").decode(),
    ]


def _suite(people: World, rng: random.Random) -> Map:
    """Return a suite without a fault."""
    pairs: list[tuple[str, Any]] = [
        ("methods", [_method(name, rng) for name in rng.sample(METHODS, rng.randint(1, 4))])
    ]
    choices: dict[str, Any] = {
        "name": "mine",
        "description": "what it: is",
        "classifiers": [
            _named(name, rng, "classifier") for name in rng.sample(CLASSIFIERS, rng.randint(1, 2))
        ],
        "seeds": rng.choice([Plain("3"), "0-4", "1,2,7", [Plain("0"), Plain("5")], Plain("0-1")]),
        "factuals": rng.choice([Plain("5"), "all", Plain("200")]),
        "threshold": Plain(rng.choice(["0.5", "0.25", "5e-1", ".7"])),
        "weights": Map(
            [(column.name, Plain(rng.choice(["0", "1", "2.5", "1e3"]))) for column in people.columns[:2]]
        ),
        "mismatch": rng.random() < 0.5,
        "oracle": rng.random() < 0.5,
        "metrics": rng.sample(METRICS, 2),
        "device": "cpu",
        "threads": Plain(rng.choice(["1", "2"])),
        "chunk": Plain(rng.choice(["1", "100"])),
        "judge": Map(
            [
                ("gold", Map([("trees", Plain("5")), ("folds", Plain("2"))])),
                ("lof", Map([("neighbours", Plain("3"))])),
            ]
        ),
    }
    pairs += [(name, value) for name, value in choices.items() if rng.random() < 0.35]
    rng.shuffle(pairs)
    return Map(pairs)


def _method(name: str, rng: random.Random) -> Any:
    if rng.random() < 0.4:
        return name
    spec = _named(name, rng, "method")
    if rng.random() < 0.3:
        spec.pairs.append(("label", f"my {name}"))
    known = parameters("method", name)
    varied = [one for one, info in known.items() if info.annotation is int and info.default]
    if varied and rng.random() < 0.4:
        default = known[varied[0]].default
        spec.pairs.append(("vary", Map([(varied[0], [Plain(str(default)), Plain(str(default + 1))])])))
    return spec


def _named(name: str, rng: random.Random, kind: str) -> Map:
    known = parameters(kind, name)
    plain = [
        one for one, info in known.items() if info.annotation in (int, float) and info.default is not None
    ]
    chosen = rng.sample(plain, min(len(plain), rng.randint(0, 2)))
    params = [(one, Plain(repr(known[one].default))) for one in chosen]
    return Map([("name", name), *([("params", Map(params))] if params else [])])
