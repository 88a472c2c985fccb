"""How many threads the numerical libraries may use."""

from __future__ import annotations

import sys
from types import ModuleType

import numpy as np
import pytest
import threadpoolctl
import torch

from recbench.threads import limited_to


def threads() -> set[int]:
    assert np.ones((2, 2)) @ np.ones((2, 2)) is not None
    return {one["num_threads"] for one in threadpoolctl.threadpool_info()} | {torch.get_num_threads()}


def test_libraries_are_held_inside_the_block_and_set_free_behind_it() -> None:
    before = threads()
    with limited_to(1):
        assert threads() == {1}
        with limited_to(2):
            assert threads() == {2}
        assert threads() == {1}
    assert threads() == before


def test_libraries_are_looked_for_anew_only_after_an_import(monkeypatch: pytest.MonkeyPatch) -> None:
    searched = []

    class Counted(threadpoolctl.ThreadpoolController):  # type: ignore[misc]
        def __init__(self) -> None:
            searched.append(1)
            super().__init__()

    monkeypatch.setattr(threadpoolctl, "ThreadpoolController", Counted)
    monkeypatch.setitem(sys.modules, "recbench_one_more", ModuleType("recbench_one_more"))
    for _ in range(3):
        with limited_to(1):
            pass
    assert len(searched) == 1
    monkeypatch.setitem(sys.modules, "recbench_another", ModuleType("recbench_another"))
    with limited_to(1):
        pass
    assert len(searched) == 2
