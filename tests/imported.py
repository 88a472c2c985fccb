"""``--every-module``: fails where a module was imported by no test, only by processes that tests start.

What runs in another process alone is slow to test, and its faults are far from the test that meets them.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

PACKAGES = ("recbench", "recbench_methods")
LOADED = pytest.StashKey[set[str]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--every-module", action="store_true", help="fail if a module was imported by no test in its process"
    )


def modules() -> Iterator[str]:
    """Yield the modules of recbench and its methods; ``__main__`` is a call and nothing else."""
    for package in PACKAGES:
        spec = find_spec(package)
        for folder in (spec and spec.submodule_search_locations) or ():
            for path in sorted(Path(folder).rglob("*.py")):
                parts = path.relative_to(Path(folder).parent).with_suffix("").parts
                if parts[-1] != "__main__":
                    yield ".".join(part for part in parts if part != "__init__")


def unseen(config: pytest.Config) -> list[str]:
    return [name for name in modules() if name not in config.stash.get(LOADED, set())]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over what a worker of pytest-xdist loaded; one that crashed says nothing."""
    loaded = getattr(node, "workeroutput", {}).get("loaded", ())
    node.config.stash.setdefault(LOADED, set()).update(loaded)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    config = session.config
    loaded = {name for name in sys.modules if name.partition(".")[0] in PACKAGES}
    if hasattr(config, "workeroutput"):
        config.workeroutput["loaded"] = sorted(loaded)
        return
    config.stash.setdefault(LOADED, set()).update(loaded)
    if config.getoption("--every-module") and unseen(config) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if config.getoption("--every-module"):
        missing = unseen(config)
        terminalreporter.section("modules that no test imported in its own process")
        terminalreporter.write_line("\n".join(missing) or "none")
