"""A guarded child ends with its parent, however that ends, and takes along what it started."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import psutil
import pytest

from recbench.tracking.guard import Guarded

# It starts a process of its own, and both would rather live on.
_STUBBORN = """
import os, signal, subprocess, sys, time
from pathlib import Path

signal.signal(signal.SIGTERM, signal.SIG_IGN)
sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print("words", *sys.argv[1:], os.environ["COLOUR"], flush=True)
Path(os.environ["PIDS"]).write_text(f"{os.getpid()} {sleeper.pid}")
time.sleep(600)
"""


@pytest.fixture
def stubborn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which ``python -m stubborn`` finds its module; its ids are written to ``pids``."""
    (tmp_path / "stubborn.py").write_text(_STUBBORN)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr("recbench.tracking.guard._GRACE", 1.0)
    return tmp_path


def started(folder: Path) -> list[psutil.Process]:
    for _ in range(600):
        if (folder / "pids").exists() and (pids := (folder / "pids").read_text().split()):
            return [psutil.Process(int(pid)) for pid in pids]
        time.sleep(0.1)
    raise AssertionError("it did not start")


def test_it_ends_with_the_block(stubborn: Path) -> None:
    variables = {"COLOUR": "blue", "PIDS": str(stubborn / "pids")}
    with Guarded("stubborn", ["--one", "two words"], variables) as child:
        processes = started(stubborn)
        assert child.lives
        assert child.last_words() == "words --one two words blue"
    assert not psutil.wait_procs(processes, timeout=30)[1]
    assert "COLOUR" not in os.environ


def test_it_says_how_it_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "brief.py").write_text("print('first'); raise SystemExit('no more')")
    monkeypatch.syspath_prepend(tmp_path)
    with Guarded("brief", [], {}) as child:
        child.wait()
        assert not child.lives
        assert child.last_words() == "no more"


def test_what_lies_in_the_current_folder_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "runpy.py").write_text("print('mine'); raise SystemExit")
    (tmp_path / "this_module.py").write_text("print('mine')")
    monkeypatch.chdir(tmp_path)
    with Guarded("this_module", [], {}) as child:
        child.wait()
        assert "No module named this_module" in child.last_words()


@pytest.mark.slow
def test_it_ends_with_a_parent_that_is_killed(stubborn: Path) -> None:
    parent = """
    import os, time
    from recbench.tracking.guard import Guarded
    with Guarded("stubborn", [], {"COLOUR": "red"}):
        time.sleep(600)
    """
    path = os.pathsep.join([str(stubborn), *filter(None, sys.path)])
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(parent)],
        env={**os.environ, "PYTHONPATH": path, "PIDS": str(stubborn / "pids")},
    )
    processes = started(stubborn)
    process.kill()
    process.wait()
    assert not psutil.wait_procs(processes, timeout=30)[1], "ten seconds of grace, and then the end"
