"""Files of the catalogue: found on this machine or downloaded once, and never used unverified.

A file is looked for under ``RECBENCH_DATA_HOME``, then in the user's cache folder, and is then
downloaded into the cache. Wherever it comes from, its SHA-256 must be the pinned one. ``pooch``
downloads beside the final place, tries again where a connection was cut, and moves the file there once
its checksum is right, so a download that was cut off is never taken for a table.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path

from recbench.errors import RecbenchError, UsageError, unknown_name
from recbench.hashing import sha256

HOME = "RECBENCH_DATA_HOME"
"""Environment variable: a folder that already holds the files."""
MIRROR = "RECBENCH_DATA_URL"
"""Environment variable: where to download from instead, for networks that reach only a mirror."""

_TRIES = 4
_TIMEOUT = 30.0
_REVISION = "2d56677095bd11deba5d8e3731f8941b95e0a880"

log = logging.getLogger("recbench.datasets")


class State(StrEnum):
    """Where a file is, if it is anywhere; from best to worst."""

    HOME = f"in {HOME}"
    CACHED = "cached"
    ABSENT = "not downloaded"
    CORRUPT = "corrupt"


@dataclass(frozen=True)
class Found:
    """What is known of a file without touching the network; ``path`` is where it is or would be."""

    state: State
    path: Path

    @property
    def ready(self) -> bool:
        """Whether the file is here and its checksum is right."""
        return self.state in (State.HOME, State.CACHED)


@dataclass(frozen=True)
class Repository:
    """A folder on the web whose files are pinned.

    Attributes:
        name: folder of the cache the files are kept in.
        url: what a file name is appended to.
        checksums: SHA-256 (hex) by file name.
    """

    name: str
    url: str
    checksums: Mapping[str, str]

    @property
    def folder(self) -> Path:
        """Where downloads are kept."""
        return user_cache_path("recbench") / "data" / self.name

    def find(self, file: str) -> Found:
        """Return where ``file`` is, with its checksum verified.

        Raises:
            UsageError: no such file is pinned, or ``RECBENCH_DATA_HOME`` is not a folder.
        """
        if file not in self.checksums:
            raise unknown_name("data file", file, self.checksums)
        home = os.environ.get(HOME)
        if home:
            if not Path(home).is_dir():
                raise UsageError(f"{HOME} is {home!r}, which is not a folder.", f"Correct or unset {HOME}.")
            path = Path(home) / file
            if path.exists():
                return Found(State.HOME if self._verified(path) else State.CORRUPT, path)
        path = self.folder / file
        if not path.exists():
            return Found(State.ABSENT, path)
        return Found(State.CACHED if self._verified(path) else State.CORRUPT, path)

    def fetch(self, file: str, progress: Any = None) -> Path:
        """Return the path of a verified ``file``, downloading it first if it is not here.

        Args:
            file: name of the file.
            progress: object with ``total``, ``update(n)``, ``reset()`` and ``close()`` (as pooch takes).

        Raises:
            UsageError: a file under ``RECBENCH_DATA_HOME`` has a wrong checksum.
            RecbenchError: the file cannot be downloaded, or what came is not the pinned file.
        """
        found = self.find(file)
        if found.ready:
            return found.path
        if found.state is State.CORRUPT:
            if found.path.parent != self.folder:
                raise UsageError(
                    f"{found.path} has a wrong checksum: it is not the published file.",
                    f"Replace or remove it, or unset {HOME}.",
                )
            log.warning("%s is corrupt (wrong checksum): downloading it anew.", found.path)
        self._download(file, progress)
        return found.path

    def _download(self, file: str, progress: Any) -> None:
        import pooch

        url = (os.environ.get(MIRROR) or self.url).rstrip("/") + "/"
        pinned = {name: f"sha256:{checksum}" for name, checksum in self.checksums.items()}
        fetcher = pooch.create(self.folder, url, registry=pinned, retry_if_failed=_TRIES - 1)
        logger = pooch.get_logger()
        logger.addFilter(_is_warning)
        try:
            fetcher.fetch(file, downloader=_Get(progress))
        except ValueError as error:
            raise RecbenchError(
                f"{url}{file} is not the published file: its checksum is wrong. Nothing was kept.",
                f"Try again later, or put the file in a folder and set {HOME} to it.",
            ) from error
        except OSError as error:
            raise RecbenchError(
                f"{file} cannot be written to {self.folder}: {error.strerror or error}.",
                f"Free the folder, or put the file elsewhere and set {HOME} to it.",
            ) from error
        finally:
            logger.removeFilter(_is_warning)

    def _verified(self, path: Path) -> bool:
        try:
            return sha256(path) == self.checksums[path.name]
        except OSError as error:
            raise RecbenchError(f"cannot read {path}: {error.strerror or error}.") from error


class _Get:
    """Downloads one file for pooch, which tries again what ``requests`` raises and nothing else."""

    def __init__(self, progress: Any) -> None:
        self._progress, self._tries = progress, 0

    def __call__(self, url: str, target: str, fetcher: Any) -> None:
        import pooch
        import requests

        self._tries += 1
        get = pooch.HTTPDownloader(progressbar=self._progress or False, chunk_size=2**16, timeout=_TIMEOUT)
        elsewhere = f"Go online, or put the file in a folder and set {HOME} to it."
        try:
            get(url, target, fetcher)
        except requests.HTTPError as error:
            answer = "an error" if error.response is None else error.response.status_code
            raise RecbenchError(
                f"{url} cannot be downloaded: the server answered {answer}.", elsewhere
            ) from error
        except requests.RequestException as error:
            if not _was_cut(error):
                raise RecbenchError(f"{url} cannot be reached ({_reason(error)}).", elsewhere) from error
            if self._tries == _TRIES:
                raise RecbenchError(
                    f"{url} cannot be downloaded: the connection was cut {_TRIES} times.", elsewhere
                ) from error
            log.warning("%s: the connection was cut, trying again.", url)
            raise


def _is_warning(record: logging.LogRecord) -> bool:
    """Whether a word of pooch's is more than news."""
    return record.levelno >= logging.WARNING


