"""What commands on finished results do without: a library that nobody needs takes a second to import."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Recbench

ASKED = ("--methods", "unchanged,nnr", "--factuals", "10")
SCRIPT = """
import sys
from recbench.cli import main
try:
    main(sys.argv[2:])
except SystemExit as end:
    assert not end.code, end.code
print("loaded:", *(name for name in sys.argv[1].split(",") if name in sys.modules), file=sys.stderr)
"""


def loaded(heavy: str, *words: object, cwd: Path | None = None) -> list[str]:
    """Return which of the modules in ``heavy`` a command has loaded when it is done."""
    command = [sys.executable, "-c", SCRIPT, heavy, *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd)
    assert done.returncode == 0, done.stderr
    assert done.stdout
    return done.stderr.splitlines()[-1].split()[1:]


@pytest.mark.parametrize(
    ("words", "heavy"),
    [
        (["status"], "numpy,pandas,pyarrow,scipy,torch,mlflow,matplotlib"),
        (["table"], "pandas,pyarrow,scipy,torch,mlflow,matplotlib,sklearn"),
        (["show"], "scipy,torch,mlflow,matplotlib,sklearn"),
        (
            ["plot", "--figures", "score", "--out", "drawn"],
            "pandas,pyarrow,scipy,torch,mlflow,seaborn,jinja2",
        ),
        (["plot", "--figures", "distributions,changes", "--out", "drawn"], "torch,mlflow,sklearn"),
        (["report"], "torch,mlflow,sklearn"),
        (["store", "list"], "numpy,pandas,pyarrow,scipy,torch,mlflow,matplotlib"),
    ],
)
def test_a_command_on_stored_results(results: Path, tmp_path: Path, words: list[str], heavy: str) -> None:
    assert loaded(heavy, *words, "--results", results, cwd=tmp_path) == []


@pytest.fixture(scope="module")
def mirrored(recbench: Recbench, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A results folder of the catalogue's own data, which MLflow shows."""
    folder = tmp_path_factory.mktemp("mirrored") / "results"
    done = recbench("run", *ASKED, "--results", folder)
    assert done.returncode == 0, done.stderr
    return folder


def test_a_run_whose_cells_are_stored_and_mirrored(mirrored: Path) -> None:
    heavy = "pandas,pyarrow,scipy,torch,mlflow,sqlalchemy,sklearn,matplotlib"
    assert loaded(heavy, "run", *ASKED, "--results", mirrored) == []
    assert loaded(heavy, "run", *ASKED, "--results", mirrored, "--dry-run") == []
    assert loaded(heavy, "run", *ASKED, "--results", mirrored, "--jobs", 2) == []


def test_tables_are_made_where_a_cell_needs_them(mirrored: Path) -> None:
    asked = (*ASKED, "--seeds", "7", "--results", mirrored, "--no-tracking")
    assert loaded("torch", "run", *asked, "--dry-run") == ["torch"]
    assert loaded("torch,mlflow", "run", *asked) == ["torch"]
