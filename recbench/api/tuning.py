"""Tuning: a method's parameters, looked for on people held out of the training rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from recbench.api.asked import asked_datasets, asked_suite
from recbench.api.running import Datasets
from recbench.documents.reading import dump
from recbench.plugins import registry
from recbench.run.tune import Trial, Tuned, search_space, tune as tune_suite

__all__ = ["Trial", "Tuned", "as_suite", "tune"]


def tune(
    method: str,
    datasets: Datasets = "loan",
    *,
    budget: float = 300.0,
    search: Mapping[str, Sequence[Any]] | None = None,
    params: Mapping[str, Any] | None = None,
    splits: int = 3,
    seed: int = 0,
    metric: str = "score",
    watch: Callable[[str, Trial, Trial], None] = lambda dataset, trial, best: None,
    **asked: Any,
) -> dict[str, Tuned]:
    """Search a method's parameters on people held out of the training rows; no test row is read.

    Args:
        method: one of :func:`recbench.methods`.
        datasets: where to tune, each by itself.
        budget: seconds per data set; the trial under way is finished, and the defaults are always tried.
        search: values to try by parameter; None is what the method declares.
        params: fixed parameters.
        splits: quarters of the training rows that are held out in turn.
        seed: of the search.
        metric: what to optimise, in the direction that its card calls better.
        watch: told of each trial, and of the best so far.
        asked: ``classifiers``, ``judge``, ``factuals``, ``device``, ``threads`` as for :func:`run`.

    Returns:
        What was found, by data set.

    Raises:
        UsageError: nothing to search, or a value that the method refuses.
        RecbenchError: the defaults fail.
    """
    registry.methods.card(method)
    registry.metrics.card(metric)
    fixed = {f"{method}.{name}": value for name, value in (params or {}).items()}
    suite = asked_suite(methods=method, datasets=datasets, settings=fixed, seeds=0, **asked)
    space = search or search_space(registry.methods.params(method))
    found = {}
    for name, dataset in asked_datasets(suite, datasets).items():

        def told(trial: Trial, best: Trial, name: str = name) -> None:
            watch(name, trial, best)

        found[name] = tune_suite(suite, dataset, space, budget, splits, seed, metric, told)
    return found


def as_suite(method: str, params_for: Mapping[str, Mapping[str, Any]]) -> str:
    """Return what a suite says of a method with parameters for each data set, as YAML."""
    return dump({"methods": [{"name": method, "params_for": params_for}]})