def _was_cut(error: Exception) -> bool:
    """Whether a connection came about and broke off, so that trying again is of use."""
    import requests

    broken = (requests.exceptions.ChunkedEncodingError, requests.ConnectionError, requests.ReadTimeout)
    barred = (requests.exceptions.SSLError, requests.exceptions.ProxyError, requests.ConnectTimeout)
    never_made = hasattr(error.args[0] if error.args else None, "reason")
    return isinstance(error, broken) and not isinstance(error, barred) and not never_made


def _reason(error: Exception) -> str:
    """Return the last cause of a failed request in a few words."""
    cause = getattr(error.args[0], "reason", error) if error.args else error
    return (
        str(cause).strip().split("\n", maxsplit=1)[0].rpartition(": ")[2].rstrip(".") or type(cause).__name__
    )


CF_DATA = Repository(
    f"cf-data-{_REVISION[:7]}",
    f"https://raw.githubusercontent.com/carla-recourse/cf-data/{_REVISION}",
    {
        "adult_train.csv": "949236c2502a3daa4b660ba35093ee133e1d152f865a5323768b0b7a50a8e292",
        "adult_test.csv": "5fa0554e72173473f4f826ed28daec5f2ce76c3af7a9f1cb6fe3a806f87b6b6b",
        "compas_train.csv": "d9cab073348a902bc09e4e0792f2b73aab1c6e419db1da655bbad978f33b80cf",
        "compas_test.csv": "6849f34e0edad380bfa3b62c5a947bd0a9122cc639496e3048f04c6c674127eb",
        "heloc_train.csv": "92187da9daab7d1b074192d45d29fd3c1aca1f3cac8f37800780310ea7cf2b36",
        "heloc_test.csv": "56a00b4f7b96bf1020a8d05d3b61ea3a4bc6fe637376c0b929dceb3f319a0e58",
    },
)
"""The CARLA project's prepared tables with their fixed splits."""
