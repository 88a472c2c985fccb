"""Saved methods: pickles, and so read only where nobody else can have written them."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
import torch

from recbench.conformance.tasks import mixed
from recbench.errors import RecbenchError
from recbench.method import RecourseMethod, method_class
from recbench.rng import Rng


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """A method in a file."""
    before = os.umask(0)
    try:
        method_class("nnr")(gamma=0.6).save(tmp_path / "method")
    finally:
        os.umask(before)
    return tmp_path / "method"


def test_a_saved_method_is_private_and_comes_back(saved: Path) -> None:
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600
    assert [path.name for path in saved.parent.iterdir()] == ["method"]
    assert RecourseMethod.load(saved).params.gamma == 0.6


@pytest.mark.parametrize("mode", [0o020, 0o002])
@pytest.mark.parametrize("place", ["file", "folder"])
def test_one_that_others_can_write_is_not_loaded(saved: Path, place: str, mode: int) -> None:
    opened = saved if place == "file" else saved.parent
    opened.chmod(opened.stat().st_mode | mode)
    with pytest.raises(RecbenchError, match=f"others may write {opened}.*chmod go-w {opened}"):
        RecourseMethod.load(saved)
    opened.chmod(opened.stat().st_mode & ~0o022)
    assert RecourseMethod.load(saved).params.gamma == 0.6


def test_a_folder_like_tmp_is_fine_and_a_link_is_not(saved: Path) -> None:
    saved.parent.chmod(0o1777)
    assert RecourseMethod.load(saved).params.gamma == 0.6
    (saved.parent / "link").symlink_to(saved)
    with pytest.raises(RecbenchError, match="is not loaded"):
        RecourseMethod.load(saved.parent / "link")


@pytest.mark.skipif(os.getuid() != 0, reason="only root gives files away")
def test_one_of_another_user_is_not_loaded(saved: Path) -> None:
    os.chown(saved, 12345, 12345)
    with pytest.raises(RecbenchError, match="is not loaded: others may write"):
        RecourseMethod.load(saved)


def test_none_and_a_damaged_one_are_one_line(saved: Path) -> None:
    saved.write_bytes(b"\x80")
    for place in (saved, saved.parent / "none", saved.parent):
        with pytest.raises(RecbenchError, match="cannot load a method from"):
            RecourseMethod.load(place)


def test_what_was_on_a_gpu_comes_back_where_there_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = mixed("mlp", 8)
    method = method_class("nnr")()
    method.fit(case.task, Rng(0))
    # Storages are saved under the name of their device.
    monkeypatch.setattr(torch.serialization, "location_tag", lambda storage: "cuda:0")
    method.save(tmp_path / "method")
    monkeypatch.undo()
    assert b"cuda:0" in (tmp_path / "method").read_bytes()
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    back = RecourseMethod.load(tmp_path / "method")
    people = Rng(0).people(case.ids)
    assert back.task.device == torch.device("cpu")
    expected, found = (one.generate(case.factuals, people) for one in (method, back))
    assert torch.equal(expected.counterfactuals, found.counterfactuals)  # type: ignore[union-attr]
