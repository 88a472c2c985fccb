"""YAML as trees: written in many ways, changed, and read by the rules of YAML 1.2's core schema."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from .case import Wrong
from .hostile import CONTROL, NAMES, NUMBERS


@dataclass
class Map:
    """A mapping: a key may be there twice."""

    pairs: list[tuple[str, Any]] = field(default_factory=list)

    def __getitem__(self, name: str) -> Any:
        return next(value for key, value in self.pairs if key == name)


class Plain(str):
    """A scalar without quotes, exactly as it stands."""


_SAFE = re.compile(r"[A-Za-z_][A-Za-z0-9_ -]*[A-Za-z0-9_]|[A-Za-z]")
_WORDS = re.compile(r"(?i)null|true|false|yes|no|on|off|y|n")
_CORE: list[tuple[re.Pattern[str], Callable[[str], Any]]] = [
    (re.compile(r"~|null|Null|NULL|"), lambda text: None),
    (re.compile(r"true|True|TRUE|false|False|FALSE"), lambda text: text.lower() == "true"),
    (re.compile(r"[-+]?[0-9]+"), int),
    (re.compile(r"0o[0-7]+"), lambda text: int(text, 8)),
    (re.compile(r"0x[0-9a-fA-F]+"), lambda text: int(text, 16)),
    (re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"), float),
    (re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"), lambda text: float(text.replace(".", "", 1))),
]
"""The scalars of YAML 1.2's core schema (section 10.3.2); all else is a word."""
DATE = re.compile(r"\d{4}-\d\d?-\d\d?([Tt ].*)?")


def core(node: Any) -> Any:
    """Return the value of a scalar by YAML 1.2's core schema.

    Raises:
        Wrong: it is no scalar.
    """
    if isinstance(node, Map | list):
        raise Wrong("a collection stands where one value is meant")
    if isinstance(node, str) and re.search("[\ud800-\udfff]", node):
        raise Wrong("half a sign")
    if not isinstance(node, Plain):
        return node
    text = str(node).strip()
    for pattern, value in _CORE:
        if pattern.fullmatch(text):
            return value(text)
    return text


def fields(node: Any, required: set[str], optional: set[str]) -> dict[str, Any]:
    """Return the fields of a mapping.

    Raises:
        Wrong: it is none, or a field is missing, unknown or there twice.
    """
    if not isinstance(node, Map):
        raise Wrong("no mapping")
    names = [key for key, _ in node.pairs]
    if len(set(names)) < len(names):
        raise Wrong("a key is there twice")
    if set(names) - required - optional:
        raise Wrong(f"unknown {sorted(set(names) - required - optional)[:3]}")
    if required - set(names):
        raise Wrong(f"lacks {sorted(required - set(names))}")
    return dict(node.pairs)


def number(node: Any) -> float:
    """Return a finite number.

    Raises:
        Wrong: it is something else.
    """
    value = core(node)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Wrong(f"{value!r} is no number")
    if not abs(value) <= 1.7976931348623157e308:
        raise Wrong(f"{value!r} is not finite")
    return float(value)


def emit(node: Any, rng: random.Random, indent: int = 0) -> str:
    """Return a tree as YAML, in one of the many ways that mean the same."""
    pad = " " * indent
    if isinstance(node, Map):
        if not node.pairs:
            return " {}\n"
        lines = []
        for key, value in node.pairs:
            lines.append(f"{pad}{_scalar(key, rng)}:{_after(value, rng, indent)}")
        return ("\n" if indent else "") + "".join(lines)
    if not node:
        return " []\n"
    if rng.random() < 0.4 and not any(isinstance(part, Map | list) or "\n" in str(part) for part in node):
        # In a flow sequence some signs end a plain scalar.
        parts = [_scalar(part, rng, flow=True) for part in node]
        return f" [{', '.join(parts)}]\n"
    return "\n" + "".join(f"{pad}-{_after(part, rng, indent)}" for part in node)


def _after(value: Any, rng: random.Random, indent: int) -> str:
    if isinstance(value, Map | list):
        return emit(value, rng, indent + 2)
    comment = "  # said" if rng.random() < 0.05 else ""
    return f" {_scalar(value, rng)}{comment}\n"


