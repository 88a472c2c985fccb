"""What people are told to install: never a stranger's package of the same name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WRITTEN = [
    path
    for pattern in ("*.md", "docs/*.md", "recbench/**/*.py", "methods/**/*.py", "tests/**/*.py", "Makefile")
    for path in sorted(ROOT.glob(pattern))
    if path != Path(__file__)
]
INSTALL = re.compile(r"\b(?:uv )?pip install\b[^`\n]*")
STRANGER = re.compile(r"""(?<![\w./@-])recbench(?:-recourse)?(?![\w./-]|(?:\[[^\]]*\])?\s*@)""")
"""recbench by name alone: no path, no wheel, no address behind it."""


@pytest.mark.parametrize(
    "line", ["pip install recbench", "pip install -U 'recbench[dask]'", "pip install recbench-recourse"]
)
def test_a_name_alone_is_seen(line: str) -> None:
    assert STRANGER.search(line)


@pytest.mark.parametrize(
    "line",
    [
        "pip install './recbench_recourse-0.1.0-py3-none-any.whl[dask]'",
        "pip install 'recbench-recourse[dask] @ git+https://example.org/recbench.git'",
        "pip install ../recbench",
        "pip install '.[dask]'",
    ],
)
def test_paths_wheels_and_addresses_are_meant(line: str) -> None:
    assert not STRANGER.search(line)


def test_nothing_tells_people_to_install_recbench_by_its_name_alone() -> None:
    lines = [
        f"{path.relative_to(ROOT)}: {line}"
        for path in WRITTEN
        for line in INSTALL.findall(path.read_text(encoding="utf-8"))
    ]
    assert len(lines) > 10
    assert [line for line in lines if STRANGER.search(line.partition(": ")[2])] == []
