"""Claims: two drivers on one results folder never run the same cell twice.

<results>/drivers/<id>.json   who a driver is, and a count that it raises while it lives
<results>/drivers/<id>.lock   locked by the driver: the system frees it when the process dies
<results>/claims/<key>        the id of the driver that runs a cell

Whether an owner lives is never read off a clock. On this machine its lock tells; of another machine's
driver it is the count: one that stood still for :data:`SILENCE` seconds, by this process's own
stopwatch, is dead.
"""

from __future__ import annotations

import json
import os
import platform
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread
from types import TracebackType

from filelock import FileLock, Timeout

from recbench.files import write_whole

BEAT = 5.0
"""Seconds between two counts."""
SILENCE = 60.0
"""Seconds without a count after which another machine's driver is taken for dead."""


class Claims:
    """What this driver has taken for itself. A context manager: on leaving, everything is given back.

    Args:
        results: the results folder.
        stopwatch: seconds that only ever grow.
    """

    def __init__(self, results: Path, stopwatch: Callable[[], float] = time.monotonic) -> None:
        self.id = uuid.uuid4().hex[:12]
        self._drivers, self._claims = results / "drivers", results / "claims"
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
                owner = self._owner(place)
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
            (self._claims / key).unlink(missing_ok=True)

    def _owner(self, place: Path) -> str | None:
        """Return who has a claim: nobody any more (None), or somebody who has not signed yet ("")."""
        try:
            return place.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None

    def _take_over(self, place: Path, owner: str) -> bool:
        """Take a claim from a dead owner; of several who try, one succeeds."""
        if not self._may_be_dead(owner, place):
            return False
        lock = FileLock(self._drivers / f"{owner or 'unsigned'}.lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            return False
        try:
            if self._owner(place) != owner:
                return False
            write_whole(place, self.id)
            return True
        finally:
            lock.release()

    def _may_be_dead(self, owner: str, place: Path) -> bool:
        """Return whether it is worth trying the owner's lock."""
        try:
            said = json.loads((self._drivers / f"{owner}.json").read_bytes())
            beat, here = int(said["beat"]), said["host"] == platform.node()
        except FileNotFoundError:
            # It ended and left this claim, or it has made the claim and not signed it yet.
            if owner:
                return True
            beat, here = 0, False
        except (OSError, ValueError, KeyError, TypeError):
            beat, here = -1, False
        if here:
            return True
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
    place = results / "drivers"
    try:
        said = json.loads((place / f"{driver}.json").read_bytes())
        if said["host"] != platform.node():
            return True
        lock = FileLock(place / f"{driver}.lock")
        lock.acquire(timeout=0)
    except Timeout:
        return True
    except (OSError, ValueError, KeyError, TypeError):
        return False
    lock.release()
    return False


def clear_dead(results: Path) -> int:
    """Remove what dead drivers of this machine left behind, and return how many there were."""
    claims: dict[str, list[Path]] = {path.stem: [] for path in (results / "drivers").glob("*.json")}
    for claim in (results / "claims").glob("[!.]*"):
        with suppress(OSError):
            claims.setdefault(claim.read_text(encoding="utf-8"), []).append(claim)
    dead = [driver for driver in claims if driver and not lives(results, driver)]
    for driver in dead:
        lock = FileLock(results / "drivers" / f"{driver}.lock")
        # Whoever takes a dead driver's cell over holds this lock too: its new claim is not touched.
        with suppress(Timeout, OSError), lock.acquire(timeout=0):
            for claim in claims[driver]:
                if claim.read_text(encoding="utf-8") == driver:
                    claim.unlink()
            _forget(results / "drivers", driver)
    return len(dead)


def _forget(drivers: Path, driver: str) -> None:
    for suffix in ("json", "lock"):
        with suppress(OSError):
            (drivers / f"{driver}.{suffix}").unlink(missing_ok=True)
