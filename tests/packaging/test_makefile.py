"""The Makefile before there is an environment: what it says, and what it mends."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.skipif(not shutil.which("make"), reason="there is no make")

FAKE = """#!/bin/sh
# A Python that only notes what it is asked, and makes environments of copies of itself.
echo "$*" >> "$NOTES"
if [ "$1 $2" = "-m venv" ]; then
    mkdir -p .venv/bin
    cp "$0" .venv/bin/python
    cp "$0" .venv/bin/pip
fi
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with the Makefile and what it looks at, and a Python that installs nothing."""
    for name in ("Makefile", "requirements.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    fake = tmp_path / "fake"
    fake.write_text(FAKE)
    fake.chmod(0o755)
    return tmp_path


def make(place: Path, *words: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    return subprocess.run(
        ["make", *words],
        cwd=place,
        env={**inherited, "NOTES": str(place / "notes")},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def asked(place: Path) -> list[str]:
    """Return what the Pythons were asked since the last time."""
    notes = place / "notes"
    lines = notes.read_text().splitlines() if notes.exists() else []
    notes.unlink(missing_ok=True)
    return lines


def test_help_lists_every_target() -> None:
    text = (ROOT / "Makefile").read_text()
    phony = re.search(r"^\.PHONY: (.+)$", text, re.MULTILINE)
    assert phony is not None
    done = make(ROOT, "help")
    assert ["environment", *(line.split()[1] for line in done.stdout.splitlines())] == phony[1].split()
    assert max(map(len, done.stdout.splitlines())) < 120


@pytest.mark.parametrize("python", ["no-such-python", "/bin/false"])
def test_without_a_python_it_says_how_to_name_one(place: Path, python: str) -> None:
    done = make(place, "test", f"PYTHON={python}")
    assert done.returncode != 0
    assert done.stderr.splitlines()[0] == (
        f"error: '{python}' is no Python 3.11 or newer; name one: make PYTHON=/path/to/python"
    )
    assert not (place / ".venv").exists()


def test_make_alone_sets_up_once(place: Path) -> None:
    done = make(place, "PYTHON=./fake")
    assert done.returncode == 0, done.stderr
    said = asked(place)
    assert "-m venv --clear .venv" in said
    assert "-m pip install --quiet -r requirements.lock" in said
    again = make(place, "PYTHON=./fake")
    assert (again.returncode, again.stdout) == (0, "")
    assert asked(place) == ["--version"]


def test_a_broken_environment_is_made_anew(place: Path) -> None:
    assert make(place, "PYTHON=./fake").returncode == 0
    asked(place)
    # As after the Python that made it was removed.
    (place / ".venv" / "bin" / "pip").write_text("#!/no/such/python\n")
    done = make(place, "PYTHON=./fake")
    assert done.returncode == 0, done.stderr
    assert "-m venv --clear .venv" in asked(place)
    assert make(place, "PYTHON=./fake").returncode == 0
    assert asked(place) == ["--version"]


def test_an_environment_that_works_is_kept_when_the_lock_changes(place: Path) -> None:
    assert make(place, "PYTHON=./fake").returncode == 0
    asked(place)
    later = (place / ".venv" / ".ready").stat().st_mtime + 10
    os.utime(place / "requirements.lock", (later, later))
    assert make(place, "PYTHON=./fake").returncode == 0
    said = asked(place)
    assert "-m pip install --quiet -r requirements.lock" in said
    assert "-m venv --clear .venv" not in said
