"""Kept: fitted methods on disk, as pickles that only their owner can have written.

Pickled by torch, so that what was on a GPU can be loaded where there is none.
"""

from __future__ import annotations

import io
import shlex
from pathlib import Path
from typing import Any

import torch

from recbench.errors import RecbenchError
from recbench.files import open_to_others, written_whole


def keep(value: object, path: Path) -> None:
    """Write a pickle to ``path``, for this user only.

    Raises:
        OSError: it cannot be written.
    """
    import cloudpickle

    with written_whole(path) as fresh:
        fresh.touch(mode=0o600)
        # In memory first: torch reports a full disk as an error of its own kind.
        written = io.BytesIO()
        torch.save(value, written, pickle_module=cloudpickle)
        fresh.write_bytes(written.getvalue())


def kept(path: Path) -> object:
    """Return what :func:`keep` wrote. Tensors come back to their device, or to the CPU if it is not here.

    Raises:
        RecbenchError: the file is missing or damaged; or others than this user can write it, and so run
            code here.
    """
    try:
        others = open_to_others(path)
        if others is not None:
            raise RecbenchError(
                f"{path} is not loaded: others may write {others}, and loading a method runs its code.",
                f"If you trust what is in it: chmod go-w {shlex.quote(str(others))}, as its owner.",
            )
        value: object = torch.load(path, map_location=_at_hand, weights_only=False)
    except RecbenchError:
        raise
    except Exception as error:
        raise RecbenchError(f"cannot load a method from {path}: {error}.") from error
    return value


def _at_hand(storage: Any, location: str) -> Any:
    """Leave a storage on the CPU if its device is not here; None: torch's own rule."""
    device = torch.device(location)
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        return storage
    return None
