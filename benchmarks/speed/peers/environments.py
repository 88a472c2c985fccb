"""Environments of their own for peers whose requirements contradict recbench's."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks.speed.peers.worker import ROOT

HOME = ROOT / ".venv-peers"
_HERE = Path(__file__).parent


class UninstallableError(Exception):
    """An environment could not be made."""


def python_of(name: str) -> Path:
    """Return the Python of the environment ``name``, which is made if it is not there or its pins changed.

    Args:
        name: of ``requirements-NAME.txt``, every package with its version.

    Raises:
        UninstallableError: with pip's last words.
    """
    requirements = _HERE / f"requirements-{name}.txt"
    wanted = hashlib.sha256(sys.version.encode() + requirements.read_bytes()).hexdigest()
    folder = HOME / name
    python, stamp = folder / "bin" / "python", folder / ".ready"
    if not (python.exists() and stamp.exists() and stamp.read_text() == wanted):
        shutil.rmtree(folder, ignore_errors=True)
        _call(sys.executable, "-m", "venv", str(folder))
        _call(str(python), "-m", "pip", "install", "--quiet", "--no-deps", "-r", str(requirements))
        stamp.write_text(wanted)
    return python


def pinned(name: str) -> dict[str, str]:
    """Return the versions in ``requirements-NAME.txt``, by package."""
    lines = (_HERE / f"requirements-{name}.txt").read_text().splitlines()
    return dict(line.split("==") for line in lines if "==" in line)


def _call(*words: str) -> None:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines() or [f"{words[0]} failed"]
        raise UninstallableError(said[-1])
