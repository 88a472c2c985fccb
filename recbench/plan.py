"""Plan: from a suite to cells, each with the key that says when two results are the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib.metadata import distribution
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from recbench import registry
from recbench.cards import MethodCard, MetricCard
from recbench.datasets.base import Dataset
from recbench.errors import UsageError
from recbench.oracle import LABEL, ORACLE
from recbench.params import make_params
from recbench.recipes import GoldRecipe, LofRecipe, TaskRecipe
from recbench.suite import Suite


def digest(value: object, length: int = 24) -> str:
    """Return a hexadecimal hash of plain data, the same on every machine."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:length]


@dataclass(frozen=True)
class Cell:
    """One method with its parameters on one data set, classifier and seed.

    ``key`` (the recourse key) covers everything that can change what the method returns.
    """

    dataset: str
    data_hash: str
    recipe: TaskRecipe
    lof: LofRecipe
    method: str
    label: str
    params: dict[str, Any]
    method_version: str
    seed: int
    device: str
    threads: int
    chunk: int
    metrics: tuple[str, ...] = field(default=())

    @cached_property
    def key(self) -> str:
        """The recourse key: same key, same recourse."""
        return digest(
            {
                "core": core_version(),
                "data": self.data_hash,
                "recipe": self.recipe.model_dump(mode="json"),
                "method": self.method,
                "params": self.params,
                "version": self.method_version,
                "seed": self.seed,
                "device": self.device.split(":")[0],
                "threads": self.threads,
                "chunk": self.chunk,
            }
        )

    def __str__(self) -> str:
        return f"{self.dataset} / {self.recipe.classifier.name} / {self.label} / seed {self.seed}"


def plan(suite: Suite, datasets: dict[str, Dataset]) -> list[Cell]:
    """Return the cells of a suite: data set by data set, then classifier, seed, method.

    Everything a user can get wrong is found here, before anything runs.

    Raises:
        UsageError: an unknown or unavailable method, classifier, metric or parameter.
    """
    metrics = tuple(suite.metrics or default_metrics())
    for metric in metrics:
        registry.card("metric", metric)
    for classifier in suite.classifiers:
        recipe = registry.load("classifier", classifier.name)
        make_params(recipe.Params, classifier.params, classifier.name)
    cells = []
    for name, dataset in datasets.items():
        wrong = sorted(set(suite.weights) - set(dataset.schema.names))
        if wrong:
            raise UsageError(f"weights name {wrong[0]!r}, which is no feature of data set {name!r}.")
        rows = [row for spec in suite.methods for row in _rows(spec.name, spec.variants(name))]
        if suite.oracle:
            rows.append((ORACLE.name, LABEL, {}, method_version(ORACLE)))
        for classifier in suite.classifiers:
            recipe = suite.task_recipe(classifier)
            for seed in suite.seeds:
                for method, label, params, version in rows:
                    cells.append(
                        Cell(
                            name,
                            dataset.content_hash,
                            recipe,
                            suite.judge.lof,
                            method,
                            label,
                            params,
                            version,
                            seed,
                            suite.device,
                            suite.threads,
                            suite.chunk,
                            metrics,
                        )
                    )
    return list({(cell.key, cell.label): cell for cell in cells}.values())


def labels_of(cells: Sequence[Cell]) -> list[tuple[str, str]]:
    """Return the key and label of each cell."""
    return [(cell.key, cell.label) for cell in cells]


@cache
def score_key(gold: GoldRecipe, lof: LofRecipe, metric: str) -> str:
    """Return what a metric's value depends on beside the recourse: same key, same score of a cell."""
    card = registry.card("metric", metric)
    assert isinstance(card, MetricCard)
    return digest([metric, card.version, gold.model_dump(), lof.model_dump()])


def default_metrics() -> list[str]:
    """Return the metrics computed unless the user says otherwise."""
    cards = [listing.card for listing in registry.listings("metric") if not listing.unavailable]
    return [card.name for card in cards if isinstance(card, MetricCard) and card.default]


def method_card(name: str) -> MethodCard:
    """Return the card of a cell's method: a plug-in's, or the oracle's.

    Raises:
        RecbenchError: there is no such method, or it is unavailable.
    """
    if name == ORACLE.name:
        return ORACLE
    card = registry.card("method", name)
    assert isinstance(card, MethodCard)
    return card


def _rows(method: str, variants: Any) -> list[tuple[str, str, dict[str, Any], str]]:
    card = registry.card("method", method)
    assert isinstance(card, MethodCard)
    implementation = registry.load("method", method)
    version = method_version(card)
    return [
        (method, label, make_params(implementation.Params, params, method).plain(), version)
        for label, params in variants
    ]


@cache
def method_version(card: MethodCard) -> str:
    """Return the version of a method: its distribution's, and a hash of its source and what it shares."""
    home = card.implementation.partition(":")[0]
    package = home.rpartition(".")[0] or home
    sources = "".join(_source_hash(name) for name in (package, *card.uses))
    own = f"recbench {distribution('recbench').version}"
    made_by = own if card is ORACLE else registry.listing("method", card.name).distribution
    return f"{made_by} {digest(sources, 12)}"


@cache
def core_version() -> str:
    """Return the hash of the parts of recbench that decide what a task is."""
    modules = (
        "schema",
        "encoding",
        "domain",
        "lattice",
        "rng",
        "task",
        "judge",
        "prepare",
        "method",
        "classifiers",
    )
    sources = "".join(_source_hash(f"recbench.{module}") for module in modules)
    return digest([distribution("recbench").version, sources], 12)


def _source_hash(module: str) -> str:
    spec = find_spec(module)
    if spec is None or spec.origin is None:
        return module
    origin = Path(spec.origin)
    if spec.submodule_search_locations:
        files = sorted(path for root in spec.submodule_search_locations for path in Path(root).rglob("*.py"))
    else:
        files = [origin]
    content = hashlib.sha256()
    for file in files:
        content.update(file.name.encode())
        content.update(file.read_bytes())
    return content.hexdigest()
