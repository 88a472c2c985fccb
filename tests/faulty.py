"""Faulty plug-ins as an installed package, for commands that run in a process of their own."""

from __future__ import annotations

import pytest

_MODULE = """
from recbench.plugins.cards import MethodCard, MetricCard, Traits

def card(name, **changes):
    home = f"faulty.methods:{name.title()}"
    return MethodCard(name=name, summary="for tests", implementation=home, **changes)

raises, silent, narrow, slow = card("raises"), card("silent"), card("narrow"), card("slow")
double, exits, crashes, eats = card("double"), card("exits"), card("crashes"), card("eats")
waits = card("waits")
lacking = card("lacking", requires=("no_such_module",), install="pip install no-such-module")
trees = card("trees", traits=Traits(model=("forest",)))
deadly = MetricCard(
    name="deadly",
    summary="ends its process",
    default=False,
    implementation="faulty.methods:Deadly",
)
"""

_METHODS = '''
import ctypes
import os
import time
from pathlib import Path
import torch
from recbench.method import Recourse, RecourseMethod
from recbench.metrics.base import Metric
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

class Double(RecourseMethod):
    card = faulty.double
    def generate(self, factuals, rng):
        return factuals.double()

class Exits(RecourseMethod):
    card = faulty.exits
    def fit(self, task, rng):
        print("about to leave", flush=True)
        os._exit(7)
    def generate(self, factuals, rng):
        return factuals

class Crashes(RecourseMethod):
    card = faulty.crashes
    def generate(self, factuals, rng):
        ctypes.string_at(0)

class Eats(RecourseMethod):
    """Allocates 200 MiB after 200 MiB, and touches them."""
    card = faulty.eats
    def generate(self, factuals, rng):
        eaten = []
        for _ in range(50):
            eaten.append(bytearray(b"x") * (200 * 2**20))
            time.sleep(0.05)
        return factuals

class Waits(RecourseMethod):
    """Signs in when it fits and generates, and waits there as long as the test wants."""
    card = faulty.waits
    def _wait(self, phase):
        place = Path(os.environ["FAULTS"])
        with (place / f"{phase}.pids").open("a") as file:
            file.write(f"{os.getpid()}\\n")
        while (place / f"{phase}.wait").exists():
            time.sleep(0.05)
    def fit(self, task, rng):
        super().fit(task, rng)
        self._wait("fit")
    def generate(self, factuals, rng):
        self._wait("generate")
        return factuals.clone()

class Deadly(Metric):
    card = faulty.deadly
    def compute(self, context):
        os._exit(9)

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
double = faulty:double
exits = faulty:exits
crashes = faulty:crashes
eats = faulty:eats
waits = faulty:waits
broken = faulty.nowhere:card
nocard = faulty:card

[recbench.metrics]
deadly = faulty:deadly
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
