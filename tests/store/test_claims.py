"""Claims of drivers that live, died, or are on another machine."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from recbench.store.claims import SILENCE, Claims, clear_dead, lives


class Stopwatch:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def killed(results: Path) -> str:
    """Return the id of a driver that was killed while it held the cell ``a1``."""
    script = (
        "import os, sys\nfrom pathlib import Path\nfrom recbench.store.claims import Claims\n"
        "claims = Claims(Path(sys.argv[1])).__enter__()\nassert claims.take('a1')\n"
        "print(claims.id, flush=True)\nos.kill(os.getpid(), 9)\n"
    )
    words = [sys.executable, "-c", script, str(results)]
    said = subprocess.run(words, capture_output=True, text=True, check=False)
    return said.stdout.strip()


@pytest.fixture
def dead(tmp_path: Path) -> str:
    """The id of such a driver, of which only files are left."""
    return killed(tmp_path)


def another_machines(results: Path, beat: int, driver: str = "elsewhere") -> None:
    """Write down a driver of another machine, as that machine would."""
    said = {"host": "another.machine", "process": 1, "beat": beat}
    (results / "drivers" / f"{driver}.json").write_text(json.dumps(said))


def test_a_cell_is_one_drivers_until_it_is_given_back(tmp_path: Path) -> None:
    with Claims(tmp_path) as one, Claims(tmp_path) as other:
        assert one.take("a1")
        assert one.take("a1"), "again, by the same driver"
        assert not other.take("a1")
        assert other.take("b2")
        one.release("a1")
        assert other.take("a1")
        assert not one.take("a1")
        assert lives(tmp_path, one.id)
    assert not list((tmp_path / "claims").iterdir())
    assert not list((tmp_path / "drivers").iterdir())


def test_a_dead_drivers_cell_is_taken_over_at_once(tmp_path: Path) -> None:
    with Claims(tmp_path) as claims, Claims(tmp_path) as late:
        dead = killed(tmp_path)
        assert not lives(tmp_path, dead)
        assert claims.take("a1")
        assert not late.take("a1")


def test_what_dead_drivers_left_is_cleared_by_the_next(tmp_path: Path, dead: str) -> None:
    assert not lives(tmp_path, dead)
    with Claims(tmp_path) as claims:
        claims.take("b2")
        assert clear_dead(tmp_path) == 0
        assert [path.name for path in (tmp_path / "claims").iterdir()] == ["b2"]
        assert lives(tmp_path, claims.id)


def test_another_machines_driver_is_dead_when_its_count_stands_still(tmp_path: Path) -> None:
    stopwatch = Stopwatch()
    with Claims(tmp_path, stopwatch) as claims:
        (tmp_path / "claims" / "a1").write_text("elsewhere")
        for beat in range(5):
            another_machines(tmp_path, beat)
            assert not claims.take("a1"), "it counts on"
            stopwatch.now += SILENCE - 1
        assert not claims.take("a1")
        stopwatch.now += 2
        assert claims.take("a1")


def test_a_claim_that_nobody_signed_is_given_time(tmp_path: Path) -> None:
    stopwatch = Stopwatch()
    with Claims(tmp_path, stopwatch) as claims:
        (tmp_path / "claims" / "a1").touch()
        assert not claims.take("a1")
        stopwatch.now += SILENCE + 1
        assert claims.take("a1")
        (tmp_path / "claims" / "b2").touch()
        assert not claims.take("b2"), "another cell's claim has its own time"


def test_a_damaged_note_of_a_driver_does_not_free_its_cells(tmp_path: Path) -> None:
    stopwatch = Stopwatch()
    with Claims(tmp_path, stopwatch) as one, Claims(tmp_path, stopwatch) as other:
        assert one.take("a1")
        (tmp_path / "drivers" / f"{one.id}.json").write_text("{")
        assert not other.take("a1")
        stopwatch.now += SILENCE + 1
        assert not other.take("a1"), "its lock still tells that it lives"


def pipe(path: Path) -> None:
    os.mkfifo(path)


NONSENSE = {
    "not UTF-8": lambda path: path.write_bytes(b"\xff"),
    "NUL": lambda path: path.write_bytes(b"\0"),
    "long": lambda path: path.write_bytes(b"a" * 10**7),
    "a path": lambda path: path.write_text("../victim/package"),
    "an absolute path": lambda path: path.write_text(str(path.parent.parent / "victim" / "package")),
    "a line more": lambda path: path.write_text("0123456789ab\n"),
    "blanks": lambda path: path.write_text("  "),
    "a folder": lambda path: (path / "below").mkdir(parents=True),
    "a link": lambda path: path.symlink_to(path.parent.parent / "victim" / "package.json"),
    "a link to nowhere": lambda path: path.symlink_to("nowhere"),
    "a pipe": pipe,
}


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    """Files beside the results, which claims must not reach."""
    (tmp_path / "victim").mkdir()
    for name in ("package.json", "package.lock"):
        (tmp_path / "victim" / name).write_text("{}")
    return tmp_path / "victim"


@pytest.mark.parametrize("claim", NONSENSE.values(), ids=list(NONSENSE))
def test_a_claim_that_no_driver_can_have_written_is_nobodys(
    tmp_path: Path, victim: Path, claim: Callable[[Path], None]
) -> None:
    with Claims(tmp_path) as claims, Claims(tmp_path) as late:
        claim(tmp_path / "claims" / "a1")
        assert claims.take("a1"), "at once"
        assert not late.take("a1")
        claim(tmp_path / "claims" / "b2")
        assert clear_dead(tmp_path) == 0
        assert not os.path.lexists(tmp_path / "claims" / "b2")
        claim(tmp_path / "claims" / "c3")
    with Claims(tmp_path) as claims:
        assert not os.path.lexists(tmp_path / "claims" / "c3")
    assert sorted(path.name for path in victim.iterdir()) == ["package.json", "package.lock"]
    assert (victim / "package.json").read_text() == "{}"


NOTES = {
    "not JSON": b"{",
    "not UTF-8": b"\xff",
    "a list": b"[]",
    "nothing": b"{}",
    "beat is text": b'{"host": "h", "beat": "1"}',
    "beat without end": b'{"host": "h", "beat": 1e999}',
    "beat is none": b'{"host": "h", "beat": NaN}',
    "host is a number": b'{"host": 1, "beat": 1}',
    "host is a list": b'{"host": [], "beat": 1}',
    "nested": b"[" * 900,
    "deeper": b"[" * 10**6,
}


@pytest.mark.parametrize("note", NOTES.values(), ids=list(NOTES))
def test_a_drivers_note_that_says_nothing_stops_nobody(tmp_path: Path, note: bytes) -> None:
    stopwatch = Stopwatch()
    with Claims(tmp_path, stopwatch) as claims:
        (tmp_path / "drivers" / "0123456789ab.json").write_bytes(note)
        (tmp_path / "claims" / "a1").write_text("0123456789ab")
        assert not lives(tmp_path, "0123456789ab")
        assert not claims.take("a1")
        stopwatch.now += SILENCE + 1
        assert claims.take("a1")
        (tmp_path / "claims" / "b2").write_text("0123456789ab")
        assert clear_dead(tmp_path) == 1
        assert claims.take("b2")


@pytest.mark.parametrize("suffix", ["json", "lock"])
@pytest.mark.parametrize("thing", ["a folder", "a link", "a pipe"])
def test_what_lies_in_place_of_a_drivers_files_stops_nobody(
    tmp_path: Path, victim: Path, suffix: str, thing: str
) -> None:
    (tmp_path / "drivers").mkdir()
    NONSENSE[thing](tmp_path / "drivers" / f"0123456789ab.{suffix}")
    NONSENSE[thing](tmp_path / "drivers" / "unsigned.lock")
    with Claims(tmp_path) as claims:
        (tmp_path / "claims" / "a1").write_text("0123456789ab")
        assert clear_dead(tmp_path) == 1
        assert claims.take("a1")
        (tmp_path / "claims" / "b2").write_bytes(b"\xff")
        assert claims.take("b2")
    assert (victim / "package.json").read_text() == "{}"


def test_a_driver_with_the_name_of_a_path_lives_nowhere(tmp_path: Path, victim: Path) -> None:
    said = {"host": platform.node(), "beat": 1}
    (victim / "package.json").write_text(json.dumps(said))
    (tmp_path / "drivers").mkdir()
    for name in ("../victim/package", str(victim / "package"), "..", "", "a\0b"):
        assert not lives(tmp_path, name)
    assert sorted(path.name for path in victim.iterdir()) == ["package.json", "package.lock"]
