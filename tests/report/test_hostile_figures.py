"""Pictures of names that matplotlib, a file system or a legend would obey."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from recbench.report.captions import drawn_of, write_captions
from recbench.report.figures.base import Material
from recbench.report.figures.save import pictures, write
from recbench.report.figures.style import LOOKS, PAPER
from recbench.report.selection import select
from recbench.store.folder import Store
from recbench.task.recipes import TaskRecipe
from tests.hostile import NAMES, obeyed

from .conftest import drawn_cell

DATASETS = ("../../$x_{$", "[b]\n\x1b[31m", "=1+1 " + "x" * 300, "=1+1 " + "x" * 150 + "y" + "x" * 149)


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> Material:
    store = Store(tmp_path_factory.mktemp("hostile") / "results")
    for number, (dataset, seed) in enumerate(product(DATASETS, (0, 1))):
        for method, label in zip(("genre", "nnr", "unchanged"), NAMES[2:5], strict=True):
            changes: dict[str, Any] = {"label": label, "key": f"{method}{number}"}
            store.write(*drawn_cell(method, dataset, seed, features=NAMES[:5], **changes))
    for (value, label), parameter in product(((1.0, "_under_"), (5.0, "$a$b$")), ("lambda_", "score")):
        changes = {"label": label, "params": {parameter: value}, "key": f"{parameter}{value}"}
        store.write(*drawn_cell("genre", DATASETS[0], 0, features=NAMES[:5], **changes))
    for threshold in (0.6, 0.7):
        recipe = TaskRecipe(threshold=threshold, weights={NAMES[2]: threshold})
        for method in ("genre", "nnr"):
            changes = {"recipe": recipe, "key": f"{method}t{threshold}"}
            store.write(*drawn_cell(method, DATASETS[1], 0, features=NAMES[:5], **changes))
    return Material(select(store))


FIGURES = ("tradeoff", "score", "distributions", "changes", "speed", "ranks", "lambda", "sweep")


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("figure", FIGURES)
def test_every_figure_is_drawn_and_every_name_is_text(material: Material, figure: str, look: str) -> None:
    drawn = list(pictures(material, [figure], LOOKS[look], lambda *why: pytest.fail(str(why))))
    assert drawn
    for picture in drawn:
        with LOOKS[look]():
            FigureCanvasAgg(picture.figure).draw()
        said = [text.get_text() for text in picture.figure.findobj(Text)]
        assert not obeyed("".join(said).replace("\u200b", ""))
        assert not any(r"\mathdefault" in text for text in said), "an axis shows TeX"
        assert max(map(len, said)) < 120
        names = {row.label for row in material.rows}
        assert all("$" not in text or "$" in "".join(names | set(NAMES) | set(DATASETS)) for text in said)


def test_each_place_has_a_picture_and_a_file_of_its_own(material: Material, tmp_path: Path) -> None:
    drawn = list(pictures(material, ["changes"], PAPER, lambda *why: pytest.fail(str(why))))
    assert len(drawn) == len({row.place for row in material.rows}) == len(DATASETS) + 2
    files = [path for picture in drawn for path in write(picture, tmp_path / "figures", ["png"], PAPER)]
    assert len(set(files)) == len(drawn)
    assert {path.resolve().parent for path in files} == {(tmp_path / "figures").resolve()}


def test_a_parameter_called_like_a_figure_does_not_overwrite_it(material: Material) -> None:
    drawn = [picture.name for picture in pictures(material, (), PAPER, lambda *_: None)]
    assert len(drawn) == len(set(drawn))
    assert {"score", "sweep-score", "lambda"} <= set(drawn)


def test_a_legend_names_every_method(material: Material) -> None:
    (picture,) = pictures(material, ["tradeoff"], PAPER, lambda *_: None)
    (legend,) = picture.figure.legends
    said = {text.get_text() for text in legend.get_texts()}
    assert {row.label for row in material.rows if row.mean("cost") is not None} <= said
    assert {"_under_ (lambda=1.0)", "$a$b$ (score=5.0)"} <= said


def test_captions_name_files_of_their_folder_only(tmp_path: Path) -> None:
    (tmp_path / "secret.png").write_bytes(b"not ours")
    folder = tmp_path / "figures"
    folder.mkdir()
    entry = {"caption": "x", "cells": ["a"]}
    (folder / "captions.json").write_text(json.dumps({"../secret": entry, "mine": entry}))
    (folder / "mine.png").write_bytes(b"ours")
    assert drawn_of(folder, ["a"]) == {"mine": [folder / "mine.png"]}
    write_captions([], folder)
    assert set(json.loads((folder / "captions.json").read_text())) == {"mine"}
