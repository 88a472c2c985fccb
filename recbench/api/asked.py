"""Asked: from names and values, as people give them, to a suite and its data sets."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from typing_extensions import TypeIs

from recbench.data.catalogue.loading import load
from recbench.documents.reading import parse_value, validated
from recbench.errors import UsageError, brief, unknown_name
from recbench.plugins import registry
from recbench.suite import MethodSpec, Suite, known_suites, load_suite, parse_factuals, parse_seeds

if TYPE_CHECKING:
    from recbench.data.dataset import Dataset

__all__ = ["asked_datasets", "asked_suite", "check_device", "parse_seeds", "parse_value"]

ALL = "all"
"""Stands for every method or data set that can be used here."""


def asked_suite(
    suite: str | Path | Suite | None = None,
    *,
    methods: str | Sequence[str] | None = None,
    datasets: str | Dataset | Sequence[str | Dataset] | None = None,
    classifiers: str | Sequence[str] | None = None,
    judge: str | None = None,
    seeds: str | int | Iterable[int] | None = None,
    factuals: int | str | None = None,
    metrics: str | Sequence[str] | None = None,
    settings: Mapping[str, Any] | None = None,
    oracle: bool | None = None,
    device: str | None = None,
    threads: int | None = None,
    chunk: int | None = None,
) -> Suite:
    """Return the suite named, or an ad-hoc one, with everything that is given laid over it.

    See :func:`recbench.run` for the arguments.

    Raises:
        UsageError: there is no such suite, or a value is malformed.
    """
    base = suite if isinstance(suite, Suite) else _named(suite)
    if base is None and methods is None:
        base = load_suite("quick")
    plain = base.model_dump() if base else {}
    given: dict[str, Any] = {
        "datasets": _dataset_names(datasets),
        "metrics": _names(metrics),
        "oracle": oracle,
        "device": device,
        "threads": threads,
        "chunk": chunk,
    }
    if classifiers is not None:
        given["classifiers"] = [{"name": name} for name in _names(classifiers) or []]
    try:
        if seeds is not None:
            given["seeds"] = parse_seeds(seeds) if isinstance(seeds, str) else _seeds(seeds)
        if factuals is not None:
            plain["factuals"] = parse_factuals(factuals)
    except ValueError as error:
        raise UsageError(f"{error}.") from error
    plain.update({name: value for name, value in given.items() if value is not None})
    if judge is not None:
        plain.setdefault("judge", {}).setdefault("gold", {})["kind"] = judge
    if methods is not None:
        plain["methods"] = _method_specs(_names(methods) or [], base)
    _apply_settings(plain, settings or {})
    check_device("cpu" if plain.get("device") is None else plain["device"])
    return validated(Suite, plain, "the suite with what was asked for")


def asked_datasets(suite: Suite, given: object = None) -> dict[str, Dataset]:
    """Return the suite's data sets by name: those that were handed in, the others from the catalogue.

    Raises:
        UsageError: a data set is unknown, or two have one name.
    """
    own = handed_in(given)
    return {name: own[name] if name in own else load(name) for name in suite.datasets}


def handed_in(given: object) -> dict[str, Dataset]:
    """Return the data sets among what was given, which may be names too, by name.

    Raises:
        UsageError: two have one name.
    """
    several = given if isinstance(given, list | tuple) else [given]
    own: dict[str, Dataset] = {}
    for one in several:
        if _is_dataset(one):
            if one.name in own:
                raise UsageError(f"two data sets are called {one.name!r}.", "Give each its own name.")
            own[one.name] = one
    return own


def _is_dataset(given: object) -> TypeIs[Dataset]:
    if given is None or isinstance(given, str | list | tuple):
        return False  # names alone need not load what tables are made of
    from recbench.data.dataset import Dataset

    return isinstance(given, Dataset)


def check_device(device: object) -> None:
    """Refuse a device that torch cannot use.

    Raises:
        UsageError: the name is malformed, or there is no such device here.
    """
    if device == "cpu":
        return
    match = re.fullmatch(r"cuda(?::([0-9]{1,4}))?", str(device))
    if not match:
        raise UsageError(f"unknown device {brief(device)}.", "Use cpu, cuda or cuda:N.")
    import torch

    if int(match[1] or 0) >= torch.cuda.device_count():
        raise UsageError(f"device {brief(device)} is not available here.", "Use --device cpu.")


def _named(suite: str | Path | None) -> Suite | None:
    if suite is None:
        return None
    name = str(suite)
    if not name.endswith((".yaml", ".yml")) and name not in known_suites():
        for kind, option in ((registry.datasets, "--datasets"), (registry.methods, "--methods")):
            if name in kind.names():
                raise UsageError(f"{name!r} is a {kind.kind}, not a suite.", f"Write {option} {name}.")
    return load_suite(name)


def _names(given: str | Sequence[str] | None) -> list[str] | None:
    if given is None:
        return None
    return list(dict.fromkeys([given] if isinstance(given, str) else given))


def _dataset_names(given: str | Dataset | Sequence[str | Dataset] | None) -> list[str] | None:
    if given is None:
        return None
    several = [given] if isinstance(given, str) or _is_dataset(given) else list(given)
    names = [one.name if _is_dataset(one) else one for one in several]
    if names == [ALL]:
        return [card.name for card in registry.datasets.cards()]
    return list(dict.fromkeys(names))


def _seeds(given: int | Iterable[int]) -> list[int]:
    return [given] if isinstance(given, int) else list(given)


def _method_specs(names: list[str], base: Suite | None) -> list[dict[str, Any]]:
    if names == [ALL]:
        names = [card.name for card in registry.methods.cards()]
    known = {spec.name: spec for spec in base.methods} if base else {}
    return [known.get(name, MethodSpec(name=name)).model_dump() for name in names]


def _apply_settings(plain: dict[str, Any], settings: Mapping[str, Any]) -> None:
    """Lay parameters, ``owner.parameter``, over the methods and classifiers of a suite."""
    methods = plain.get("methods", [])
    classifiers = plain.setdefault("classifiers", [{"name": "mlp"}])
    specs = [*methods, *classifiers]
    for target, value in settings.items():
        owner, dot, parameter = target.partition(".")
        if not (dot and owner and parameter):
            raise UsageError(f"setting {brief(target)} is malformed.", "Write genre.steps=200.")
        matching = [spec for spec in specs if spec["name"] == owner]
        if not matching:
            raise unknown_name("method or classifier of this run", owner, (spec["name"] for spec in specs))
        for spec in matching:
            spec["params"] = {**spec.get("params", {}), parameter: value}
            for own in spec.get("params_for", {}).values():
                own.pop(parameter, None)
