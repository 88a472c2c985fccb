"""Plane: data of two features as pictures, like the GenRe paper's. Regions, arrows, draws of R(x⁺|x).

The decision regions need the classifier and the draws a fitted method; neither is in the store. Both are
made again from what the cell records say (seconds on such data), with the same seeds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from recbench.data.catalogue.loading import load
from recbench.errors import RecbenchError
from recbench.escape import in_pictures
from recbench.plugins import registry
from recbench.report.figures.base import (
    Material,
    NothingToDraw,
    Picture,
    by_place,
    cells_of,
    order,
    picture_name,
    who,
)
from recbench.report.figures.style import Look, Mark, handle, leftmost, lowest
from recbench.report.rows import Row, place_title
from recbench.store.record import CellRecord
from recbench.threads import limited_to

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from recbench.data.schema import Schema
    from recbench.protocol.prepare import Prepared

_ARROWS = 24
_DRAWS = 300
_GRID = 200
_REFUSED, _ACCEPTED = "#f3d9c9", "#cfe3f1"


@dataclass
class Scene:
    """What all panels of one data set share: its range, the regions of h, the favourable rows."""

    names: list[str]
    x: np.ndarray
    y: np.ndarray
    h: np.ndarray
    threshold: float
    favourable: pd.DataFrame


def draw(material: Material, look: Look) -> Iterator[Picture]:
    """Draw one figure per data set with two numbers as features: a panel per method, and one of draws."""
    flat = [row for row in material.rows if not row.is_floor and _is_flat(material, row)]
    if not flat:
        raise NothingToDraw("no finished cell is of a data set with two features (moons, circles, corr)")
    problems = []
    places = by_place(flat)
    for place, rows in places.items():
        try:
            title = place_title(place, places)
            yield _picture(material, picture_name("plane", place, places), title, rows, look)
        except RecbenchError as error:
            problems.append(f"{place_title(place, places)}: {error}")
    if len(problems) == len(places):
        raise NothingToDraw("; ".join(problems))


def _is_flat(material: Material, row: Row) -> bool:
    """Return whether a row's data set has two features, both of them numbers, as its schema says."""
    schema = material.schema(row) or _of_catalogue(row.records[0].cell.dataset)
    if schema is None or len(schema) != 2 or any(feature.discrete for feature in schema.features):
        return False
    people = material.selection.store.people(row.records[0].key, lambda name: name.startswith("f__"))
    return len(people.columns) == 2


def _of_catalogue(name: str) -> Schema | None:
    """Return the schema of a data set that the catalogue says has two features; None if it does not."""
    if name not in registry.datasets.names():
        return None
    card = registry.datasets.listing(name).card
    return load(name).schema if card is not None and card.features == 2 else None


def _picture(material: Material, name: str, title: str, rows: list[Row], look: Look) -> Picture:
    seed = _common_seed(rows)
    records = {
        row.label: next(r for r in row.records if r.cell.seed == seed) for row in rows if seed in row.seeds
    }
    prepared = _prepared(material, next(iter(records.values())))
    scene = _scene(prepared)
    across, upright = in_pictures(scene.names).values()
    marks = material.marks
    names = [method for method in order(rows) if method in records]
    sampler = next((method for method in names if _samples(records[method])), None)
    count = len(names) + (sampler is not None)
    figure, axes = look.panels(count, 2.0, most=3 if count != 4 else 4, sharex=True, sharey=True)
    if count == 4:
        figure.set_figheight(figure.get_figheight() * 0.95)
    for ax, method in zip(axes, names, strict=False):
        _background(ax, scene, look)
        _arrows(ax, scene, material.selection.store.people(records[method].key), marks[method], look)
        ax.set_title(method)
    for ax in lowest(axes):
        ax.set_xlabel(across)
    for ax in leftmost(axes):
        ax.set_ylabel(upright)
    said = ""
    if sampler is not None:
        _background(axes[-1], scene, look)
        _draws(axes[-1], scene, prepared, records[sampler], marks[sampler], look)
        axes[-1].set_title(f"draws of {sampler}")
        said = f" Last panel: {_DRAWS} draws of {sampler} for one person (star), the method fitted again."
    look.headline(figure, f"{title}, seed {seed}")
    black = "#222222"
    look.legend(
        figure,
        [
            handle("accepted by h", (_ACCEPTED, "s"), markeredgecolor="#999999"),
            handle("refused", (_REFUSED, "s"), markeredgecolor="#999999"),
            handle("favourable training rows", ("#777777", "."), markeredgewidth=0),
            handle(
                "person",
                (black, "o"),
                markerfacecolor="white",
                markeredgecolor=black,
                markersize=look.marker * 0.6,
            ),
            handle("recourse", (black, ">"), markeredgewidth=0),
        ],
    )
    dataset = rows[0].dataset
    caption = (
        f"{dataset}, seed {seed}: regions of the classifier {rows[0].classifier} and, for the same {_ARROWS}"
        f" people in each panel, an arrow from the person to the recourse.{said} {who(rows)}"
    )
    return Picture(name, figure, caption, cells_of(rows))


