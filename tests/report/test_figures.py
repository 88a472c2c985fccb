"""Figures are guarded against emptiness, overlaps and cut text; whether they are beautiful is looked at."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text
from PIL import Image

from recbench.data.schema import Feature, Schema, Target
from recbench.report.captions import drawn_of, write_captions
from recbench.report.figures import FIGURES
from recbench.report.figures.base import Material, NothingToDraw, Picture, interval_words, whisker
from recbench.report.figures.ranks import draw as draw_ranks
from recbench.report.figures.save import pictures, write
from recbench.report.figures.style import LOOKS, PAPER, TALK, Look
from recbench.report.figures.sweeps import lines_of
from recbench.report.figures.tradeoff import pareto
from recbench.report.rows import Row, rows_of
from recbench.report.selection import Selection
from recbench.statistics import Summary
from recbench.store.record import Score

from .conftest import FEATURES

STORED = ("tradeoff", "score", "distributions", "changes", "speed", "ranks", "lambda")


def _unwanted(name: str, reason: str) -> None:
    pytest.fail(f"{name}: {reason}")


def marks(ax: Axes) -> int:
    """Return how many things are drawn in a panel, the frame and the texts aside."""
    return len(ax.lines) + len(ax.collections) + len(ax.patches) + len(ax.images)


def boxes(picture: Picture, texts: list[Text]) -> list[tuple[str, np.ndarray]]:
    renderer = picture.figure.canvas.get_renderer()  # type: ignore[attr-defined]
    return [
        (text.get_text(), text.get_window_extent(renderer).get_points())
        for text in texts
        if text.get_visible() and text.get_text()
    ]


def tick_labels(axis: Axis) -> list[Text]:
    """Return the labels of the ticks that are inside the limits, unless they are turned."""
    low, high = sorted(axis.get_view_interval())
    return [
        tick.label1
        for tick in axis.get_major_ticks()
        if low <= tick.get_loc() <= high and tick.label1.get_rotation() == 0
    ]


def inside(picture: Picture, box: np.ndarray) -> bool:
    size = picture.figure.canvas.get_width_height()
    return bool(box.min() >= -1 and (box[1] <= np.array(size) + 1).all())


def overlaps(one: np.ndarray, other: np.ndarray) -> bool:
    return bool((np.minimum(one[1], other[1]) - np.maximum(one[0], other[0]) > 1).all())


@pytest.mark.parametrize("look", [PAPER, TALK], ids=["paper", "talk"])
@pytest.mark.parametrize("name", STORED)
def test_no_panel_is_empty_and_no_text_is_cut_or_overlaps(material: Material, name: str, look: Look) -> None:
    drawn = list(pictures(material, [name], look, lambda *why: pytest.fail(str(why))))
    assert drawn
    for picture in drawn:
        assert picture.caption and picture.cells
        with look():
            FigureCanvasAgg(picture.figure).draw()
            check(picture)


def test_signs_that_the_font_lacks_are_drawn_without_a_warning(recwarn: pytest.WarningsRecorder) -> None:
    with PAPER():
        figure, (ax,) = PAPER.panels(1, 1.0)
        ax.set_title("收入 👩")
        FigureCanvasAgg(figure).draw()
    assert not recwarn.list


def check(picture: Picture) -> None:
    for ax in picture.figure.axes:
        assert marks(ax), f"{picture.name} has an empty panel"
        assert np.ptp(ax.get_xlim()) > 0 and np.ptp(ax.get_ylim()) > 0
        for text, box in boxes(picture, [ax.title, ax.xaxis.label, ax.yaxis.label]):
            assert inside(picture, box), f"{picture.name}: {text} is cut"
        for axis in (ax.xaxis, ax.yaxis):
            for (text, box), (after, next_box) in pairwise(boxes(picture, tick_labels(axis))):
                assert not overlaps(box, next_box), f"{picture.name}: {text} overlaps {after}"
    for legend in picture.figure.legends:
        box = legend.get_window_extent().get_points()
        assert inside(picture, box), f"{picture.name}: the legend is cut"
        for ax in picture.figure.axes:
            assert not overlaps(box, ax.get_window_extent().get_points()), "the legend covers a panel"


@pytest.mark.slow
@pytest.mark.parametrize("look", [PAPER, TALK], ids=["paper", "talk"])
def test_twenty_methods_on_three_data_sets_find_room(crowd: Material, look: Look, tmp_path: Path) -> None:
    drawn = list(pictures(crowd, [name for name in STORED if name != "lambda"], look, _unwanted))
    assert len({row.method for row in crowd.rows}) == 20
    for picture in drawn:
        with look():
            FigureCanvasAgg(picture.figure).draw()
            check(picture)
        if look is PAPER:
            files = write(picture, tmp_path, ["pdf", "png"], look)
            assert {file.name: file.stat().st_size < 300_000 for file in files} == {
                file.name: True for file in files
            }


@pytest.mark.parametrize("look", [PAPER, TALK], ids=["paper", "talk"])
def test_printed_text_is_readable(material: Material, look: Look) -> None:
    least = 6 if look is PAPER else 12
    for picture in pictures(material, STORED, look, lambda *_: None):
        assert picture.figure.get_figwidth() in (look.one_column, look.two_columns)
        texts = [one for one in picture.figure.findobj(Text) if isinstance(one, Text) and one.get_text()]
        assert all(float(text.get_fontsize()) >= least for text in texts)


def test_every_method_is_in_every_panel(material: Material) -> None:
    (picture,) = pictures(material, ["tradeoff"], PAPER, lambda *_: None)
    adult, compas, heloc = picture.figure.axes
    # One marker per row: four methods, and on adult three more genres.
    assert [len(ax.collections) for ax in (adult, compas, heloc)] == [7, 4, 4]


def test_few_seeds_show_their_range_and_five_an_interval(made_up) -> None:  # type: ignore[no-untyped-def]
    def row(*means: float) -> Row:
        scores = [{"cost": Score(key="s", mean=mean, low=mean - 0.1, high=mean + 0.1)} for mean in means]
        (found,) = rows_of([made_up(seed=seed, scores=one) for seed, one in enumerate(scores)])
        return found

    assert whisker(row(1.0), "cost") == (0.9, 1.1)
    assert whisker(row(1.0, 3.0), "cost") == (1.0, 3.0)
    five = row(1.0, 2.0, 3.0, 4.0, 5.0)
    low, high = whisker(five, "cost") or (0.0, 0.0)
    half = 2.7764 * (2.5 / 5) ** 0.5
    assert (low, high) == pytest.approx((3 - half, 3 + half), abs=1e-3)
    assert "one seed" in interval_words([row(1.0)])
    assert "range of the seeds' means" in interval_words([row(1.0, 3.0)])
    assert "of fewer seeds their range" in interval_words([five, row(1.0, 3.0)])


def test_a_large_picture_gets_fewer_colours_and_keeps_what_it_says(tmp_path: Path) -> None:
    with PAPER():
        figure, (ax,) = PAPER.panels(1, 3.0)
        ax.imshow(np.random.default_rng(0).random((400, 400)), cmap="Blues")
    (path,) = write(Picture("noise", figure, "what it shows", []), tmp_path, ["png"], PAPER)
    with Image.open(path) as saved:
        assert saved.mode == "P"
        assert saved.info["Description"] == "what it shows"
        assert round(saved.info["dpi"][0]) == 200


def test_captions_of_other_figures_stay_while_their_files_do(material: Material, tmp_path: Path) -> None:
    drawn = {one.name: one for one in pictures(material, ["score", "speed"], PAPER, lambda *_: None)}
    write(drawn["score"], tmp_path, ["svg"], PAPER)
    write_captions([drawn["score"]], tmp_path)
    write(drawn["speed"], tmp_path, ["svg"], PAPER)
    write_captions([drawn["speed"]], tmp_path)
    assert list(drawn_of(tmp_path, drawn["score"].cells[:1])) == ["score", "speed"]
    assert drawn_of(tmp_path, ["another cell"]) == {}
    (tmp_path / "score.svg").unlink()
    write_captions([drawn["speed"]], tmp_path)
    assert drawn_of(tmp_path, drawn["score"].cells) == {"speed": [tmp_path / "speed.svg"]}
    (tmp_path / "captions.json").write_text("{")
    assert drawn_of(tmp_path, drawn["score"].cells) == {}


def test_missing_cells_are_in_the_caption(material: Material) -> None:
    (picture,) = pictures(material, ["score"], PAPER, lambda *_: None)
    assert "Missing cells: heloc / wachter (seed 2)" in picture.caption
    assert "LOF with k=5" in picture.caption


def test_figures_without_cells_say_why(material: Material) -> None:
    said: dict[str, str] = {}
    assert not list(pictures(material, ["temperature", "plane", "sweep"], PAPER, said.__setitem__))
    assert said["temperature"] == "no method was run with several values of temperature"
    assert "two features" in said["plane"]
    assert set(said) == {"temperature", "plane", "sweep"}


def test_files_embed_their_fonts_and_are_the_same_each_time(material: Material, tmp_path: Path) -> None:
    (picture,) = pictures(material, ["score"], PAPER, lambda *_: None)
    files = write(picture, tmp_path, ["pdf", "png", "svg"], PAPER)
    first = [file.read_bytes() for file in files]
    assert b"/FontFile2" in first[0] and b"/Type3" not in first[0]
    assert all(len(content) < 300_000 for content in first)
    (again,) = pictures(material, ["score"], PAPER, lambda *_: None)
    assert [file.read_bytes() for file in write(again, tmp_path, ["pdf", "png", "svg"], PAPER)] == first
    said = json.loads(write_captions([picture], tmp_path).read_text())
    assert said["score"]["cells"] == picture.cells


def test_every_registered_figure_can_be_imported() -> None:
    for card in FIGURES.values():
        assert callable(card.load())


def test_many_methods_are_named_beside_their_points(crowd: Material) -> None:
    (picture,) = pictures(crowd, ["tradeoff"], PAPER, _unwanted)
    with PAPER():
        FigureCanvasAgg(picture.figure).draw()
    names = {row.label for row in crowd.rows}
    for ax in picture.figure.axes:
        assert {text.get_text() for text in ax.texts} == names
        panel = ax.get_window_extent().get_points()
        written = [Text.get_window_extent(text).get_points() for text in ax.texts]
        for at, box in enumerate(written):
            assert (box >= panel[0] - 1).all() and (box <= panel[1] + 1).all(), "a name leaves its panel"
            assert not any(overlaps(box, other) for other in written[:at]), "names overlap"
    said = {text.get_text() for legend in picture.figure.legends for text in legend.get_texts()}
    assert not names & said


def test_the_unit_of_the_bar_is_that_of_the_cells_and_immutables_are_marked(
    material: Material, monkeypatch: pytest.MonkeyPatch
) -> None:
    features = tuple(Feature(name=name, kind="continuous", immutable=name == "age") for name in FEATURES)
    schema = Schema(features=features, target=Target(name="y", favourable=("1",)))
    monkeypatch.setattr(Material, "schema", lambda self, row: schema)
    picture = next(iter(pictures(material, ["changes"], PAPER, _unwanted)))
    ax, bar = picture.figure.axes
    with PAPER():
        FigureCanvasAgg(picture.figure).draw()
    shares = [float(text.get_text()) for text in ax.texts]
    assert bar.get_ylim() == (0, 100) and bar.get_ylabel() == "per cent of people"
    assert max(shares) > 1
    assert [label.get_text() for label in ax.get_xticklabels()] == ["age ×", *FEATURES[1:]]
    red = [text for text in ax.texts if text.get_fontweight() == "bold"]
    assert len(red) == len(ax.get_yticklabels()), "every method of these made-up cells changes the age"
    assert "× marks immutable" in picture.caption


def test_pareto_front_by_hand() -> None:
    assert pareto([(1, 0.5), (2, 0.4), (3, 0.9), (1, 0.3), (4, 0.9)]) == [(1, 0.5), (3, 0.9)]


def test_a_line_needs_two_values_and_the_same_other_parameters() -> None:
    def row(**params: object) -> Row:
        return Row("d", "c", "genre", "genre", params=params)

    lines = lines_of([row(a=1, k=1), row(a=5, k=1), row(a=5, k=2), row(k=1)], "a")
    assert [[one.params["a"] for one in line.rows] for line in lines] == [[1, 5]]


def ranked(datasets: int, material: Material) -> Material:
    rng = np.random.default_rng(0)
    rows = []
    for at in range(datasets):
        for to, method in enumerate(("genre", "nnr", "wachter", "dice", "roar")):
            mean = float(2 - 0.3 * to + 0.2 * rng.normal())
            row = Row(f"d{at}", "mlp", method, method, seeds=[0], values={"score": Summary(mean=mean)})
            row.records = material.rows[0].records[:1]
            rows.append(row)
    made = Material(Selection("s", material.selection.store, [], [], []))
    made.selection.__dict__["rows"] = rows
    return made


def test_critical_difference_diagram_from_eight_data_sets_on(material: Material) -> None:
    with PAPER():
        (few,), (many,) = (list(draw_ranks(ranked(n, material), PAPER)) for n in (7, 8))
    assert "too few" in few.figure.axes[0].get_title()
    assert "No test is made" in few.caption
    assert "critical difference" in many.figure.axes[0].get_title()
    said = {text.get_text().split(" ")[0].strip("(") for text in many.figure.axes[0].texts}
    names = " ".join(text.get_text() for text in many.figure.axes[0].texts)
    assert all(name in names for name in ("genre", "nnr", "wachter", "dice", "roar")), said


def test_ranks_need_two_data_sets(material: Material) -> None:
    with pytest.raises(NothingToDraw):
        list(draw_ranks(ranked(1, material), LOOKS["paper"]))
