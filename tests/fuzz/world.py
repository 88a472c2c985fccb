"""World: a small made-up table of people, whose every value is known as text, and its schema."""

from __future__ import annotations

import csv
import io
import random
import re
from dataclasses import dataclass, field
from typing import Any

from .hostile import NAMES
from .yamls import Map, Plain, emit

CODES = [
    ["010", "020", "030"],
    ["1", "2", "3"],
    ["18_25", "26_40"],
    ["1:30", "2:30"],
    ["1.10", "1.1"],
    ["NA", "no"],
]
"""Categories that some reader takes for numbers, or for nothing."""
WORDS = [["f", "m"], ["low", "middle", "high"], ["none", "clerk", "smith", "nurse"], ["<1", ">=1"], ["a"]]


@dataclass
class Column:
    """A feature, and how its values are made.

    Attributes:
        name: of the column.
        kind: as the schema calls it.
        categories: texts, for those that are discrete.
        low: smallest value that is drawn, else.
        high: the largest.
        decimals: of numbers.
        lower: a declared bound, as text.
        upper: likewise.
        step: likewise; for numbers.
        immutable: whether it cannot change.
        monotone: the only direction, or None.
    """

    name: str
    kind: str
    categories: list[str] = field(default_factory=list)
    low: float = 0.0
    high: float = 1.0
    decimals: int = 0
    lower: str | None = None
    upper: str | None = None
    step: str | None = None
    immutable: bool = False
    monotone: str | None = None

    @property
    def discrete(self) -> bool:
        return bool(self.categories)

    def draw(self, rng: random.Random) -> str:
        """Return a value as text."""
        if self.discrete:
            return rng.choice(self.categories)
        return f"{rng.uniform(self.low, self.high):.{self.decimals}f}"

    def tree(self, rng: random.Random) -> Map:
        """Return the feature as a schema declares it."""
        pairs: list[tuple[str, Any]] = [("name", self.name), ("kind", self.kind)]
        if self.discrete:
            pairs.append(("categories", _unquoted(self.categories, rng)))
        for name in ("lower", "upper", "step"):
            text = getattr(self, name)
            if text is not None:
                pairs.append((name, Plain(text)))
        if self.immutable:
            pairs.append(("immutable", True))
        if self.monotone:
            pairs.append(("monotone", self.monotone))
        return Map(pairs)


@dataclass
class World:
    """A table that fits its schema.

    Attributes:
        columns: the features.
        target: name of the label column.
        good: favourable labels.
        bad: the others.
        id: name of the id column, or None.
        header: all columns of the table, in its order.
        rows: texts.
    """

    columns: list[Column]
    target: str
    good: list[str]
    bad: list[str]
    id: str | None
    header: list[str]
    rows: list[list[str]]

    def schema(self, rng: random.Random) -> Map:
        """Return the schema as a tree; some categories stand there without quotes."""
        pairs: list[tuple[str, Any]] = [("id", self.id)] if self.id else []
        pairs.append(("features", [column.tree(rng) for column in self.columns]))
        pairs.append(("target", Map([("name", self.target), ("favourable", _unquoted(self.good, rng))])))
        return Map(pairs)

    def schema_file(self, rng: random.Random) -> bytes:
        """Return the schema as a YAML file."""
        return emit(self.schema(rng), rng).encode()

    def table(self, **how: Any) -> bytes:
        """Return the table as a CSV file; ``how`` is as Python's csv writer takes it."""
        text = io.StringIO()
        writer = csv.writer(text, **{"lineterminator": "\n", **how})
        writer.writerows([self.header, *self.rows])
        return text.getvalue().encode()


def make(rng: random.Random, rows: int | None = None, odd: float = 0.25) -> World:
    """Return a world; ``odd`` is the share of names and categories that are strange."""
    names = _names(rng, rng.randint(1, 5) + 2, odd)
    target, identity, *features = names
    columns = [_column(name, rng, odd) for name in features]
    good, bad = rng.choice(
        [(["yes"], ["no"]), (["1"], ["0"]), ([">50K"], ["<=50K"]), (["a", "b"], ["c", "d"])]
    )
    has_id = rng.random() < 0.5
    count = rows or rng.randint(24, 60)
    header = [*([identity] if has_id else []), *features, target]
    table = []
    for row in range(count):
        labels = [*good, *bad]
        # Every label is there a few times.
        label = labels[row % len(labels)] if row < 4 * len(labels) else rng.choice(labels)
        person = [f"p{row:03}"] if has_id else []
        table.append([*person, *(column.draw(rng) for column in columns), label])
    rng.shuffle(table)
    return World(columns, target, good, bad, identity if has_id else None, header, table)


def _unquoted(texts: list[str], rng: random.Random) -> list[str]:
    """Return texts of which some are written without quotes, where that leaves the text what it is."""
    if rng.random() < 0.5:
        return [*texts]
    plain = re.compile(r"(?!(?i:null|true|false)$)[0-9A-Za-z_.:]*[0-9A-Za-z_]")
    return [Plain(text) if plain.fullmatch(text) else text for text in texts]


def _names(rng: random.Random, count: int, odd: float) -> list[str]:
    # A table whose column `split` is none of the schema's is split by it.
    pool = [name for name in NAMES if name != "split"]
    names: list[str] = []
    while len(names) < count:
        name = rng.choice(pool) if rng.random() < odd else f"{rng.choice('abcdefgh')}{len(names)}"
        if name not in names:
            names.append(name)
    return names


def _column(name: str, rng: random.Random, odd: float) -> Column:
    kind = rng.choice(["categorical", "ordinal", "integer", "continuous"])
    fixed = rng.random() < 0.2
    if kind in ("categorical", "ordinal"):
        categories = list(rng.choice(CODES if rng.random() < odd else WORDS))
        if rng.random() < odd / 2:
            categories = rng.sample([name for name in NAMES if not name.replace(".", "").isdigit()], 3)
        monotone = rng.choice(["increase", "decrease"]) if kind == "ordinal" and rng.random() < 0.3 else None
        return Column(name, kind, categories, immutable=fixed, monotone=monotone)
    low, high = rng.choice(
        [(0, 1), (18, 80), (-5, 5), (0, 1e6), (1e6, 9e6), (-0.001, 0.001), (1000, 1001), (3, 3)]
    )
    decimals = 0 if kind == "integer" else rng.choice([0, 1, 2, 3, 6])
    column = Column(name, kind, [], low, high, decimals, immutable=fixed)
    reach = high - low
    # Some bounds lie between the steps of the data.
    digits = decimals + rng.choice([0, 0, 1, 5])
    if rng.random() < 0.3:
        column.lower = f"{low - rng.choice([0, reach / 4, reach / 7]):.{digits}f}"
    if rng.random() < 0.3:
        column.upper = f"{high + rng.choice([0, reach / 4, reach / 7]):.{digits}f}"
    steps = [step for step in ("1", "2", "5", "0.5", "0.25", "0.1", "0.3", "0.01") if 8 * float(step) < reach]
    steps = [step for step in steps if kind == "continuous" or step.isdigit()]
    if steps and rng.random() < 0.2:
        column.step = rng.choice(steps)
    if rng.random() < 0.3:
        column.monotone = rng.choice(["increase", "decrease"])
    return column
