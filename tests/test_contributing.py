"""The method in CONTRIBUTING.md, installed as it stands there, keeps every rule."""

from __future__ import annotations

import json
import os
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

GUIDE = Path(__file__).parent.parent / "CONTRIBUTING.md"


@pytest.fixture
def example(tmp_path: Path) -> str:
    """Install the files and the entry point of the guide; return the PYTHONPATH with it."""
    text = GUIDE.read_text()
    files = re.findall(r"^`methods/(\S+\.py)`:\n\n```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert [name for name, _ in files] == [
        "recbench_methods/average/__init__.py",
        "recbench_methods/average/method.py",
    ]
    for name, content in files:
        place = tmp_path / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(content)
    (group,) = re.findall(r'\[project\.entry-points\."(recbench\.methods)"\]` \(', text)
    (point,) = re.findall(r"^```toml\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    info = tmp_path / "average-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: average\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[{group}]\n{point.replace(chr(34), '')}")
    return os.pathsep.join(filter(None, [str(tmp_path), os.environ.get("PYTHONPATH")]))


def test_the_method_in_ten_minutes_keeps_every_rule(recbench: Callable[..., Any], example: str) -> None:
    done = recbench("check", "average", "--json", PYTHONPATH=example)
    assert done.returncode == 0, done.stderr + done.stdout
    results = {row["check"]: row["outcome"] for row in json.loads(done.stdout)}
    assert set(results.values()) <= {"passed", "skipped"}
    assert results["unfitted_refused"] == results["constraints_kept"] == "passed"


def test_its_parameters_are_its_own(recbench: Callable[..., Any], example: str) -> None:
    done = recbench("check", "average", "--set", "gama=0.6", PYTHONPATH=example)
    assert done.returncode == 2
    assert "Did you mean gamma" in done.stderr


@pytest.mark.slow
def test_its_commands_run(recbench: Callable[..., Any], example: str, tmp_path: Path) -> None:
    block = re.findall(r"^```sh\n(pip install .*?)^```$", GUIDE.read_text(), re.MULTILINE | re.DOTALL)[0]
    lines = [line for line in block.splitlines() if line.startswith("recbench ")]
    assert [line.split()[1] for line in lines] == ["check", "run"]
    for line in lines:
        done = recbench(*shlex.split(line, comments=True)[1:], cwd=tmp_path, PYTHONPATH=example)
        assert done.returncode == 0, done.stderr
    assert "| average |" in done.stdout
