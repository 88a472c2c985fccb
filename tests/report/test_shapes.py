"""Shapes of the figure ``distributions``, and places of names in ``tradeoff``."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import to_hex
from scipy.stats import gaussian_kde

from recbench.report.figures.labels import _placed
from recbench.report.figures.people import density
from recbench.report.figures.style import muted


@pytest.mark.parametrize("distinct", [4, 500])
def test_a_shape_is_scotts_density_with_a_narrower_kernel(distinct: int) -> None:
    values = np.random.default_rng(0).choice(np.random.default_rng(1).normal(size=distinct), 500)
    grid = np.linspace(values.min(), values.max(), 100)
    kernel = gaussian_kde(values)
    kernel.set_bandwidth(0.3 * kernel.scotts_factor())
    ours, theirs = density(values, grid), kernel(grid)
    assert np.allclose(ours / ours.max(), theirs / theirs.max())


def test_muted_colours_keep_hue_and_lightness() -> None:
    assert muted("#808080") == "#808080"
    red, green, blue = mpl.colors.to_rgb(muted("#ff0000"))
    assert to_hex((red, green, blue)) == "#df2020"


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
