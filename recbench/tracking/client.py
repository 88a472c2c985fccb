"""Client: where MLflow is, the experiment a tracker writes to, and what MLflow's errors mean."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from functools import cached_property
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING

from recbench.errors import RecbenchError, UsageError
from recbench.store.paths import Paths
from recbench.tracking.addresses import scheme_of, shown_address, sqlite_file, sqlite_uri, without_secrets
from recbench.tracking.glance import Glance, glance

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Experiment, Run

_SERVERS = ("http", "https", "databricks")
_DATABASES = ("sqlite", "postgresql", "mysql", "mssql")
VARIABLE = "MLFLOW_TRACKING_URI"
"""MLflow's own variable for its address: used where no --tracking-uri is given."""
PREFIX = "recbench."
"""With which the names of our tags begin."""
_NO_PEOPLE = f"{PREFIX}no_people_artifact"
_PAGE = 200


class Board:
    """An MLflow experiment, reached when it is first needed.

    Args:
        uri: a tracking server or database; None is ``mlflow.db`` in ``results``.
        results: the results folder.
        name: of the experiment.

    Raises:
        UsageError: MLflow does not understand ``uri``.
    """

    def __init__(self, uri: str | None, results: Path, name: str) -> None:
        self.own = uri is None
        self.address = default_uri(results) if uri is None else checked(uri)
        self._home = artifact_home(self.address, results)
        self._name = name

    @cached_property
    def client(self) -> MlflowClient:
        """MLflow's client; nothing is reached yet. It is used inside :func:`~.manners.polite`."""
        from mlflow import MlflowClient

        return MlflowClient(self.address)

    @property
    def id(self) -> str:
        """The experiment's id in MLflow."""
        return str(self._experiment.experiment_id)

    @cached_property
    def seen(self) -> Glance | None:
        """What the experiment held at the first look, taken without MLflow; None if it cannot be told.

        Only databases in a file can be looked at, and only experiments that are where they should be.
        """
        file = sqlite_file(self.address)
        found = None if file is None else glance(file, self._name, PREFIX)
        return None if found is None or self._is_moved(found) else found

    def said_of_people(self, chosen: bool | None) -> bool | None:
        """Return :meth:`wants_people` where that can be told without MLflow, else None."""
        if self.seen is None:
            return None
        before, noted = self._people_before(self.seen)
        return before if chosen is None or (chosen == before and noted) else None

    def wants_people(self, chosen: bool | None) -> bool:
        """Return whether runs get their people, as ``chosen`` now or, if None, before.

        At first only where they stay on this machine. The choice is kept with the experiment: person rows
        that someone kept out stay out.
        """
        before, noted = self._people_before(self._experiment)
        if chosen is None or (chosen == before and noted):
            return before
        self.client.set_experiment_tag(self.id, _NO_PEOPLE, str(not chosen).lower())
        return chosen

    def _people_before(self, experiment: Experiment | Glance) -> tuple[bool, bool]:
        """Return whether runs got their people until now, and whether that is noted."""
        noted = experiment.tags.get(_NO_PEOPLE)
        if noted is not None:
            return noted != "true", True
        # Files of runs go to this machine's disk: no server or store elsewhere gets them.
        is_database = scheme_of(self.address) in _DATABASES
        return is_database and experiment.artifact_location.startswith(("file:", "/")), False

    def _is_moved(self, experiment: Experiment | Glance) -> bool:
        return self.own and experiment.artifact_location != self._home

    def search(self, condition: str, at_most: int = sys.maxsize) -> Iterator[Run]:
        """Yield the runs that meet a condition in MLflow's language."""
        token = None
        while at_most > 0:
            size = min(at_most, _PAGE)
            page = self.client.search_runs([self.id], condition, max_results=size, page_token=token)
            yield from page
            at_most -= len(page)
            token = page.token
            if not token:
                return

    @cached_property
    def _experiment(self) -> Experiment:
        """The experiment; it is created, or restored if someone deleted it."""
        found = self.client.get_experiment_by_name(self._name) or self._created()
        if found.lifecycle_stage == "deleted":
            self.client.restore_experiment(found.experiment_id)
        if self._is_moved(found):
            raise RecbenchError(
                f"keeps its files in {shown_address(found.artifact_location)}, from where these results"
                " were moved (remove mlflow.db)"
            )
        return found

    def _created(self) -> Experiment:
        # Without the tag, MLflow's page asks what the experiment is for.
        tags = {"mlflow.experimentKind": "custom_model_development"}
        problem: Exception = RecbenchError(f"does not keep the experiment {self._name!r}")
        try:
            self.client.create_experiment(self._name, self._home, tags)
        except Exception as error:
            problem = error  # unless another driver was quicker
        found = self.client.get_experiment_by_name(self._name)
        if found is None:
            raise problem
        return found


def default_uri(results: Path) -> str:
    """Return the address of the database in a results folder."""
    return sqlite_uri(Paths(results).database)


def checked(uri: str) -> str:
    """Return an address that MLflow understands.

    Raises:
        UsageError: it does not understand this one.
    """
    plugins = {entry.name for entry in entry_points(group="mlflow.tracking_store")}
    if scheme_of(uri) not in {*_SERVERS, *_DATABASES, *plugins} or "//" not in uri:
        origin = f" ({VARIABLE})" if uri == os.environ.get(VARIABLE) else ""
        raise UsageError(
            f"{shown_address(uri)!r}{origin} is no address of an MLflow server or database.",
            "Write http://HOST:PORT or sqlite:///FILE.",
        )
    return uri.rstrip("/")


def artifact_home(uri: str, results: Path) -> str | None:
    """Return where files go where no server decides it: beside the database, else in the results."""
    if scheme_of(uri) not in _DATABASES:
        return None
    file = sqlite_file(uri)
    folder = results if file is None else file.parent
    return Paths(folder.resolve()).artifacts.as_uri()


def in_short(error: BaseException, uri: str = "") -> str:
    """Return in a few words why MLflow at ``uri`` failed; its own messages run over many lines."""
    if isinstance(error, RecbenchError):
        return error.message
    text = without_secrets(" ".join(str(error).split()), uri)
    for sign, meaning in _SIGNS.items():
        if sign in text:
            return meaning
    line = text.partition("[SQL:")[0].partition(" (Background on")[0].strip(" .")
    return f"failed ({line[:200] or type(error).__name__})"


_SIGNS = {
    "Connection refused": "cannot be reached (nothing answers there)",
    "timed out": "cannot be reached (no answer in time)",
    "resolve": "cannot be reached (unknown host)",
    "RemoteDisconnected": "cannot be reached (it hangs up)",
    "Connection reset": "cannot be reached (it hangs up)",
    "Max retries exceeded": "cannot be reached",
    "readonly database": "cannot be written",
    "unable to open database": "cannot be opened",
    "database is locked": "is in use by another program",
    "disk is full": "cannot be written (the disk is full)",
    "No space left": "cannot be written (the disk is full)",
    "disk I/O error": "cannot be written (disk I/O error)",
    "Read-only file system": "cannot be written (read-only file system)",
}
