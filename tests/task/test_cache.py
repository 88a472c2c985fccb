"""The cache heals, and runs no code that somebody else may have put there."""

from __future__ import annotations

import json
import os
import pickle
import random
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.ensemble import RandomForestClassifier
from torch import nn

from recbench.classifiers.base import Classifier, ClassifierRecipe, TorchClassifier
from recbench.data.dataset import Dataset
from recbench.protocol.judging import prepare_judge
from recbench.protocol.prepare import Prepared, prepare
from recbench.rng import Rng
from recbench.task import cache as cache_module
from recbench.task.cache import Cache
from recbench.task.recipes import ClassifierSpec, GoldRecipe, LofRecipe, TaskRecipe
from recbench.task.sealed import Form, UnreadableError, _check_tree, seal, unseal

AS_IT_IS: Form[Any] = Form(lambda value: value, lambda parts: parts)
SMALL = {"mlp": {"epochs": 2}, "linear": {"epochs": 2}, "forest": {"trees": 5}, "boosting": {"rounds": 5}}


def recipe(classifier: str) -> TaskRecipe:
    spec = ClassifierSpec(name=classifier, params=SMALL[classifier])
    return TaskRecipe(gold=GoldRecipe(trees=5, folds=2), classifier=spec, factuals=20)


def numbers(prepared: Prepared, judge: object) -> list[np.ndarray]:
    x = prepared.task.x
    return [
        prepared.task.y.numpy(),
        prepared.task.probability(x).numpy(),
        judge.probability(x),  # type: ignore[attr-defined]
        judge.lof_score(x),  # type: ignore[attr-defined]
        judge.lof_score(x, distinct=True),  # type: ignore[attr-defined]
    ]


def all_of(people: Dataset, classifier: str, folder: Path | None) -> list[np.ndarray]:
    cache = Cache(folder)
    prepared = prepare(people, recipe(classifier), 0, cache)
    return numbers(prepared, prepare_judge(prepared, recipe(classifier), LofRecipe(), 0, cache))


