"""Where and with what something was measured, in a line."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import recbench as rb


def machine(*packages: str) -> str:
    """Return date, processor, cores, Python, recbench and the versions of ``packages`` as a sentence."""
    named = ", ".join(f"{name} {_version(name)}" for name in packages)
    return (
        f"{datetime.now(UTC).date()}; {_processor()}, {os.cpu_count()} cores, {platform.system()}; "
        f"Python {platform.python_version()}, recbench {rb.__version__}, {named}."
    )


def _processor() -> str:
    told = Path("/proc/cpuinfo")
    if told.exists():
        for line in told.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
