"""Asked: what a suite asks for, by its documentation: how many cells, and whether it must be refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from annotated_types import Ge, Gt, Le, Lt

from .case import Wrong
from .world import World
from .yamls import Map, Plain, core, fields, number

METHODS = ("nnr", "unchanged", "wachter", "growing-spheres", "dice", "probe", "roar", "genre", "face", "cem")
CLASSIFIERS = ("linear", "mlp", "forest", "boosting")
METRICS = ("cost", "score", "found", "lof", "validity", "ynn", "changed")
"""Those that suites of fuzzers name."""


def parameters(kind: str, name: str) -> dict[str, Any]:
    """Return the declared parameters of a method or classifier, by the name under which they are given."""
    from recbench.plugins import registry

    owner = registry.methods if kind == "method" else registry.classifiers
    fields = owner.params(name).model_fields
    return {info.alias or name: info for name, info in fields.items()}


def meaning(tree: Map, people: World) -> tuple[int | None, bool]:
    """Return how many cells a suite asks for, None if that is unclear, and whether it is surely right.

    Raises:
        Wrong: it must be refused.
    """
    optional = {"name", "description", "datasets", "classifiers", "seeds", "factuals", "judge", "threshold"}
    optional |= {"weights", "mismatch", "oracle", "metrics", "device", "threads", "chunk"}
    top = fields(tree, {"methods"}, optional)
    doubts: list[str] = []
    rows = [_rows(spec, "method", doubts) for spec in _list(top["methods"])]
    names = [name for name, _ in rows]
    classifiers = [_rows(spec, "classifier", doubts)[0] for spec in _list(top.get("classifiers", ["mlp"]))]
    if len(set(names)) < len(names) or len(set(classifiers)) < len(classifiers):
        doubts.append("a row twice")
    seeds = _seeds(top.get("seeds", Plain("0")), doubts)
    _numbers(top, people, doubts)
    for name in ("name", "description", "device"):
        if name in top and not isinstance(core(top[name]), str):
            raise Wrong(f"{name} is no word")
    if "device" in top and top["device"] != "cpu":
        raise Wrong(f"device {top['device']}")
    for metric in _list(top.get("metrics", ["cost"])) if top.get("metrics") != [] else []:
        if core(metric) not in METRICS:
            raise Wrong(f"metric {metric!r}")
    truths = [
        name for name in ("mismatch", "oracle") if name in top and not isinstance(core(top[name]), bool)
    ]
    doubts += [f"{name} is no truth value" for name in truths]
    if "datasets" in top:
        doubts.append("data sets")
    _judge(top.get("judge", Map()), doubts)
    if doubts:
        return None, False
    oracle = bool(core(top["oracle"])) if "oracle" in top else False
    return (sum(count for _, count in rows) + oracle) * len(classifiers) * seeds, True


def _list(node: Any) -> list[Any]:
    if not isinstance(node, list) or not node:
        raise Wrong(f"{node!r} is no list of something")
    return node


def _rows(spec: Any, kind: str, doubts: list[str]) -> tuple[str, int]:
    """Return the name of a method or classifier, and how many rows it makes."""
    if isinstance(spec, Map):
        optional = {"params"} | ({"label", "params_for", "vary"} if kind == "method" else set())
        said = fields(spec, {"name"} if kind == "method" else set(), optional | {"name"})
    else:
        said = {"name": spec}
    name = core(said.get("name", "mlp"))
    if name not in (METHODS if kind == "method" else CLASSIFIERS):
        raise Wrong(f"{kind} {name!r}")
    if "label" in said and not isinstance(core(said["label"]), str):
        doubts.append("a label that is no word")
    if "params_for" in said or said.get("label") == "":
        doubts.append("a label or parameters for one data set")
    varied = {one for one, _ in _pairs(said.get("vary", Map()))}
    for one, value in _pairs(said.get("params", Map())):
        if one in varied:
            doubts.append(f"{one} is given and varied")
            continue
        _check_param(kind, str(name), one, value, doubts)
    count = 1
    for one, values in _pairs(said.get("vary", Map())):
        for value in _list(values):
            _check_param(kind, str(name), one, value, doubts)
        if len({str(core(value)) for value in values}) < len(values):
            doubts.append("a value twice")
        count *= len(values)
    return str(name), count


def _pairs(node: Any) -> list[tuple[str, Any]]:
    if not isinstance(node, Map):
        raise Wrong(f"{node!r} is no mapping")
    return list(fields(node, set(), {key for key, _ in node.pairs}).items())


def _check_param(kind: str, owner: str, name: str, node: Any, doubts: list[str]) -> None:
    known = parameters(kind, owner)
    if name not in known:
        raise Wrong(f"{owner} has no {name!r}")
    info = known[name]
    if not isinstance(node, Map | list) and core(node) == info.default:
        return
    doubts.append(f"{owner}.{name}")
    if info.annotation not in (int, float):
        _finite(node)
        return
    value = number(node)
    if info.annotation is int and not float(value).is_integer():
        raise Wrong(f"{owner}.{name} is not whole")
    wrong: dict[type, Callable[[Any], bool]] = {
        Ge: lambda limit: value < limit.ge,
        Gt: lambda limit: value <= limit.gt,
        Le: lambda limit: value > limit.le,
        Lt: lambda limit: value >= limit.lt,
    }
    for limit in info.metadata:
        if type(limit) in wrong and wrong[type(limit)](limit):
            raise Wrong(f"{owner}.{name} = {value} breaks {limit}")


def _finite(node: Any) -> None:
    """Refuse numbers that are not finite, wherever they are."""
    if isinstance(node, Map | list):
        for part in [value for _, value in node.pairs] if isinstance(node, Map) else node:
            _finite(part)
    elif isinstance(core(node), float):
        number(node)


def _seeds(node: Any, doubts: list[str]) -> int:
    if isinstance(node, list):
        values = [number(one) for one in _list(node)]
        if any(not value.is_integer() or not 0 <= value < 2**32 for value in values):
            raise Wrong("seeds that are none")
        if len(set(values)) < len(values):
            doubts.append("a seed twice")
        return len(values)
    value = core(node)
    text = str(value)
    if isinstance(value, bool) or not re.fullmatch(
        r"\s*\d+(\s*-\s*\d+)?\s*(,\s*\d+(\s*-\s*\d+)?\s*)*", text, re.ASCII
    ):
        raise Wrong(f"seeds {text!r}")
    found: set[int] = set()
    for part in text.split(","):
        first, _, last = part.partition("-")
        if int(last or first) >= 2**32 or int(last or first) < int(first):
            raise Wrong(f"seeds {text!r}")
        if int(last or first) - int(first) > 10_000:
            doubts.append("many seeds")
            continue
        found |= set(range(int(first), int(last or first) + 1))
    return len(found)


def _numbers(top: dict[str, Any], people: World, doubts: list[str]) -> None:
    if not 0 < number(top.get("threshold", 0.5)) < 1:
        raise Wrong("the threshold is no probability")
    for name, node in _pairs(top.get("weights", Map())):
        if name not in {column.name for column in people.columns}:
            raise Wrong(f"a weight for {name!r}")
        if number(node) < 0:
            raise Wrong("a negative weight")
        if number(node) > 1e6:
            doubts.append("a large weight")
    factuals = core(top.get("factuals", "all"))
    if factuals != "all" and factuals is not None:
        if not re.fullmatch(r"0*[1-9]\d*", str(factuals), re.ASCII) or isinstance(factuals, bool):
            raise Wrong(f"factuals {factuals!r}")
        if int(factuals) > 10**6 or "factuals" not in top or str(top["factuals"]) != str(factuals):
            doubts.append("odd factuals")
    for name in ("threads", "chunk"):
        value = number(top.get(name, 1))
        if not value.is_integer() or value < 1:
            raise Wrong(f"{name} {value}")
        if value > 64:
            doubts.append(f"many {name}")
    if factuals is None:
        doubts.append("no factuals")


def _judge(node: Any, doubts: list[str]) -> None:
    said = fields(node, set(), {"gold", "lof"})
    least = {"trees": 1, "folds": 2, "neighbours": 1}
    for part, names in (("gold", {"kind", "trees", "folds"}), ("lof", {"neighbours", "algorithm"})):
        for name, value in fields(said.get(part, Map()), set(), names).items():
            if name not in least:
                doubts.append(f"{part}.{name}")
                continue
            if not number(value).is_integer() or number(value) < least[name]:
                raise Wrong(f"{part}.{name}")
            if number(value) > 1000:
                doubts.append(f"large {name}")
