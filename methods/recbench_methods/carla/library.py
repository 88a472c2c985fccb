"""CARLA 0.0.5 beside current libraries: imported without what it will not use, called without traces.

The release pins torch 1.7, TensorFlow 1.14 and NumPy 1.19, and imports all it could ever need at once.
Its torch methods run under current libraries as soon as the rest is stood in for. What they leave
behind in a process (logging, files in the home folder, torch settings) is held back here.
"""

from __future__ import annotations

import logging.config
import os
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import cache
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from threading import Lock
from types import ModuleType
from typing import Any, Protocol
from unittest.mock import patch

import numpy as np
import pandas as pd
import torch

STOOD_IN_FOR = (
    "causalgraphicalmodels",
    "dice_ml",
    "keras",
    "lime",
    "recourse",
    "tensorflow",
    "torchvision",
    "tqdm",
    "xgboost",
)
"""What CARLA imports and its torch methods never call (``tqdm`` only for a progress bar)."""

_NEEDED = (
    "joblib",
    "matplotlib.pyplot",
    "networkx",
    "pandas",
    "scipy.sparse",
    "seaborn",
    "sklearn.neighbors",
)
_lock = Lock()


class Original(Protocol):
    """One of CARLA's methods, ready to be asked."""

    def get_counterfactuals(self, people: pd.DataFrame, /) -> pd.DataFrame:
        """Return a counterfactual of each person; NaN where it found none."""


class _Name(type):
    """A name of a library that is stood in for: it can be looked into, called and inherited from."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Name(name, (), {})


class _StandIn(ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Name(name, (), {})


class _StandIns(MetaPathFinder, Loader):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        return ModuleSpec(fullname, self, is_package=True) if _stood_in_for(fullname) else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _StandIn(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """A stand-in has nothing to run."""


def _stood_in_for(name: str) -> bool:
    return name.partition(".")[0] in STOOD_IN_FOR


@contextmanager
def _stand_ins() -> Iterator[None]:
    """Stand in for the libraries; those that are installed or imported already come back afterwards.

    They are hidden even if they are there: TensorFlow 2 would be switched to its old mode for good.
    """
    hidden = {name: sys.modules.pop(name) for name in list(sys.modules) if _stood_in_for(name)}
    finder = _StandIns()
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        for name in [name for name in sys.modules if _stood_in_for(name)]:
            del sys.modules[name]
        sys.modules.update(hidden)


@cache
def method(name: str) -> Callable[..., Original]:
    """Return one of CARLA's recourse methods by its class name, importing CARLA the first time."""
    with _lock:
        if "carla" not in sys.modules:
            _load()
    found: Callable[..., Original] = getattr(import_module("carla.recourse_methods"), name)
    return found


def _load() -> None:
    # Current libraries try for some of the others when they are imported (torch.hub for tqdm). They
    # must not meet a stand-in.
    for module in _NEEDED:
        import_module(module)
    with _stand_ins(), warnings.catch_warnings(), patch.object(logging.config, "dictConfig"):
        # It would configure the root logger and disable every logger there is.
        warnings.simplefilter("ignore")
        import_module("carla")
    _adapt()


def _adapt() -> None:
    """Mend what stops its methods from running at all under current libraries."""
    library = "carla.recourse_methods"
    utils: Any = import_module(f"{library}.catalog.clue.library.clue_ml.src.utils")
    face: Any = import_module(f"{library}.catalog.face.library.face_method")
    autoencoders: Any = import_module(f"{library}.autoencoder.models")
    # np.sum of a generator is an error now; the count is only logged.
    utils.BaseNet.get_nb_parameters = lambda net: sum(p.numel() for p in net.model.parameters())
    # np.int is gone.
    face.np = _OldNumpy()
    # A progress bar.
    autoencoders.trange = range


class _OldNumpy:
    int = int

    def __getattr__(self, name: str) -> Any:
        return getattr(np, name)


@contextmanager
def traceless() -> Iterator[None]:
    """Call CARLA inside: it trains on the CPU, writes into a folder that goes away, and warns nobody.

    Random states are the caller's to keep (``Rng.globally``).
    """
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="recbench-carla-"))
        # It saves every autoencoder, and CLUE reads its own back as a whole pickled network.
        changes = {"CF_MODELS": folder, "TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD": "1"}
        stack.enter_context(patch.dict(os.environ, changes))
        # It moves some of its networks to a GPU whenever there is one, and forgets others.
        stack.enter_context(patch.object(torch.cuda, "is_available", lambda: False))
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")
        stack.enter_context(torch.enable_grad())
        # CLUE switches it off for good.
        stack.enter_context(torch.autograd.set_detect_anomaly(torch.is_anomaly_enabled()))
        yield
