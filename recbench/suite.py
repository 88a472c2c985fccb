"""Suite: what to run, as a YAML file a person can read, with flags laid over it."""

from __future__ import annotations

import re
import sysconfig
from collections.abc import Iterator
from itertools import product
from math import prod
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, field_validator, model_validator

from recbench.documents.declared import Declared
from recbench.documents.reading import load_model
from recbench.errors import UsageError, brief, unknown_name
from recbench.task.recipes import ClassifierSpec, GoldRecipe, LofRecipe, TaskRecipe

LARGEST_SEED = 2**32 - 1
"""What scikit-learn takes for a ``random_state``."""
MOST_SEEDS, MOST_ROWS, MOST_CELLS = 10_000, 10_000, 1_000_000
"""Of a suite, of one of its methods, and in all: beyond them a slip of the pen is likelier than a plan."""
LARGEST_COUNT, MOST_THREADS = 10**9, 1024
"""Of people, and of threads or processes on one machine."""


def parse_seeds(text: str) -> list[int]:
    """Return the seeds of ``"0,3,7-9"``: commas part them, a hyphen spans them.

    Raises:
        ValueError: the text is something else, or names a seed that is too large, or too many.
    """
    seeds: list[int] = []
    for part in str(text).split(","):
        match = re.fullmatch(r"\s*([0-9]{1,20})(?:\s*-\s*([0-9]{1,20}))?\s*", part)
        if not match:
            raise ValueError(f"{brief(text)} is not a list of seeds such as 0,1 or 0-4")
        first, last = int(match[1]), int(match[2] or match[1])
        if last < first:
            raise ValueError(f"seeds {part.strip()!r} run backwards")
        _refuse_seeds(last, len(seeds) + last - first + 1)
        seeds += range(first, last + 1)
    return list(dict.fromkeys(seeds))


def _refuse_seeds(largest: int, count: int) -> None:
    if largest > LARGEST_SEED:
        raise ValueError(f"seed {largest} is too large; seeds go up to {LARGEST_SEED}")
    if count > MOST_SEEDS:
        raise ValueError(f"{count:,} seeds are too many; at most {MOST_SEEDS:,} can be given")


def parse_factuals(text: object) -> int | None:
    """Return how many people: a number, or None for ``all``.

    Raises:
        ValueError: the text is something else.
    """
    if text is None or str(text) == "all":
        return None
    if isinstance(text, bool) or not re.fullmatch(r"[0-9]{1,20}", str(text)) or int(str(text)) < 1:
        raise ValueError(f"{brief(text)} is neither a number of people nor 'all'")
    if int(str(text)) > LARGEST_COUNT:
        raise ValueError(f"{text} people are too many; 'all' takes everybody")
    return int(str(text))


def _names_to_specs(value: Any) -> Any:
    if isinstance(value, list):
        return [{"name": item} if isinstance(item, str) else item for item in value]
    return value


