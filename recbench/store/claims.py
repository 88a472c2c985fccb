"""Claims: two drivers on one results folder never run the same cell twice.

<results>/drivers/<id>.json   who a driver is, and a count that it raises while it lives
<results>/drivers/<id>.lock   locked by the driver: the system frees it when the process dies
<results>/claims/<key>        the id of the driver that runs a cell

Whether an owner lives is never read off a clock. On this machine its lock tells; of another machine's
driver it is the count: one that stood still for :data:`SILENCE` seconds, by this process's own
stopwatch, is dead.

What lies there is checked before it is believed: an id is made into a path only if it is one, and a claim
that no driver can have written is nobody's.
"""

from __future__ import annotations

import json
import os
import platform
import re
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from types import TracebackType
from typing import NamedTuple

from filelock import FileLock, Timeout

from recbench.files import clear_way, read_regular, write_whole
from recbench.store.paths import Paths

BEAT = 5.0
"""Seconds between two counts."""
SILENCE = 60.0
"""Seconds without a count after which another machine's driver is taken for dead."""

_ID = re.compile(r"[0-9a-z]{1,40}")
_NOBODY = "?"
"""The owner of a claim that no driver can have written."""
_LONGEST = 1000
"""Bytes of a driver's note, which is much shorter."""


class Claims:
    """What this driver has taken for itself. A context manager: on leaving, everything is given back.

    Args:
        results: the results folder.
        stopwatch: seconds that only ever grow.
    """

    def __init__(self, results: Path, stopwatch: Callable[[], float] = time.monotonic) -> None:
        self.id = uuid.uuid4().hex[:12]
        self._drivers, self._claims = Paths(results).drivers, Paths(results).claims
        self._stopwatch = stopwatch
        self._mine: set[str] = set()
        self._seen: dict[str, tuple[int | None, float]] = {}
        self._stopped = Event()

    def __enter__(self) -> Claims:
        self._drivers.mkdir(parents=True, exist_ok=True)
        self._claims.mkdir(exist_ok=True)
        clear_dead(self._drivers.parent)
        self._lock = FileLock(self._drivers / f"{self.id}.lock")
        self._lock.acquire()
        self._beat(0)
        self._heart = Thread(target=self._live, daemon=True)
        self._heart.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        self._heart.join()
        for key in list(self._mine):
            self.release(key)
        self._lock.release()
        _forget(self._drivers, self.id)

    def take(self, key: str) -> bool:
        """Return whether the cell is now this driver's; a dead driver's claim is taken over."""
        place = self._claims / key
        while True:
            try:
                with place.open("x", encoding="utf-8") as file:
                    file.write(self.id)
            except FileExistsError:
                owner = _owner(place)
                if owner == self.id:
                    break
                if owner is None:
                    continue
                if not self._take_over(place, owner):
                    return False
            break
        self._mine.add(key)
        return True

    def release(self, key: str) -> None:
        """Give a cell back."""
        if key in self._mine:
            self._mine.discard(key)
            _remove(self._claims / key)

    def _take_over(self, place: Path, owner: str) -> bool:
        """Take a claim from a dead owner; of several who try, one succeeds."""
        if not self._may_be_dead(owner, place):
            return False
        with _locked(self._drivers, owner) as free:
            if not free or _owner(place) != owner:
                return False
            clear_way(place)
            write_whole(place, self.id)
            return True

    def _may_be_dead(self, owner: str, place: Path) -> bool:
        """Return whether it is worth trying the owner's lock."""
        if owner == _NOBODY:
            return True
        said = _said(self._drivers, owner) if owner else None
        # It ended and left this claim, unless it has made the claim and not signed it yet.
        if owner and said is None and not (self._drivers / f"{owner}.json").exists():
            return True
        if said is not None and said.host == platform.node():
            return True
        beat = -1 if said is None else said.beat
        now = self._stopwatch()
        last, since = self._seen.get(owner or str(place), (None, now))
        if last != beat:
            since = now
        self._seen[owner or str(place)] = (beat, since)
        return now - since >= SILENCE

    def _live(self) -> None:
        count = 0
        while not self._stopped.wait(BEAT):
            count += 1
            # A full disk stops the count, not the sweep.
            with suppress(OSError):
                self._beat(count)

    def _beat(self, count: int) -> None:
        said = {"host": platform.node(), "process": os.getpid(), "beat": count}
        write_whole(self._drivers / f"{self.id}.json", json.dumps(said))


def lives(results: Path, driver: str) -> bool:
    """Return whether a driver is at work. One of another machine is believed until its claims are taken."""
    if not _ID.fullmatch(driver):
        return False
    said = _said(Paths(results).drivers, driver)
    if said is None:
        return False
    if said.host != platform.node():
        return True
    with _locked(Paths(results).drivers, driver) as free:
        return not free


def clear_dead(results: Path) -> int:
    """Remove what dead drivers of this machine left behind, and return how many there were."""
    drivers = Paths(results).drivers
    claims: dict[str, list[Path]] = {
        note.stem: [] for note in drivers.glob("*.json") if _ID.fullmatch(note.stem)
    }
    for claim in Paths(results).claims.glob("[!.]*"):
        with suppress(PermissionError):
            owner = _owner(claim)
            if owner:
                claims.setdefault(owner, []).append(claim)
    dead = [driver for driver in claims if not lives(results, driver)]
    for driver in dead:
        # Whoever takes a dead driver's cell over holds this lock too: its new claim is not touched.
        with _locked(drivers, driver) as free:
            if free:
                for claim in claims[driver]:
                    if _owner(claim) == driver:
                        _remove(claim)
                if driver != _NOBODY:
                    _forget(drivers, driver)
    return sum(driver != _NOBODY for driver in dead)


class _Said(NamedTuple):
    """What a driver says of itself."""

    host: str
    beat: int


def _said(drivers: Path, driver: str) -> _Said | None:
    """Return what a driver's note says, or None if it is not there or no driver can have written it."""
    try:
        said = json.loads(read_regular(drivers / f"{driver}.json", _LONGEST))
        host, beat = said["host"], said["beat"]
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return None
    return _Said(host, beat) if isinstance(host, str) and type(beat) is int else None


def _owner(claim: Path) -> str | None:
    """Return who has a claim: no one any more (None), one who has not signed yet (""), or nobody ever."""
    try:
        text = read_regular(claim, _LONGEST).decode("ascii")
    except FileNotFoundError:
        return _NOBODY if claim.is_symlink() else None
    except PermissionError:
        raise  # another user's, who may be at work
    except (OSError, ValueError):
        return _NOBODY
    return text if not text or _ID.fullmatch(text) else _NOBODY


@contextmanager
def _locked(drivers: Path, owner: str) -> Iterator[bool]:
    """Hold the lock of a driver, or that of claims without one, and say whether it was free."""
    path = drivers / f"{owner if _ID.fullmatch(owner) else 'unsigned'}.lock"
    clear_way(path)
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except (Timeout, OSError):
        yield False
        return
    try:
        yield True
    finally:
        lock.release()


def _remove(place: Path) -> None:
    clear_way(place)
    with suppress(OSError):
        place.unlink(missing_ok=True)


def _forget(drivers: Path, driver: str) -> None:
    for suffix in ("json", "lock"):
        _remove(drivers / f"{driver}.{suffix}")
