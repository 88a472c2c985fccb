"""The wheel in an environment of its own: nothing of the checkout is needed, and nothing is missing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from email.parser import HeaderParser
from pathlib import Path

import pytest

import recbench

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    pytest.importorskip("hatchling")
    home = tmp_path_factory.mktemp("wheel")
    source = home / "source"
    unpacked = shutil.ignore_patterns(
        ".git", ".venv", "results", "site", "htmlcov", "__pycache__", ".*_cache"
    )
    shutil.copytree(ROOT, source, ignore=unpacked)
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--no-deps",
        "--no-build-isolation",
        "--no-index",
    ]
    done = subprocess.run(
        [*command, "--wheel-dir", home, source], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    (made,) = home.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def home(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new environment with the wheel, which borrows the libraries of the one that runs the tests."""
    home = tmp_path_factory.mktemp("installed")
    venv.create(home / "venv", with_pip=False)
    python = home / "venv" / "bin" / "python"
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        python,
        "install",
        "--no-deps",
        "--no-index",
        wheel,
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    shown = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site = subprocess.run([python, "-c", shown], capture_output=True, text=True, check=True).stdout.strip()
    borrowed = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    Path(site, "borrowed.pth").write_text("\n".join(sorted(borrowed)))
    return home


def run(home: Path, *words: str) -> str:
    """Run the command of the wheel in a folder where there is nothing, and return what it prints."""
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [home / "venv" / "bin" / "recbench", *words],
        cwd=home,
        env={**clean, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_its_metadata_has_the_name_and_the_one_version(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (metadata,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        said = HeaderParser().parsestr(archive.read(metadata).decode())
    assert said["Name"] == "recbench-recourse"
    assert said["Version"] == recbench.__version__


def test_every_file_of_the_packages_is_in_it(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if name.startswith(("recbench/", "recbench_methods/"))}
    folders = (ROOT / "recbench", ROOT / "methods" / "recbench_methods")
    here = {
        str(path.relative_to(folder.parent))
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert packed == here


def test_it_runs_from_the_wheel(home: Path) -> None:
    where: list[str | Path] = [
        home / "venv" / "bin" / "python",
        "-P",
        "-c",
        "import recbench; print(recbench.__file__)",
    ]
    done = subprocess.run(where, cwd=home, capture_output=True, text=True, check=True)
    assert Path(done.stdout.strip()).is_relative_to(home)
    assert run(home, "--version") == f"recbench, version {recbench.__version__}\n"
    assert "genre-plus" in run(home, "methods")
    table = run(home, "run", "--methods", "nnr", "--factuals", "20", "--no-tracking", "--results", "results")
    assert "nnr" in table
    assert (home / "results" / "cells").is_dir()


def test_suites_are_found(home: Path) -> None:
    suites = sorted(path.stem for path in (ROOT / "benchmarks").glob("*.yaml"))
    assert len(suites) > 5
    found = home / "venv" / "share" / "recbench" / "benchmarks"
    assert sorted(path.stem for path in found.glob("*.yaml")) == suites
    run(home, "run", "quick", "--dry-run", "--no-tracking", "--results", "results")
