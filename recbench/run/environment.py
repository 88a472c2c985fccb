"""Environment: what computes, as far as it is recorded and no part of a key."""

from __future__ import annotations

import platform
import subprocess
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from recbench import __version__

_LIBRARIES = ("torch", "numpy", "pandas", "scikit-learn", "scipy")


@cache
def environment() -> dict[str, str]:
    """Return the versions of what computes, and the machine."""
    versions = {
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
        "recbench": __version__,
    }
    for name in _LIBRARIES:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            versions[name] = "not installed"
    return versions


@cache
def revision() -> str:
    """Return the commit that is checked out here, ``-dirty`` if files differ from it; empty if none is."""
    command = ["git", "describe", "--always", "--abbrev=40", "--exclude=*", "--dirty"]
    try:
        said = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return said.stdout.strip() if said.returncode == 0 else ""