@pytest.mark.parametrize("classifier", list(SMALL))
def test_what_comes_out_is_bit_for_bit_what_was_made_and_holds_no_pickle(
    people: Dataset, classifier: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = all_of(people, classifier, tmp_path)
    heads = [json.loads(path.read_bytes().partition(b"\n")[0]) for path in sorted(tmp_path.iterdir())]
    assert [head["form"] for head in heads] == ["plain"] * 4
    monkeypatch.setattr(pickle, "loads", None)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    read = all_of(people, classifier, tmp_path)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == before, "read, not made anew"
    for one, other in zip(made, read, strict=True):
        np.testing.assert_array_equal(one, other)


def flip(path: Path) -> None:
    whole = bytearray(path.read_bytes())
    whole[len(whole) // 2] ^= 1
    path.write_bytes(whole)


def shuffle(path: Path) -> None:
    whole = list(path.read_bytes())
    random.Random(0).shuffle(whole)
    path.write_bytes(bytes(whole))


def folder_instead(path: Path) -> None:
    path.unlink()
    (path / "below").mkdir(parents=True)


def link_instead(path: Path) -> None:
    whole = path.with_name("elsewhere")
    path.rename(whole)
    path.symlink_to(whole)


def pipe_instead(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


DAMAGE = {
    "a flipped byte": flip,
    "shuffled": shuffle,
    "cut off": lambda path: path.write_bytes(path.read_bytes()[:-1]),
    "half": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
    "only its head": lambda path: path.write_bytes(path.read_bytes()[:50]),
    "empty": lambda path: path.write_bytes(b""),
    "zeros": lambda path: path.write_bytes(bytes(5000)),
    "a line break": lambda path: path.write_bytes(b"\n"),
    "a list": lambda path: path.write_bytes(b"[]\n"),
    "nested": lambda path: path.write_bytes(b"[" * 900 + b"\n"),
    "a folder": folder_instead,
    "a link": link_instead,
    "a pipe": pipe_instead,
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=list(DAMAGE))
@pytest.mark.parametrize("form", [None, AS_IT_IS], ids=["pickle", "plain"])
def test_a_damaged_entry_is_made_anew(
    tmp_path: Path, damage: Callable[[Path], None], form: Form[list[int]] | None
) -> None:
    def made() -> list[int]:
        return Cache(tmp_path).get("some", "key", lambda: [1, 2, 3], form)

    made()
    (path,) = tmp_path.iterdir()
    damage(path)
    assert made() == [1, 2, 3]
    assert Cache(tmp_path).get("some", "key", lambda: pytest.fail("not mended"), form) == [1, 2, 3]


def test_every_flipped_byte_is_noticed() -> None:
    sealed = seal("a", [1, 2, 3], AS_IT_IS)
    for at in range(len(sealed)):
        whole = bytearray(sealed)
        whole[at] ^= 0x41
        try:
            read = unseal("a", bytes(whole), AS_IT_IS, lambda: True)
        except Exception:
            continue
        pytest.fail(f"byte {at}: {read}")


def test_an_entry_of_another_name_is_not_taken_for_this_one(people: Dataset, tmp_path: Path) -> None:
    """A whole entry of the wrong type: the judge's models where the classifier should be, and so on."""
    made = all_of(people, "mlp", tmp_path)
    entries = sorted(tmp_path.iterdir())
    contents = [path.read_bytes() for path in entries]
    for path, content in zip(entries, [*contents[1:], contents[0]], strict=True):
        path.write_bytes(content)
    for one, other in zip(made, all_of(people, "mlp", tmp_path), strict=True):
        np.testing.assert_array_equal(one, other)
    assert [path.read_bytes()[:50] for path in entries] == [content[:50] for content in contents]


@pytest.mark.parametrize("what", ["gold", "known", "classifier", "lof"])
def test_parts_of_the_wrong_type_are_made_anew(people: Dataset, tmp_path: Path, what: str) -> None:
    made = all_of(people, "mlp", tmp_path)
    (path,) = tmp_path.glob(f"{what}-*")
    path.write_bytes(seal(path.stem, {"labels": np.zeros(3), "classifier": {"kind": "mlp"}}, AS_IT_IS))
    for one, other in zip(made, all_of(people, "mlp", tmp_path), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("library", ["scikit-learn", "torch", "numpy"])
def test_what_another_version_of_a_library_fitted_is_not_used(
    tmp_path: Path, library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert Cache(tmp_path).get("some", "key", lambda: "old") == "old"
    others = {**cache_module._versions(), library: "99.0"}
    monkeypatch.setattr(cache_module, "_versions", lambda: others)
    assert Cache(tmp_path).get("some", "key", lambda: "new") == "new"
    assert Cache(tmp_path).get("some", "key", lambda: "newer") == "new"


class Trap:
    """Leaves a file behind when it is unpickled."""

    def __init__(self, sign: Path) -> None:
        self.sign = sign

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self.sign,)


def trapped(folder: Path, sign: Path) -> None:
    """Fill the cache with an entry that runs code when it is read."""
    Cache(folder).get("some", "key", lambda: Trap(sign))
    assert [path.suffix for path in folder.iterdir()] == [".model"]


@pytest.mark.parametrize("mode", [0o020, 0o002])
@pytest.mark.parametrize("place", ["file", "cache", "results"])
def test_a_pickle_that_others_can_write_is_not_read_and_that_is_said_once(
    tmp_path: Path, place: str, mode: int, caplog: pytest.LogCaptureFixture
) -> None:
    folder, sign = tmp_path / "results" / "cache", tmp_path / "ran"
    trapped(folder, sign)
    (path,) = folder.iterdir()
    open_place = {"file": path, "cache": folder, "results": folder.parent}[place]
    for _ in range(2):
        open_place.chmod(open_place.stat().st_mode | mode)
        assert Cache(folder).get("some", "key", lambda: "made anew") == "made anew"
        if place == "file":
            open_place = next(folder.iterdir())
    assert not sign.exists()
    assert [record.message[: len(str(folder))] for record in caplog.records] == [str(folder)]


@pytest.mark.skipif(os.getuid() != 0, reason="only root gives files away")
def test_a_pickle_of_another_user_is_not_read(tmp_path: Path) -> None:
    trapped(tmp_path / "cache", tmp_path / "ran")
    os.chown(next((tmp_path / "cache").iterdir()), 12345, 12345)
    assert Cache(tmp_path / "cache").get("some", "key", lambda: "made anew") == "made anew"
    assert not (tmp_path / "ran").exists()


def test_a_pickle_where_arrays_are_expected_is_not_read_from_a_shared_folder(tmp_path: Path) -> None:
    """Claiming the other form does not help: the head is not believed."""
    form: Form[object] = Form(lambda value: None, lambda parts: parts)
    sealed = seal("a", Trap(tmp_path / "ran"), form)
    with pytest.raises(UnreadableError):
        unseal("a", sealed, form, lambda: False)
    with pytest.raises(Exception, match="zip"):
        unseal("a", sealed.replace(b'"pickle"', b'"plain"', 1), form, lambda: False)
    assert not (tmp_path / "ran").exists()


class Own(ClassifierRecipe):
    """A plug-in's recipe that gives no network of its own to load weights into."""

    def fit(self, x: torch.Tensor, y: torch.Tensor, rng: Rng) -> TorchClassifier:
        return TorchClassifier(nn.Sequential(nn.Linear(x.shape[1], 1), nn.Flatten(0)), "own")


def test_a_plug_ins_classifier_is_pickled_and_one_that_cannot_be_is_done_without(tmp_path: Path) -> None:
    one = Own().fit(torch.zeros(2, 3), torch.zeros(2), Rng(0))
    assert Own().take_apart(one) is None
    kept = Cache(tmp_path).get("classifier", "key", lambda: one)
    again: Classifier = Cache(tmp_path).get("classifier", "key", lambda: pytest.fail("not kept"))
    assert torch.equal(kept.probability(torch.ones(1, 3)), again.probability(torch.ones(1, 3)))
    assert Cache(tmp_path).get("function", "key", lambda: lambda: 1)() == 1
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("fault", ["left_child", "right_child", "feature"])
def test_a_tree_that_leads_astray_is_not_followed(fault: str) -> None:
    """scikit-learn follows its nodes without looking: such a file would end the process."""
    x = np.random.default_rng(0).random((50, 3)).astype(np.float32)
    forest = RandomForestClassifier(2, random_state=0).fit(x, x[:, 0] > 0.5)
    unseal("a", seal("a", forest, AS_IT_IS), AS_IT_IS, lambda: False)
    state = forest.estimators_[0].tree_.__getstate__()
    state["nodes"][fault][0] = 10**9
    forest.estimators_[0].tree_.__setstate__(state)
    with pytest.raises(UnreadableError, match="tree"):
        unseal("a", seal("a", forest, AS_IT_IS), AS_IT_IS, lambda: False)


def test_a_tree_of_more_nodes_than_it_holds_is_not_followed() -> None:
    with pytest.raises(UnreadableError, match="more nodes than it holds"):
        _check_tree(SimpleNamespace(node_count=10**6, capacity=3), 2)
