"""How many threads: one per cell by default, so that every executor computes the same numbers."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager


def all_cores() -> int:
    """Return the number of processor cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def limited_to(threads: int) -> Iterator[None]:
    """Hold torch and the numerical libraries to ``threads`` threads inside the block."""
    import torch
    from threadpoolctl import threadpool_limits

    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        with threadpool_limits(threads):
            yield
    finally:
        torch.set_num_threads(before)
