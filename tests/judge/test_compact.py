"""The compact forest answers to the last bit as scikit-learn's, and no damaged one is followed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import RandomForestClassifier

from recbench.judge import compact
from recbench.judge.compact import CompactForest
from recbench.task.sealed import Form, seal, unseal


def rows(count: int, seed: int) -> np.ndarray:
    # Few distinct values, so that thresholds lie between them and rows upon them.
    drawn = np.random.default_rng(seed).integers(0, 12, size=(count, 5))
    return (drawn / 11).astype(np.float32)


@pytest.fixture(scope="module")
def model() -> CalibratedClassifierCV:
    x = rows(600, 0)
    y = (x[:, 0] + x[:, 1] + np.random.default_rng(1).normal(0, 0.4, len(x)) > 1).astype(int)
    forest = RandomForestClassifier(12, random_state=0)
    return CalibratedClassifierCV(forest, method="isotonic", cv=3).fit(x, y)


@pytest.mark.parametrize("small", [0, 10**6], ids=["made when asked", "kept"])
@pytest.mark.parametrize("threads", [1, 2])
def test_it_answers_as_scikit_learn_does(
    model: CalibratedClassifierCV, small: int, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compact, "_SMALL", small)
    forest = CompactForest.of(model)
    x = np.concatenate([rows(500, 2), np.random.default_rng(3).random((500, 5), dtype=np.float32)])
    assert np.array_equal(forest.probability(x, threads), model.predict_proba(x)[:, 1])


def test_thresholds_are_rounded_to_the_side_of_the_left_child() -> None:
    values = np.array([1 / 3, 0.1, 0.5, -1 / 3, 1e-50])
    below = compact._below(values)
    assert below.dtype == np.float32
    assert (below <= values).all() and (np.nextafter(below, np.float32(np.inf)) > values).all()


def test_it_comes_back_from_the_safe_form(model: CalibratedClassifierCV) -> None:
    forest = CompactForest.of(model)
    form: Form[CompactForest] = Form(CompactForest.parts, lambda parts: CompactForest(**parts))
    sealed = seal("gold", forest, form)
    assert b'"plain"' in sealed[:200]
    back = unseal("gold", sealed, form, lambda: False)
    assert np.array_equal(back.probability(rows(100, 4)), forest.probability(rows(100, 4)))


@pytest.mark.parametrize(
    "damage",
    [
        lambda parts: parts["right"].__setitem__(0, 10**6),
        lambda parts: parts["right"].__setitem__(3, 0),
        lambda parts: parts["feature"].__setitem__(1, 5),
        lambda parts: parts["feature"].__setitem__(1, -1),
        lambda parts: parts["leaf"].__setitem__(0, True),
        lambda parts: parts["sizes"].__setitem__(0, 1),
        lambda parts: parts.__setitem__("share", parts["share"][:-1]),
        lambda parts: parts.__setitem__("calibrators", parts["calibrators"][:-1]),
    ],
    ids=["out of the tree", "back", "no such column", "no column", "a leaf", "size", "no share", "fold"],
)
def test_nodes_that_lead_astray_are_refused(model: CalibratedClassifierCV, damage: Any) -> None:
    parts: dict[str, Any] = {
        name: value.copy() if isinstance(value, np.ndarray) else value
        for name, value in CompactForest.of(model).parts().items()
    }
    damage(parts)
    with pytest.raises(ValueError, match="lead astray"):
        CompactForest(**parts)
