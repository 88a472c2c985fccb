"""Whether the wheel works in a new environment, with the versions of pyproject.toml and not of the lock.

With ``--lowest`` each ``>=`` of pyproject.toml is read as ``==``, so a bound that is no release, or one
with which the commands fail, is found. pip resolves: what would also lower the dependencies of torch
would ask for every CUDA library.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMMANDS = (
    "--version",
    "methods",
    "run --methods nnr,wachter --factuals 20 --jobs 2 --results results",
    "run --methods unchanged --factuals 20 --no-tracking --results results",
    "run quick --dry-run --results results",
    "sync --results results",
    "status --results results",
    "score --metrics ynn --results results",
    "table --results results",
    "table --format json --results results",
    "table --format latex --out table.tex --results results",
    "report --out report.html --results results",
    "plot --results results",
    "show --method wachter --results results",
    "store list --json --results results",
    "store verify --results results",
    "check nnr",
)


def lowest() -> list[str]:
    """Return the direct requirements of recbench and of its extra ``dask``, each at its lower bound."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = [*project["dependencies"], *project["optional-dependencies"]["dask"]]
    free = [one for one in asked if ">=" not in one]
    if free:
        sys.exit(f"error: no lower bound in pyproject.toml: {', '.join(free)}")
    return [one.replace(">=", "==") for one in asked]


def check(folder: Path, pins: list[str]) -> None:
    """Build the wheel, install it under ``pins`` and take one small run from ``run`` to the report."""
    python = folder / "venv" / "bin" / "python"
    pip: list[str | Path] = [python, "-m", "pip", "--no-input", "--disable-pip-version-check"]
    constraints = folder / "constraints.txt"
    folder.mkdir(parents=True, exist_ok=True)
    for old in (folder / "results", *folder.glob("*.whl")):
        shutil.rmtree(old) if old.is_dir() else old.unlink(missing_ok=True)
    constraints.write_text("".join(f"{pin}\n" for pin in pins))
    if not python.exists():
        venv.create(folder / "venv", with_pip=True)
    call(*pip, "wheel", "--no-deps", "--wheel-dir", folder, ROOT, at=folder)
    (wheel,) = folder.glob("recbench_recourse-*.whl")
    call(*pip, "install", "--progress-bar", "off", "--constraint", constraints, f"{wheel}[dask]", at=folder)
    call(*pip, "freeze", at=folder)
    for words in COMMANDS:
        call(python.with_name("recbench"), *words.split(), at=folder)


def call(*command: str | Path, at: Path) -> None:
    """Run a command and stop at the first that fails; nothing of the checkout is on its path."""
    print("$", *command, flush=True)
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    code = subprocess.run(command, cwd=at, env=clean, check=False).returncode
    if code:
        sys.exit(f"error: exit code {code}")


def main() -> None:
    """Do it in a folder that is removed afterwards, unless ``--keep`` names one."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0] if __doc__ else "")
    parser.add_argument("--lowest", action="store_true", help="with the lowest versions allowed")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="work here, and leave it as it is")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        check((asked.keep or Path(temporary)).resolve(), lowest() if asked.lowest else [])
    print("the wheel works" + (" with the lowest versions" if asked.lowest else ""))


if __name__ == "__main__":
    main()
