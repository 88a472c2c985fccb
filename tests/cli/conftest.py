"""Faulty plug-ins as an installed package, for commands that run in a process of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

_MODULE = """
from recbench.cards import MethodCard, Traits

def card(name, **changes):
    home = f"faulty.methods:{name.title()}"
    return MethodCard(name=name, summary="for tests", implementation=home, **changes)

raises, silent, narrow, slow = card("raises"), card("silent"), card("narrow"), card("slow")
lacking = card("lacking", requires=("no_such_module",), install="pip install no-such-module")
trees = card("trees", traits=Traits(model=("forest",)))
"""

_METHODS = '''
import time
import torch
from recbench.method import Recourse, RecourseMethod
import faulty

class Raises(RecourseMethod):
    card = faulty.raises
    def generate(self, factuals, rng):
        raise RuntimeError("it broke\\nbadly")

class Silent(RecourseMethod):
    """Finds nothing for anybody."""
    card = faulty.silent
    def generate(self, factuals, rng):
        return torch.full_like(factuals, torch.nan)

class Narrow(RecourseMethod):
    card = faulty.narrow
    def generate(self, factuals, rng):
        return factuals[:, :-1]

class Slow(RecourseMethod):
    card = faulty.slow
    def generate(self, factuals, rng):
        time.sleep(60)
        return factuals

class Trees(RecourseMethod):
    card = faulty.trees
    def generate(self, factuals, rng):
        return factuals
'''

_ENTRY_POINTS = """
[recbench.methods]
raises = faulty:raises
silent = faulty:silent
narrow = faulty:narrow
slow = faulty:slow
lacking = faulty:lacking
trees = faulty:trees
broken = faulty.nowhere:card
nocard = faulty:card
"""


@pytest.fixture(scope="session")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return a PYTHONPATH on which a distribution with faulty methods is installed."""
    site = tmp_path_factory.mktemp("site")
    (site / "faulty").mkdir()
    (site / "faulty" / "__init__.py").write_text(_MODULE)
    (site / "faulty" / "methods.py").write_text(_METHODS)
    info = site / "faulty-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: faulty\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(_ENTRY_POINTS)
    return str(site)


@pytest.fixture(scope="session")
def results(recbench, people_files: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:  # type: ignore[no-untyped-def]
    """A results folder with two finished cells of a person's own table."""
    folder = tmp_path_factory.mktemp("done") / "results"
    data, schema = people_files
    words = ["--data", data, "--schema", schema, "--factuals", "20", "--no-tracking"]
    done = recbench("run", "--methods", "nnr,unchanged", "--results", folder, *words)
    assert done.returncode == 0, done.stderr
    return folder
