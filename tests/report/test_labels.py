"""Places of names in the figure ``tradeoff``."""

from __future__ import annotations

import numpy as np

from recbench.report.figures.labels import _placed


def test_names_do_not_cover_each_other_where_there_is_room() -> None:
    rng = np.random.default_rng(0)
    points = rng.uniform(100, 900, (12, 2))
    sizes = np.tile([60.0, 12.0], (12, 1))
    boxes = _placed(points, sizes, np.full(12, 4.0), np.array([[0.0, 0.0], [1000.0, 1000.0]]), 1.0)
    assert not np.isnan(boxes).any()
    assert np.allclose(boxes[:, 1] - boxes[:, 0], sizes)
    for at, box in enumerate(boxes):
        others = np.delete(boxes, at, axis=0)
        sides = np.minimum(box[1], others[:, 1]) - np.maximum(box[0], others[:, 0])
        assert not (sides > 0).all(axis=1).any()
