"""CARLA is imported and called without leaving traces. In processes of their own: importing is done once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

_AROUND = """
import importlib.machinery, json, logging, os, pickle, random, sys, types, warnings
import numpy as np, torch
import sklearn.neighbors, matplotlib.pyplot, seaborn, networkx, joblib, pandas

tensorflow = types.ModuleType("tensorflow")
# torch's compiler asks where it comes from, when the first optimiser is made.
tensorflow.__spec__ = importlib.machinery.ModuleSpec("tensorflow", None)
sys.modules["tensorflow"] = tensorflow
logger = logging.getLogger("somebody")
handlers, level = list(logging.getLogger().handlers), logging.getLogger().level

def states():
    return [
        repr(random.getstate()),
        pickle.dumps(np.random.get_state()).hex(),
        torch.get_rng_state().numpy().tobytes().hex(),
        repr(warnings.filters),
        repr(sorted(os.environ.items())),
        repr([torch.is_anomaly_enabled(), torch.is_grad_enabled(), torch.get_default_dtype()]),
        repr(sys.meta_path),
    ]

before, modules = states(), set(sys.modules)
{body}
after = states()
from recbench_methods.carla import library
new = {{name.partition(".")[0] for name in set(sys.modules) - modules}}
holders = [
    name
    for name, module in list(sys.modules.items())
    if not name.startswith(("carla", "recbench_methods.carla", "__main__"))
    for value in list(vars(module).values())
    if isinstance(value, (library._Name, library._StandIn))
]
print(json.dumps({{
    "same_states": before == after,
    "own_tensorflow": sys.modules["tensorflow"] is tensorflow,
    "stand_ins": sorted(new & set(library.STOOD_IN_FOR)),
    "holders": holders,
    "carla": "carla" in new,
    "logger_disabled": logger.disabled,
    "root_same": (logging.getLogger().handlers, logging.getLogger().level) == (handlers, level),
}}))
"""


def run(body: str, home: Path) -> dict[str, Any]:
    """Run ``body`` in a process whose home folder is empty; return what it left behind."""
    done = subprocess.run(
        [sys.executable, "-c", _AROUND.format(body=body)],
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "HOME": str(home)},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    left: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return left


def clean(left: dict[str, Any]) -> None:
    """Check everything but whether CARLA was imported."""
    assert left["same_states"]
    assert left["own_tensorflow"]
    assert left["stand_ins"] == []
    assert left["holders"] == []
    assert not left["logger_disabled"]
    assert left["root_same"]


def test_importing_leaves_no_trace(tmp_path: Path) -> None:
    left = run("from recbench_methods.carla import library as it; it.method('Wachter')", tmp_path)
    assert left["carla"]
    clean(left)


_RUN = """
from recbench.conformance import tasks
from recbench.method import method_class
from recbench.rng import Rng
case = tasks.mixed("mlp", 2)
before = states()
for name, params in [("cchvae", dict(hidden=(8,), max_iter=20)), ("clue", dict(width=4, depth=1))]:
    method = method_class("carla-" + name)(**params)
    method.fit(case.task, Rng(0))
    method.generate(case.factuals[:1], Rng(0).people(case.ids[:1]))
"""


@pytest.mark.slow
def test_running_leaves_no_trace_and_no_files(tmp_path: Path) -> None:
    clean(run(_RUN, tmp_path))
    assert list(tmp_path.rglob("*.pt")) == []
    assert list(tmp_path.rglob("*.dat")) == []
    assert not (tmp_path / "carla").exists()


def test_cards_do_not_import_carla() -> None:
    code = (
        "import sys; from recbench.plugins import registry;"
        "found = [registry.methods.listing(name) for name in registry.methods.names()"
        " if name.startswith(('carla-', 'dice-ml-'))];"
        "assert len(found) == 9, found;"
        "bad = {'carla', 'torch', 'dice_ml', 'numpy', 'pandas'} & set(sys.modules);"
        "assert not bad, bad"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


_SPHERES = """
import torch
from recbench.conformance import tasks
from recbench.method import method_class
from recbench.rng import Rng
case = tasks.mixed("mlp", 4)
method = method_class("carla-growing-spheres")()
method.fit(case.task, Rng(0))
print(method.generate(case.factuals, Rng(0).people(case.ids)).counterfactuals.tolist())
"""


@pytest.mark.slow
def test_the_order_of_sets_of_strings_decides_nothing() -> None:
    answers = [
        subprocess.run(
            [sys.executable, "-c", _SPHERES],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    ]
    assert answers[0] == answers[1]
    assert "nan" not in answers[0]
