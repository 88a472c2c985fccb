"""What the tests of the command line share."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def results(recbench, people_files: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:  # type: ignore[no-untyped-def]
    """A results folder with two finished cells of a person's own table."""
    folder = tmp_path_factory.mktemp("done") / "results"
    data, schema = people_files
    words = ["--data", data, "--schema", schema, "--factuals", "20", "--no-tracking"]
    done = recbench("run", "--methods", "nnr,unchanged", "--results", folder, *words)
    assert done.returncode == 0, done.stderr
    return folder
