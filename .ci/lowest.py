"""Whether recbench works with the lowest versions that pyproject.toml allows, each bound a release.

Builds the wheel, installs it into a new environment with every ``>=`` of pyproject.toml read as ``==``
(the dependencies of those as pip finds them), and takes one small run from `run` to the report. pip
resolves, because a resolver that also lowers torch's own dependencies would ask for every CUDA library.
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
    "run --methods nnr,wachter --factuals 20 --jobs 2",
    "run --methods unchanged --factuals 20 --no-tracking --cell-timeout 10m",
    "sync",
    "table",
    "table --format latex --out table.tex",
    "report --out report.html",
    "plot",
    "show --method wachter",
    "store verify",
)


def lowest() -> list[str]:
    """Return the direct requirements of recbench and of its extra ``dask``, each at its lower bound."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = [*project["dependencies"], *project["optional-dependencies"]["dask"]]
    free = [one for one in asked if ">=" not in one]
    if free:
        sys.exit(f"error: no lower bound in pyproject.toml: {', '.join(free)}")
    return [one.replace(">=", "==") for one in asked]


def main() -> None:
    """Build, install and run, in a folder that is removed unless ``--keep`` names one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="work here, and leave it as it is")
    kept = parser.parse_args().keep
    with tempfile.TemporaryDirectory() as temporary:
        check((kept or Path(temporary)).resolve())


def check(folder: Path) -> None:
    """Do all of it in ``folder``."""
    python = folder / "venv" / "bin" / "python"
    pip: list[str | Path] = [python, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "lowest.txt").write_text("\n".join(lowest()) + "\n")
    shutil.rmtree(folder / "results", ignore_errors=True)
    if not python.exists():
        venv.create(folder / "venv", with_pip=True)
    call(*pip, "wheel", "--no-deps", "--wheel-dir", folder, ROOT)
    (wheel,) = folder.glob("recbench_recourse-*.whl")
    call(*pip, "install", "--constraint", folder / "lowest.txt", f"{wheel}[dask]")
    call(*pip, "freeze")
    for words in COMMANDS:
        call(python, "-P", "-m", "recbench", *words.split(), "--results", folder / "results", at=folder)
    print("lowest versions: all commands passed")


def call(*command: str | Path, at: Path = ROOT) -> None:
    """Run a command and stop at the first that fails."""
    print("$", *command, flush=True)
    clean = {
        name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "RECBENCH_DATA_HOME")
    }
    code = subprocess.run(command, cwd=at, env=clean, check=False).returncode
    if code:
        sys.exit(f"error: exit code {code}")


if __name__ == "__main__":
    main()
