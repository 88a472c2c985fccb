"""The pictures of two-feature data, from a real run: they need the classifier and a fitted method again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from recbench.report.figures.base import Material, NothingToDraw
from recbench.report.figures.plane import draw
from recbench.report.figures.style import PAPER
from recbench.report.selection import select
from recbench.store.folder import Store
from tests.records import changed


@pytest.mark.slow
def test_panels_of_methods_and_of_draws(recbench, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    words = ["--datasets", "moons", "--factuals", "40", "--no-tracking", "--results", tmp_path]
    done = recbench("run", "--methods", "genre,nnr,unchanged", *words)
    assert done.returncode == 0, done.stderr
    store = Store(tmp_path)
    (picture,) = draw(Material(select(store)), PAPER)
    assert picture.name == "plane-moons"
    *methods, draws = picture.figure.axes
    assert {ax.get_title() for ax in methods} == {"genre", "nnr"}
    assert draws.get_title() == "draws of genre"
    for ax in methods:
        assert len(ax.texts) == 24, "one arrow per person"
    # The regions, the training rows, the draws and the person.
    sizes = [len(np.asarray(collection.get_offsets())) for collection in draws.collections]
    assert 300 in sizes and 1 in sizes

    # Another data set under the same name is not drawn with these cells.
    for record in list(store.records()):
        store.write(changed(record, data_hash="other"), store.people(record.key))
    with pytest.raises(NothingToDraw, match="not the one these cells were run on"):
        list(draw(Material(select(Store(tmp_path))), PAPER))
