"""Schemas: YAML files that say something else than was meant, or nothing at all."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from typing import Any

from . import world
from .case import EITHER, FINE, REFUSED, Case, Scene, Wrong
from .hostile import TEXTS
from .yamls import DATE, Map, Plain, core, emit, fields, mutate, number

WORDS = [
    "run",
    "--data",
    "people.csv",
    "--schema",
    "people.yaml",
    "--methods",
    "nnr",
    "--dry-run",
    "--no-tracking",
]


def case(rng: random.Random) -> Case:
    """Return a schema with up to three changes, or noise, beside the table it was made for."""
    people = world.make(rng)
    files = {"people.csv": people.table()}
    if rng.random() < 0.1:
        text, noise = _noise(people.schema_file(rng), rng)
        return Case(WORDS, {**files, "people.yaml": text}, EITHER, [noise])
    tree = people.schema(rng)
    said = [mutate(tree, rng) for _ in range(rng.choice([0, 1, 1, 1, 2, 3]))]
    text = emit(tree, rng).encode()
    text, written = _rewritten(text, rng)
    codes, check = FINE if not said else EITHER, _nothing
    try:
        expected, sure = meaning(tree)
        check = lambda scene: contradictions(scene, expected, sure)  # noqa: E731
    except Wrong as error:
        said.append(f"wrong: {error}")
        codes = REFUSED
    except RecursionError:
        codes = EITHER
    return Case(WORDS, {**files, "people.yaml": text}, codes, [*said, *written], check=check)


def _nothing(scene: Scene) -> Iterator[str]:
    return iter(())


def _noise(text: bytes, rng: random.Random) -> tuple[bytes, str]:
    """Return a schema that was torn, or something else."""
    at = rng.randrange(len(text))
    kind = rng.choice(["document", "document", "cut", "byte", "encoding", "line"])
    if kind == "document":
        return rng.choice(TEXTS).encode("utf-8", "surrogatepass"), "another document"
    if kind == "cut":
        return text[:at], f"cut after {at} bytes"
    if kind == "byte":
        return text[:at] + bytes([rng.randrange(256)]) + text[at + rng.randrange(2) :], f"a byte at {at}"
    if kind == "encoding":
        encoding = rng.choice(["utf-16", "utf-32", "latin-1", "cp037"])
        return text.decode().encode(encoding, "replace"), f"written as {encoding}"
    lines = text.splitlines(keepends=True)
    lines.insert(rng.randrange(len(lines)), lines.pop(rng.randrange(len(lines))))
    return b"".join(lines), "a line moved"


def _rewritten(text: bytes, rng: random.Random) -> tuple[bytes, list[str]]:
    """Return the same document, written by another editor."""
    kind = rng.choice([""] * 8 + ["crlf", "comment", "marker", "bom"])
    if kind == "crlf":
        return text.replace(b"\n", b"\r\n"), [kind]
    if kind == "comment":
        return b"# a comment\n\n" + text + b"\n# the end", [kind]
    if kind == "marker":
        return b"---\n" + text + b"...\n", [kind]
    if kind == "bom":
        return b"\xef\xbb\xbf" + text, [kind]
    return text, []


def meaning(tree: Map) -> tuple[dict[str, Any], bool]:
    """Return what a schema says, by its documentation, and whether there is no doubt.

    Raises:
        Wrong: it must be refused.
    """
    top = fields(tree, {"features", "target"}, {"id"})
    if not isinstance(top["features"], list) or not top["features"]:
        raise Wrong("no features")
    doubts: list[str] = []
    features = [_feature(one, doubts) for one in top["features"]]
    target = fields(top["target"], {"name", "favourable"}, set())
    good = target["favourable"]
    labels = [_text(one, doubts) for one in (good if isinstance(good, list) else [good])]
    if not labels:
        raise Wrong("no favourable label")
    identity = core(top.get("id"))
    names = [feature["name"] for feature in features] + [_name(target["name"], doubts)]
    names += [] if identity is None else [_name(top["id"], doubts)]
    if len(set(names)) < len(names):
        raise Wrong("a column has two meanings")
    if len({_same(label) for label in labels}) < len(labels):
        doubts.append("a label twice")
    return {"features": features, "target": names[len(features)], "favourable": labels}, not doubts


def _feature(node: Any, doubts: list[str]) -> dict[str, Any]:
    said = fields(node, {"name", "kind"}, {"categories", "lower", "upper", "immutable", "monotone", "step"})
    kind, monotone = core(said["kind"]), core(said.get("monotone"))
    if kind not in ("categorical", "ordinal", "integer", "continuous"):
        raise Wrong(f"kind {kind!r}")
    if monotone not in (None, "increase", "decrease"):
        raise Wrong(f"monotone {monotone!r}")
    listed = said.get("categories", [])
    if not isinstance(listed, list):
        raise Wrong("categories are no list")
    categories = [_text(one, doubts) for one in listed]
    if len({_same(text) for text in categories}) < len(categories):
        raise Wrong("a category twice")
    bounds = {name: _bound(said.get(name)) for name in ("lower", "upper")}
    lower, upper = bounds.values()
    step = _step(_bound(said.get("step")), kind, doubts)
    bounded = any(value is not None for value in bounds.values())
    if kind in ("categorical", "ordinal") and (not categories or bounded or step is not None):
        raise Wrong("categories have no bounds")
    if kind in ("integer", "continuous") and categories:
        raise Wrong("numbers have no categories")
    if kind == "categorical" and monotone:
        raise Wrong("categories have no direction")
    if lower is not None and upper is not None and lower > upper:
        raise Wrong("bounds are crossed")
    if "immutable" in said and not isinstance(core(said["immutable"]), bool):
        doubts.append("immutable")
    if any(abs(value or 0) > 1e15 for value in bounds.values()):
        doubts.append("numbers at the edge")
    immutable = core(said.get("immutable", False))
    name = _name(said["name"], doubts)
    return {
        "name": name,
        "kind": kind,
        "categories": categories,
        **bounds,
        "step": step,
        "immutable": immutable,
        "monotone": monotone,
    }


def _step(step: float | None, kind: str, doubts: list[str]) -> float | None:
    if step is not None and (step <= 0 or (kind == "integer" and not step.is_integer())):
        raise Wrong(f"step {step}")
    if step is not None and not 1e-9 < step < 1e9:
        doubts.append("a step at the edge")
    return step


def _bound(node: Any) -> float | None:
    if node is None or core(node) is None:
        return None
    if isinstance(node, str) and not isinstance(node, Plain):
        raise Wrong("a word stands for a number")
    return number(node)


def _name(node: Any, doubts: list[str]) -> str:
    value = core(node)
    if not isinstance(value, str):
        doubts.append("a name that is no word")
    if value == "" or value is None:
        raise Wrong("a name is empty")
    return str(node)


def _text(node: Any, doubts: list[str]) -> str:
    """Return a category or label as it is written."""
    value = core(node)
    if value is None:
        raise Wrong("an empty category")
    if isinstance(node, Plain) and DATE.fullmatch(node):
        raise Wrong("a date is no category")
    if (
        isinstance(value, bool)
        or (isinstance(value, float) and math.isnan(value))
        or (isinstance(node, Plain) and str(node).startswith("."))
    ):
        doubts.append("a category that is no word")
    return str(node)


def _same(text: str) -> str:
    """Return one text for all ways to write a whole number."""
    return text.removesuffix(".0") if text.removesuffix(".0").lstrip("-").isdigit() else text


def contradictions(scene: Scene, expected: dict[str, Any], sure: bool) -> Iterator[str]:
    """Yield where the schema that recbench read differs from what it says."""
    from recbench.data.schema import Schema
    from recbench.errors import UsageError

    path = scene.home / "people.yaml"
    try:
        schema = Schema.from_yaml(path)
    except UsageError as error:
        if sure and not path.read_bytes().startswith(b"\xef\xbb\xbf"):
            yield f"it is right, and was refused: {error}"
        return
    found = [
        {
            "name": feature.name,
            "kind": feature.kind,
            "categories": [str(value) for value in feature.categories],
            "lower": feature.lower,
            "upper": feature.upper,
            "step": feature.step,
            "immutable": feature.immutable,
            "monotone": feature.monotone,
        }
        for feature in schema.features
    ]
    for one, other in zip(found, expected["features"], strict=True):
        for name in one:
            if sure and one[name] != other[name]:
                yield f"{name} of {other['name']!r} was read as {one[name]!r}, it is {other[name]!r}"
    labels = [str(value) for value in schema.target.favourable]
    if sure and labels != expected["favourable"]:
        yield f"the favourable labels were read as {labels}, they are {expected['favourable']}"
    path.write_text(schema.to_yaml(), encoding="utf-8")
    if Schema.from_yaml(path) != schema:
        yield "written and read again it is another schema"