class MethodSpec(Declared):
    """One or more rows of the benchmark: a method, its parameters, and values to vary.

    ``params_for`` gives further parameters for one data set. ``vary`` runs every combination of the
    listed values, each labelled with them.
    """

    name: str
    label: str | None = None
    params: dict[str, Any] = Field(default_factory=dict)
    params_for: dict[str, dict[str, Any]] = Field(default_factory=dict)
    vary: dict[str, Annotated[list[Any], Field(min_length=1)]] = Field(default_factory=dict)

    @field_validator("vary")
    @classmethod
    def _few(cls, vary: dict[str, list[Any]]) -> dict[str, list[Any]]:
        count = prod(map(len, vary.values()))
        if count > MOST_ROWS:
            raise ValueError(f"{count:,} combinations are too many; at most {MOST_ROWS:,} are run")
        return vary

    def variants(self, dataset: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield the label and parameters of each row on one data set."""
        base = {**self.params, **self.params_for.get(dataset, {})}
        label = self.label or self.name
        for values in product(*self.vary.values()):
            chosen = dict(zip(self.vary, values, strict=True))
            said = ", ".join(f"{name}={value}" for name, value in chosen.items())
            yield (f"{label} ({said})" if said else label), {**base, **chosen}


class JudgeSpec(Declared):
    """The judge of a suite: the gold labeller and LOF."""

    gold: GoldRecipe = GoldRecipe()
    lof: LofRecipe = LofRecipe()


class Suite(Declared):
    """A benchmark: every method on every data set, classifier and seed."""

    name: str = "adhoc"
    description: str = ""
    datasets: list[str] = Field(default_factory=lambda: ["loan"], min_length=1)
    methods: Annotated[list[MethodSpec], BeforeValidator(_names_to_specs)] = Field(min_length=1)
    classifiers: Annotated[list[ClassifierSpec], BeforeValidator(_names_to_specs)] = Field(
        default_factory=lambda: [ClassifierSpec()], min_length=1
    )
    seeds: list[int] = Field(default_factory=lambda: [0], min_length=1)
    factuals: int | None = Field(200, description="people per seed, or 'all'")
    judge: JudgeSpec = JudgeSpec()
    threshold: float = Field(0.5, gt=0, lt=1)
    weights: dict[str, Annotated[float, Field(ge=0, le=1e9)]] = Field(default_factory=dict)
    mismatch: bool = False
    oracle: bool = Field(False, description="a row that sees the judge: what is left to win")
    metrics: list[str] = Field(default_factory=list, description="empty: every default metric")
    device: str = "cpu"
    threads: int = Field(1, ge=1, le=MOST_THREADS, description="threads per cell")
    chunk: int = Field(10_000, ge=1, le=LARGEST_COUNT, description="people given to generate at a time")

    @field_validator("seeds", mode="before")
    @classmethod
    def _seeds(cls, value: Any) -> Any:
        if isinstance(value, int | str) and not isinstance(value, bool):
            return parse_seeds(str(value))
        return value

    @field_validator("seeds")
    @classmethod
    def _usable(cls, seeds: list[int]) -> list[int]:
        if min(seeds) < 0:
            raise ValueError(f"seed {min(seeds)} is negative; seeds go from 0 to {LARGEST_SEED}")
        _refuse_seeds(max(seeds), len(seeds))
        return list(dict.fromkeys(seeds))

    @field_validator("factuals", mode="before")
    @classmethod
    def _factuals(cls, value: Any) -> Any:
        return parse_factuals(value)

    @model_validator(mode="after")
    def _small(self) -> Suite:
        rows = sum(prod(map(len, spec.vary.values())) for spec in self.methods) + self.oracle
        cells = len(self.datasets) * len(self.classifiers) * len(self.seeds) * rows
        if cells > MOST_CELLS:
            raise ValueError(f"the suite asks for {cells:,} cells; at most {MOST_CELLS:,} are run")
        return self

    def task_recipe(self, classifier: ClassifierSpec) -> TaskRecipe:
        """Return the recipe of the task with one of the suite's classifiers."""
        return TaskRecipe(
            classifier=classifier,
            gold=self.judge.gold,
            threshold=self.threshold,
            factuals=self.factuals,
            weights=self.weights,
            mismatch=self.mismatch,
        )


def suite_folders() -> list[Path]:
    """Return where suites are looked for: ``benchmarks/`` here, in the checkout, and the installed ones."""
    here = [Path("benchmarks"), Path(__file__).resolve().parent.parent / "benchmarks"]
    installed = Path(sysconfig.get_path("data")) / "share" / "recbench" / "benchmarks"
    return [folder for folder in dict.fromkeys([*here, installed]) if folder.is_dir()]


def known_suites() -> dict[str, Path]:
    """Return the suites that can be named, each with its file; the first folder wins."""
    found: dict[str, Path] = {}
    for folder in suite_folders():
        for path in sorted(folder.glob("*.yaml")):
            found.setdefault(path.stem, path)
    return found


def load_suite(name: str) -> Suite:
    """Read a suite by name or by path.

    Raises:
        UsageError: there is none, or the file is faulty (file, line and field are named).
    """
    if name.endswith((".yaml", ".yml")):
        path = Path(name)
        if not path.is_file():
            raise UsageError(f"there is no suite file {name}.", "Run `recbench suites` for the named ones.")
    else:
        known = known_suites()
        if name not in known:
            raise unknown_name("suite", name, known)
        path = known[name]
    return load_model(Suite, path, "suite")
