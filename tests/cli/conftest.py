"""What the tests of the command line share."""

from __future__ import annotations

from pathlib import Path

import pytest


def run_two(recbench, people_files: tuple[Path, Path], folder: Path) -> Path:  # type: ignore[no-untyped-def]
    """Fill a results folder with two finished cells of a person's own table."""
    data, schema = people_files
    words = ["--data", data, "--schema", schema, "--factuals", "20", "--no-tracking"]
    done = recbench("run", "--methods", "nnr,unchanged", "--results", folder, *words)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="session")
def results(recbench, people_files: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:  # type: ignore[no-untyped-def]
    """A results folder with two finished cells of a person's own table."""
    return run_two(recbench, people_files, tmp_path_factory.mktemp("done") / "results")