def _common_seed(rows: Sequence[Row]) -> int:
    """Return the seed that most methods have, the lowest of several."""
    counts: dict[int, int] = {}
    for row in rows:
        for seed in row.seeds:
            counts[seed] = counts.get(seed, 0) + 1
    return min(counts, key=lambda seed: (-counts[seed], seed))


def _prepared(material: Material, record: CellRecord) -> Prepared:
    """Return the cell's task, prepared again.

    Raises:
        RecbenchError: the data set is not in the catalogue, or is another one by now.
    """
    from recbench.protocol.prepare import prepare
    from recbench.task.cache import Cache

    dataset = load(record.cell.dataset)
    if dataset.content_hash != record.cell.data_hash:
        raise RecbenchError(f"the data set {record.cell.dataset!r} is not the one these cells were run on.")
    store = material.selection.store
    prepared = prepare(
        dataset, record.cell.recipe, record.cell.seed, Cache(store.paths.cache), record.cell.threads
    )
    people = store.people(record.key)["person"].astype(str).tolist()
    if people != [str(person) for person in prepared.people]:
        raise RecbenchError(
            f"this version of recbench selects other people of {record.cell.dataset!r}.", "Run again."
        )
    return prepared


def _scene(prepared: Prepared) -> Scene:
    import torch

    dataset = prepared.dataset
    names = dataset.schema.names
    train = dataset.train[names]
    low, high = train.min().to_numpy(dtype=float), train.max().to_numpy(dtype=float)
    margin = 0.05 * (high - low)
    x, y = (np.linspace(low[at] - margin[at], high[at] + margin[at], _GRID) for at in (0, 1))
    points = pd.DataFrame(np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2), columns=names)
    with torch.no_grad():
        h = prepared.task.probability(dataset.encoder.encode(points)).reshape(_GRID, _GRID)
    favourable = train[prepared.task.y.numpy() == 1]
    return Scene(names, x, y, h.numpy(), prepared.task.threshold, favourable)


def _background(ax: Axes, scene: Scene, look: Look) -> None:
    ax.contourf(scene.x, scene.y, scene.h, [-1, scene.threshold, 2], colors=[_REFUSED, _ACCEPTED], zorder=0)
    some = scene.favourable.iloc[:400]
    ax.scatter(
        some[scene.names[0]], some[scene.names[1]], s=look.marker**2 / 20, color="#777777", alpha=0.5,
        linewidths=0, zorder=1, rasterized=True,
    )  # fmt: skip
    ax.grid(False)
    ax.set_xlim(scene.x[0], scene.x[-1])
    ax.set_ylim(scene.y[0], scene.y[-1])


def _arrows(ax: Axes, scene: Scene, people: pd.DataFrame, mark: Mark, look: Look) -> None:
    some = people.iloc[:_ARROWS]
    before = some[[f"f__{name}" for name in scene.names]].to_numpy(dtype=float)
    after = some[[f"c__{name}" for name in scene.names]].to_numpy(dtype=float)
    found = ~np.isnan(after).any(axis=1)
    for start, end in zip(before[found], after[found], strict=True):
        ax.annotate(
            "", xy=end, xytext=start, zorder=3,
            arrowprops={
                "arrowstyle": "-|>,head_length=0.25,head_width=0.12", "color": mark[0],
                "linewidth": look.thin, "shrinkA": 0, "shrinkB": 0,
            },
        )  # fmt: skip
    ax.scatter(
        before[:, 0],
        before[:, 1],
        s=look.marker**2 / 3,
        color="white",
        edgecolors="#222222",
        linewidths=0.6,
        zorder=4,
    )


def _samples(record: CellRecord) -> bool:
    if record.cell.method not in registry.methods.names():
        return False
    found = registry.methods.listing(record.cell.method)
    return not found.unavailable and found.card is not None and found.card.traits.samples


def _draws(ax: Axes, scene: Scene, prepared: Prepared, record: CellRecord, mark: Mark, look: Look) -> None:
    """Draw what a method samples for the first person, from the method fitted again with the cell's seeds."""
    from recbench.method import method_class
    from recbench.rng import Rng

    method = method_class(record.cell.method)(**record.cell.params)
    rng = Rng(record.cell.seed).stream("method", record.cell.method)
    with limited_to(record.cell.threads):
        method.fit(prepared.task, rng.stream("fit"))
        people = rng.stream("picture").people(prepared.people[:1])
        drawn = method.sample(prepared.factuals[:1], _DRAWS, people)[0]
    points = prepared.dataset.encoder.decode(drawn)[scene.names].to_numpy(dtype=float)
    colour = mark[0]
    ax.scatter(
        points[:, 0],
        points[:, 1],
        s=look.marker**2 / 6,
        color=colour,
        alpha=0.45,
        linewidths=0,
        zorder=3,
        rasterized=True,
    )
    at, person = scene.names, prepared.dataset.test.iloc[prepared.rows[0]]
    ax.scatter(
        person[at[0]], person[at[1]], s=look.marker**2 * 3, color="white", marker="*", edgecolors="#222222",
        linewidths=0.8, zorder=4,
    )  # fmt: skip
