"""Claims of drivers that live, died, or are on another machine."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from recbench.claims import SILENCE, Claims, clear_dead, lives


class Stopwatch:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def killed(results: Path) -> str:
    """Return the id of a driver that was killed while it held the cell ``a1``."""
    script = (
        "import os, sys\nfrom pathlib import Path\nfrom recbench.claims import Claims\n"
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