def _scalar(value: Any, rng: random.Random, flow: bool = False) -> str:
    if isinstance(value, Plain):
        text = str(value)
        special = flow and (not text or re.search(r"[\[\]{},#:]", text))
        return (json.dumps(text) if text else "null") if special else text
    if not isinstance(value, str):
        ways = {None: ["null", "~"], True: ["true", "True"], False: ["false", "FALSE"]}
        return rng.choice(ways[value])
    if _SAFE.fullmatch(value) and not _WORDS.fullmatch(value) and rng.random() < 0.7:
        return value
    if value.isprintable() and rng.random() < 0.3:
        return "'" + value.replace("'", "''") + "'"
    # JSON is YAML too, and is often written in ASCII alone: with two escapes for one emoji.
    return json.dumps(value) if rng.random() < 0.2 else _quoted(value)


def _quoted(value: str) -> str:
    escapes = {'"': '\\"', "\\": "\\\\"}
    signs = (escapes.get(sign, sign if sign.isprintable() else f"\\U{ord(sign):08x}") for sign in value)
    return f'"{"".join(signs)}"'


def places(node: Any) -> Iterator[tuple[Any, Any, Any]]:
    """Yield every place in a tree as (the collection, the position in it, what stands there)."""
    items = node.pairs if isinstance(node, Map) else node
    for position, item in enumerate(items):
        value = item[1] if isinstance(node, Map) else item
        yield node, position, value
        if isinstance(value, Map | list):
            yield from places(value)


def put(node: Any, position: int, value: Any) -> None:
    """Replace what stands at a position of a collection."""
    if isinstance(node, Map):
        node.pairs[position] = (node.pairs[position][0], value)
    else:
        node[position] = value


def mutate(tree: Map, rng: random.Random) -> str:
    """Change one thing in a tree, and say what."""
    node, position, value = rng.choice(list(places(tree)))
    change: Callable[..., str] = rng.choice(
        [_drop, _repeat, _rename, _number, _number, _number, _swap, _word]
    )
    said = change(node, position, value, rng)
    where = node.pairs[position][0] if isinstance(node, Map) and position < len(node.pairs) else position
    return f"{said} at {where!r}"[:200]


def _drop(node: Any, position: int, value: Any, rng: random.Random) -> str:
    del (node.pairs if isinstance(node, Map) else node)[position]
    return f"dropped {value!r}"


def _repeat(node: Any, position: int, value: Any, rng: random.Random) -> str:
    items = node.pairs if isinstance(node, Map) else node
    items.insert(rng.randrange(len(items) + 1), items[position])
    return f"repeated {value!r}"


def _rename(node: Any, position: int, value: Any, rng: random.Random) -> str:
    if not isinstance(node, Map):
        return _swap(node, position, value, rng)
    name = node.pairs[position][0]
    other = rng.choice([name.upper(), f"{name}s", f" {name}", rng.choice(NAMES), rng.choice(node.pairs)[0]])
    node.pairs[position] = (other, value)
    return f"renamed {name!r} to {other!r}"


def _number(node: Any, position: int, value: Any, rng: random.Random) -> str:
    text = Plain(rng.choice([text for text in NUMBERS if _stands_plain(text)]))
    put(node, position, text)
    return f"wrote {text} for {value!r}"


def _stands_plain(text: str) -> bool:
    return text.strip() == text and not re.search(r"[:#%]( |$)|^[-?:%@`]( |$)|^[%@`$]", text)


def _swap(node: Any, position: int, value: Any, rng: random.Random) -> str:
    other: Any = rng.choice(
        [Map(), [], [[]], Map([("a", Plain("1"))]), [value], True, None, Plain(""), Plain("x")]
    )
    put(node, position, other)
    return f"put {other!r} for {value!r}"


def _word(node: Any, position: int, value: Any, rng: random.Random) -> str:
    word = rng.choice([*NAMES, *CONTROL, "half \ud83d", "\udcff"])
    put(node, position, word)
    return f"put the word {word!r} for {value!r}"
