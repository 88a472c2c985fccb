"""Plan: from a suite to cells, each with the key that says when two results are the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from recbench.data.described import Described
from recbench.errors import UsageError
from recbench.method.oracle import LABEL, ORACLE
from recbench.plugins import registry
from recbench.plugins.params import make_params
from recbench.run.versions import made_by, recourse_code
from recbench.store.cell import Cell
from recbench.suite import Suite

if TYPE_CHECKING:
    from recbench.data.dataset import Dataset


def plan(suite: Suite, datasets: Mapping[str, Dataset | Described]) -> list[Cell]:
    """Return the cells of a suite: data set by data set, then classifier, seed, method.

    Everything a user can get wrong is found here, before anything runs.

    Raises:
        UsageError: an unknown or unavailable method, classifier, metric or parameter, or a judge that a
            data set cannot have.
    """
    metrics = tuple(suite.metrics or default_metrics())
    for metric in metrics:
        registry.metrics.card(metric)
    for classifier in suite.classifiers:
        make_params(registry.classifiers.params(classifier.name), classifier.params, classifier.name)
    cells = [cell for name, dataset in datasets.items() for cell in _cells(suite, name, dataset, metrics)]
    return list({(cell.key, cell.label): cell for cell in cells}.values())


def default_metrics() -> list[str]:
    """Return the metrics computed unless the user says otherwise."""
    return [card.name for card in registry.metrics.cards() if card.default]


def _cells(suite: Suite, name: str, dataset: Dataset | Described, metrics: tuple[str, ...]) -> Iterator[Cell]:
    wrong = sorted(set(suite.weights) - set(dataset.schema.names))
    if wrong:
        raise UsageError(f"weights name {wrong[0]!r}, which is no feature of data set {name!r}.")
    if suite.judge.gold.kind == "known" and not dataset.equation:
        raise UsageError(f"data set {name!r} has no known label equation.", "Use the judge of kind forest.")
    rows = [row for spec in suite.methods for row in _rows(spec.name, spec.variants(name))]
    if suite.oracle:
        rows.append((ORACLE.name, LABEL, {}))
    equation = dataset.equation if suite.judge.gold.kind == "known" else ""
    for classifier in suite.classifiers:
        recipe = suite.task_recipe(classifier)
        for seed in suite.seeds:
            for method, label, params in rows:
                yield Cell(
                    dataset=name,
                    data_hash=dataset.content_hash,
                    recipe=recipe,
                    lof=suite.judge.lof,
                    method=method,
                    label=label,
                    params=params,
                    code=recourse_code(method, classifier.name, equation),
                    equation=equation,
                    made_by=made_by(method),
                    seed=seed,
                    device=suite.device,
                    threads=suite.threads,
                    chunk=suite.chunk,
                    metrics=metrics,
                )


def _rows(
    method: str, variants: Iterable[tuple[str, dict[str, Any]]]
) -> list[tuple[str, str, dict[str, Any]]]:
    model = registry.methods.params(method)
    return [(method, label, make_params(model, params, method).plain()) for label, params in variants]
