"""Running: a benchmark from what was asked for to its results; and what can be done before one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recbench.api.asked import asked_datasets, asked_suite
from recbench.api.progress import watching
from recbench.api.results import Results
from recbench.conformance import CheckResult, checks, run_checks
from recbench.data.dataset import Dataset
from recbench.documents.reading import dump
from recbench.plugins import registry
from recbench.run.executors import Limits, make_executor
from recbench.run.forecast import Forecast, forecast
from recbench.run.plan import plan as plan_cells
from recbench.run.sweep import Watcher, run_sweep
from recbench.run.tune import Trial, Tuned, search_space, tune as tune_suite
from recbench.store.cell import Cell
from recbench.store.datasets import note_datasets
from recbench.store.folder import Store
from recbench.store.paths import Paths
from recbench.suite import Suite
from recbench.tracking.tracker import MlflowTracker

__all__ = [
    "CheckResult",
    "Plan",
    "Trial",
    "Tuned",
    "as_suite",
    "check_method",
    "plan",
    "rules_of_checks",
    "run",
    "tune",
]

Names = str | Sequence[str]
Datasets = str | Dataset | Sequence[str | Dataset]
Seeds = str | int | Iterable[int]


@dataclass(frozen=True)
class Plan:
    """The cells of a benchmark, and which of them the store has.

    Attributes:
        cells: all of them.
        stored: keys of those that are finished.
        forecast: how long the others will take, by the last known times.
    """

    cells: Sequence[Cell]
    stored: frozenset[str]
    forecast: Forecast

    @property
    def waiting(self) -> list[Cell]:
        """The cells that would run."""
        return [cell for cell in self.cells if cell.key not in self.stored]


def plan(
    suite: str | Path | Suite | None = None,
    *,
    datasets: Datasets | None = None,
    results: Path | str = "results",
    tracking: str | bool = True,
    **asked: Any,
) -> Plan:
    """Return what :func:`run` would do; nothing is created, not even the folder.

    Args:
        suite: as for :func:`run`.
        datasets: as for :func:`run`.
        results: the folder of results.
        tracking: as for :func:`run`; the address is looked at, and nothing is sent.
        asked: any other of the arguments of :func:`run` that say what runs.

    Raises:
        UsageError: what was asked for is not there or malformed.
    """
    chosen = asked_suite(suite, datasets=datasets, **asked)
    cells = plan_cells(chosen, asked_datasets(chosen, datasets))
    root = Path(results)
    _tracker(tracking, root, chosen.name)
    store = Store(root, create=False, index=False) if Paths(root).cells.is_dir() else None
    states = store.states(only_look=True) if store else ()
    stored = frozenset(key for key, state in states if state.status == "done")
    waiting = [cell for cell in cells if cell.key not in stored]
    return Plan(cells, stored, forecast(waiting, store.latest() if store else ()))


def run(
    suite: str | Path | Suite | None = None,
    *,
    methods: Names | None = None,
    datasets: Datasets | None = None,
    classifiers: Names | None = None,
    judge: str | None = None,
    seeds: Seeds | None = None,
    factuals: int | str | None = None,
    metrics: Names | None = None,
    settings: Mapping[str, Any] | None = None,
    oracle: bool | None = None,
    device: str | None = None,
    threads: int | None = None,
    chunk: int | None = None,
    results: Path | str = "results",
    jobs: int = 1,
    cell_timeout: float | None = None,
    cell_memory: int | None = None,
    scheduler: str | None = None,
    resources: Mapping[str, float] | None = None,
    fresh: bool = False,
    tracking: str | bool = True,
    people_artifact: bool | None = None,
    progress: bool | Watcher | None = None,
) -> Results:
    """Run methods on data sets, score them, and return the results.

    Every finished cell (method, data set, classifier, seed) is kept in ``results``. The same cell never
    runs twice: a run that was cut off goes on where it stopped.

    Args:
        suite: a name of :func:`recbench.suites`, a YAML file or a suite; without one, ``methods`` on the
            embedded data set, and without either the suite ``quick``. What follows is laid over it.
        methods: names, or ``"all"``.
        datasets: names, data sets of your own, or ``"all"``.
        classifiers: names.
        judge: who says what is valid: ``"forest"`` or ``"known"``.
        seeds: such as ``range(5)``, ``3`` or ``"0-4"``.
        factuals: people per seed, or ``"all"``.
        metrics: names; by default those that are default.
        settings: parameters, such as ``{"genre.steps": 200}``.
        oracle: add a row that sees the judge: what is left to win.
        device: where torch computes: ``cpu``, ``cuda`` or ``cuda:N``.
        threads: per cell.
        chunk: people given to ``generate`` at a time.
        results: the folder of results.
        jobs: cells at a time on this machine.
        cell_timeout: seconds after which a cell is stopped.
        cell_memory: bytes of resident memory above which a cell is stopped.
        scheduler: address of a dask scheduler; None is this machine.
        resources: what a cell takes of a dask worker's resources.
        fresh: run cells anew even if the store has them.
        tracking: MLflow: False is none, True the database in ``results``, else an address.
        people_artifact: whether MLflow gets person rows; None is as before, at first only on this machine.
        progress: whether to say how far it is; None is on a terminal and in a notebook.

    Raises:
        UsageError: what was asked for is not there or malformed.
        RecbenchError: results cannot be written. Finished cells are kept.
    """
    chosen = asked_suite(
        suite,
        methods=methods,
        datasets=datasets,
        classifiers=classifiers,
        judge=judge,
        seeds=seeds,
        factuals=factuals,
        metrics=metrics,
        settings=settings,
        oracle=oracle,
        device=device,
        threads=threads,
        chunk=chunk,
    )
    root, tables = Path(results), asked_datasets(chosen, datasets)
    cells = plan_cells(chosen, tables)
    tracker = _tracker(tracking, root, chosen.name, people_artifact)
    store = Store(root)
    note_datasets(root, tables.values())
    limits = Limits(cell_timeout, cell_memory)
    executor = make_executor(
        list(tables.values()), store.paths.cache, jobs, limits, scheduler, dict(resources or {})
    )
    with watching(progress) as watcher:
        sweep = run_sweep(chosen, cells, executor, store, tracker, watcher, fresh)
    return Results(store, chosen.name, cells=cells, sweep=sweep, tracker=tracker)


def _tracker(
    tracking: str | bool, results: Path, suite: str, people_artifact: bool | None = None
) -> MlflowTracker | None:
    if tracking is False:
        return None
    return MlflowTracker(None if tracking is True else tracking, results, suite, people_artifact)


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


def check_method(
    method: str,
    params: Mapping[str, Any] | None = None,
    progress: Callable[[str], None] | None = None,
) -> list[CheckResult]:
    """Run the conformance suite on a method: one named check per rule of the contract.

    Args:
        method: one of :func:`recbench.methods`.
        params: parameters to check it with.
        progress: told the name of each check before it runs.

    Raises:
        UsageError: there is no such method, it is unavailable, or a parameter is wrong.
    """
    registry.methods.card(method)
    return run_checks(method, params, progress=progress)


def rules_of_checks() -> dict[str, str]:
    """Return the rule that each check of the conformance suite holds a method to, by the check's name."""
    return {check.name: check.rule for check in checks()}
