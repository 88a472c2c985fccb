"""Pages: MLflow's, on the results."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from recbench.store.folder import Store
from recbench.store.sweeps import SweepNote, sweep_notes
from recbench.tracking.addresses import shown_address
from recbench.tracking.server import MlflowServer
from recbench.tracking.sync import sync as sync_store
from recbench.tracking.tracker import Change, MlflowTracker

__all__ = ["Change", "Pages", "Synced", "mlflow_pages", "sync"]

Say = Callable[[str], None]


@dataclass(frozen=True)
class Synced:
    """What mirroring into MLflow took.

    Attributes:
        address: where MLflow is, fit to be printed.
        cells: how many cells there are.
        runs: how many of their runs were added, updated and left as they were.
        summaries: the same of the sweeps' summary runs.
    """

    address: str
    cells: int
    runs: Counter[Change]
    summaries: Counter[Change]


@dataclass
class Pages:
    """MLflow's pages on the results.

    Attributes:
        address: of the pages.
        origin: where the runs are, if not beside the results; fit to be printed.
        found: addresses of the newest sweep's pages, by what they show.
        is_own: whether a tracking server has them, so that nothing is served here.
        is_open: whether other machines can reach them.
        server: what serves them.
    """

    address: str
    origin: str = ""
    found: dict[str, str] = field(default_factory=dict)
    is_own: bool = False
    is_open: bool = False
    server: MlflowServer | None = None

    def wait(self) -> None:
        """Wait until they are stopped."""
        if self.server is not None:
            self.server.wait()


def sync(
    results: Path | str = "results",
    tracking: str | None = None,
    people_artifact: bool | None = None,
    progress: Callable[[int], None] = lambda cells: None,
) -> Synced:
    """Mirror the stored results into MLflow; a run is never there twice.

    Args:
        results: the folder of results.
        tracking: a tracking server or database; None is the database in the folder.
        people_artifact: whether runs get their person rows; None is as before.
        progress: told how many cells there are, each time one is done.

    Raises:
        RecbenchError: MLflow failed. What was mirrored before stays there.
    """
    store = Store(Path(results), create=False)
    cells = sum(1 for _ in store.cells.iterdir())
    summaries: Counter[Change] = Counter()
    runs = sync_store(
        store,
        tracking,
        people_artifact,
        progress=lambda: progress(cells),
        summarised=lambda note, change: summaries.update([change]),
    )
    return Synced(shown_address(tracking) if tracking is not None else "", cells, runs, summaries)


@contextmanager
def mlflow_pages(
    results: Path | str = "results",
    tracking: str | None = None,
    host: str = "127.0.0.1",
    port: int = 5000,
    say: Say = lambda text: None,
) -> Iterator[Pages]:
    """Serve MLflow's pages on the results while the block lasts.

    Args:
        results: the folder of results.
        tracking: a tracking server, which has pages of its own, or a database.
        host: where to listen; 0.0.0.0 lets other machines in.
        port: of the pages.
        say: told what happens and what cannot be read.

    Raises:
        RecbenchError: MLflow does not start.
    """
    root = Path(results)
    store = Store(root, create=False)
    newest = sweep_notes(root, say)[-1:]
    there = MlflowTracker(tracking, root)
    if there.server:
        found = _pages(store, tracking, newest[0], say) if newest else {}
        yield Pages(there.server, found=_below(there.server, found), is_own=True)
        return
    server = MlflowServer(root, host, port, tracking)
    if tracking is None and not store.paths.database.exists():
        say("Mirroring the results into MLflow ...")
        sync_store(store, None)
    with server:
        found = _pages(store, tracking, newest[0], say) if newest else {}
        server.await_answer()
        origin = there.uri if tracking is not None else ""
        pages = _below(server.address, found)
        yield Pages(server.address, origin, pages, is_open=server.is_open, server=server)


def _below(address: str, pages: dict[str, str]) -> dict[str, str]:
    return {what: f"{address}{page}" for what, page in pages.items()}


def _pages(store: Store, uri: str | None, newest: SweepNote, say: Say) -> dict[str, str]:
    """Return the pages on the newest sweep, which is mirrored first if MLflow does not have it."""
    tracker = MlflowTracker(uri, store.root, newest.suite)
    if not tracker.compare_url(newest.id) and not tracker.problem:
        say("Mirroring the results into MLflow ...")
        sync_store(store, uri)
    tracker.summarise(store, newest.id)
    pages = {"Compare": tracker.compare_url(newest.id), "Charts": tracker.charts_url(newest.id)}
    if tracker.problem:
        say(tracker.problem)
    return {what: page for what, page in pages.items() if page}
