"""Kept: fitted methods on disk, as pickles that only their owner can have written."""

from __future__ import annotations

import shlex
from pathlib import Path

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
        fresh.write_bytes(cloudpickle.dumps(value))


def kept(path: Path) -> object:
    """Return what :func:`keep` wrote.

    Raises:
        RecbenchError: the file is missing or damaged; or others than this user can write it, and so run
            code here.
    """
    import cloudpickle

    try:
        others = open_to_others(path)
        if others is not None:
            raise RecbenchError(
                f"{path} is not loaded: others may write {others}, and loading a method runs its code.",
                f"If you trust what is in it: chmod go-w {shlex.quote(str(others))}, as its owner.",
            )
        value: object = cloudpickle.loads(path.read_bytes())
    except RecbenchError:
        raise
    except Exception as error:
        raise RecbenchError(f"cannot load a method from {path}: {error}.") from error
    return value
