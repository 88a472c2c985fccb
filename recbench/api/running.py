"""Running: a benchmark from what was asked for to its results; and what can be done before one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, Union

from recbench.api.asked import asked_suite, handed_in
from recbench.api.progress import watching
from recbench.api.results import Results
from recbench.run.executors import Limits, make_executor
from recbench.run.forecast import Forecast, forecast
from recbench.run.plan import plan as plan_cells
from recbench.run.sweep import Watcher, run_sweep, to_do
from recbench.run.tables import Tables
from recbench.store.cell import Cell
from recbench.store.folder import Store
from recbench.store.index import State
from recbench.store.paths import Paths
from recbench.suite import Suite
from recbench.tracking.tracker import MlflowTracker

if TYPE_CHECKING:
    from recbench.data.dataset import Dataset

__all__ = ["Datasets", "Plan", "plan", "run"]

Names = str | Sequence[str]
Datasets: TypeAlias = Union[str, "Dataset", Sequence[Union[str, "Dataset"]]]
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
    root = Path(results)
    store = Store(root, create=False, index=False) if Paths(root).cells.is_dir() else None
    states = dict(store.states(only_look=True)) if store else {}
    cells, _ = _planned(chosen, datasets, root, states)
    _tracker(tracking, root, chosen.name)
    stored = frozenset(key for key, state in states.items() if state.status == "done")
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
    root = Path(results)
    cells, tables = _planned(chosen, datasets, root, {} if fresh else _states(root))
    tracker = _tracker(tracking, root, chosen.name, people_artifact)
    store = Store(root)
    tables.note(root)
    limits = Limits(cell_timeout, cell_memory)
    executor = make_executor(tables, store.paths.cache, jobs, limits, scheduler, dict(resources or {}))
    with watching(progress) as watcher:
        sweep = run_sweep(chosen, cells, executor, store, tracker, watcher, fresh)
    return Results(store, chosen.name, cells=cells, sweep=sweep, tracker=tracker)


def _planned(
    suite: Suite, given: Datasets | None, results: Path, states: Mapping[str, State]
) -> tuple[list[Cell], Tables]:
    """Return the cells of a suite, and its tables: those of which a cell is still to be done are loaded.

    Args:
        suite: what was asked for.
        given: data sets that were handed in; names among them are passed over.
        results: the results folder.
        states: of the stored cells, by key.
    """
    tables = Tables(suite.datasets, handed_in(given), results)
    cells = plan_cells(suite, tables.described)
    if tables.load(job.cell.dataset for job in to_do(cells, states)):
        cells = plan_cells(suite, tables.described)
    return cells, tables


def _states(results: Path) -> dict[str, State]:
    """Return the state of each stored cell, by key; a folder without results stays as it is."""
    if not Paths(results).cells.is_dir():
        return {}
    return dict(Store(results, create=False).states(only_look=True))


def _tracker(
    tracking: str | bool, results: Path, suite: str, people_artifact: bool | None = None
) -> MlflowTracker | None:
    if tracking is False:
        return None
    return MlflowTracker(None if tracking is True else tracking, results, suite, people_artifact)
