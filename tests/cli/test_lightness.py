"""What commands on finished results do without: a library that nobody needs takes a second to import."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import sys
from recbench.cli import main
try:
    main(sys.argv[2:])
except SystemExit as end:
    assert not end.code, end.code
print("loaded:", *(name for name in sys.argv[1].split(",") if name in sys.modules), file=sys.stderr)
"""


def loaded(heavy: str, *words: object) -> list[str]:
    """Return which of the modules in ``heavy`` a command has loaded when it is done."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, heavy, *map(str, words)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout
    return done.stderr.splitlines()[-1].split()[1:]


@pytest.mark.parametrize(
    ("words", "heavy"),
    [
        (["status"], "numpy,pandas,pyarrow,scipy,torch,mlflow,matplotlib"),
        (["store", "list"], "numpy,pandas,pyarrow,scipy,torch,mlflow,matplotlib"),
    ],
)
def test_a_command_on_stored_results(results: Path, words: list[str], heavy: str) -> None:
    assert loaded(heavy, *words, "--results", results) == []
