"""Mirror: a cell as MLflow shows it. Plain data, made without MLflow."""

from __future__ import annotations

import hashlib
import json
import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from posixpath import normpath
from typing import Any

from recbench.escape import in_pictures, markdown, shortened, visible
from recbench.plugins import registry
from recbench.plugins.params import make_params
from recbench.report.naming import with_words
from recbench.statistics import CONFIDENCE
from recbench.store.datasets import DatasetNote
from recbench.store.experiment import Experiment
from recbench.store.record import CellRecord, Score, Status
from recbench.task.recipes import LofRecipe, TaskRecipe

CELL, STATUS, SUMMARY = "recbench.cell", "recbench.status", "recbench.summary"
SWEEP = "recbench.sweep."
"""With a sweep's id: the tag of all runs in its comparison."""

# MLflow's limits are 6000 for a parameter and 8000 for a tag; servers before 2.10 took less.
_LONGEST_PARAM, LONGEST_TAG = 500, 5000
_LONGEST_DIGEST = 36
_LONGEST_NAME = 250
"""Of runs, experiments and keys: what MLflow's tables hold."""
_LONGEST_SOURCE, _LONGEST_SCHEMA = 65_535, 65_535
_LONGEST_SETTINGS = 60
"""Letters of parameters in a run's name; more of them are told apart by a hash."""
_COLUMN_TYPES = {"continuous": "double", "integer": "long"}


@dataclass(frozen=True)
class DataImage:
    """A data set as MLflow lists it: described, without its rows.

    Attributes:
        name: what users type.
        digest: the beginning of the content hash.
        source_type: what kind of thing ``source`` is.
        source: where the tables come from, under which terms, and what to cite, as JSON.
        columns: the schema in MLflow's form, if it is known.
        profile: the numbers of rows, as JSON.
    """

    name: str
    digest: str
    source_type: str = "unknown"
    source: str = "{}"
    columns: str | None = None
    profile: str | None = None


@dataclass(frozen=True)
class RunImage:
    """What the MLflow run of a cell holds.

    Attributes:
        name: the run's name, which the compare page shows as the head of its column.
        params: what was asked for. Only what the cell's key covers: MLflow never lets a parameter change.
        metrics: means.
        tags: everything else, also how far to trust a mean.
        state: a hash of what can change while the cell stays the same: how it ended, and its scores.
        failed: shown as a failed run.
        started: milliseconds since 1970.
        ended: milliseconds since 1970.
        data: the data set it was run on.
    """

    name: str
    params: dict[str, str]
    metrics: dict[str, float]
    tags: dict[str, str]
    state: str
    failed: bool
    started: int
    ended: int
    data: DataImage | None = None


def image_of(record: CellRecord, note: DatasetNote | None = None) -> RunImage:
    """Return the MLflow run of a cell; ``note`` describes its data set."""
    scores = {name: score.model_dump() for name, score in record.scores.items()}
    seconds = (record.fit_seconds or 0.0) + (record.generate_seconds or 0.0)
    ended = _milliseconds(record.finished)
    return RunImage(
        name=_name(record, note),
        params=_params(record),
        metrics=_metrics(record) if record.status == Status.DONE else {},
        tags=_tags(record),
        state=_hash([record.status, record.reason, record.unscored, scores]),
        failed=record.status.is_failure,
        started=ended - round(1000 * seconds),
        ended=ended,
        data=_data(record, note),
    )


def _name_of_data(record: CellRecord) -> str:
    return shortened(visible(record.cell.dataset), _LONGEST_NAME)


def _data(record: CellRecord, note: DatasetNote | None) -> DataImage:
    digest = record.cell.data_hash[:_LONGEST_DIGEST]
    if note is None:
        return DataImage(_name_of_data(record), digest)
    origin = {"source": note.source, "licence": note.licence, "citation": note.citation}
    schema = note.data_schema
    types = {feature.name: _COLUMN_TYPES.get(feature.kind, "string") for feature in schema.features}
    columns = [
        {"name": name, "type": type_} for name, type_ in {**types, schema.target.name: "string"}.items()
    ]
    train, test = note.rows
    source = json.dumps({name: said for name, said in origin.items() if said}, ensure_ascii=False)
    described = json.dumps({"mlflow_colspec": columns}, ensure_ascii=False)
    return DataImage(
        _name_of_data(record),
        digest,
        "recbench",
        source if len(source) <= _LONGEST_SOURCE else "{}",
        described if len(described) <= _LONGEST_SCHEMA else None,
        json.dumps({"num_rows": train + test, "training rows": train, "test rows": test}),
    )


def experiment_name(suite: str) -> str:
    """Return the name of a suite's experiment."""
    name = in_pictures([suite], _LONGEST_NAME)[suite]
    return name if name.strip() else "unnamed"


def _name(record: CellRecord, note: DatasetNote | None) -> str:
    """Return what no run of another experiment is called: what is not as usual is said."""
    experiment, usual = Experiment.of(record.cell), _usual()
    classifier = record.cell.recipe.classifier
    facts = {
        "data": record.cell.data_hash[:6] if _is_own(record, note) else None,
        **{f"{classifier.name}.{name}": value for name, value in classifier.params.items()},
        **{name: value for name, value in experiment.task.items() if usual.get(name) != value},
        "device": None if experiment.device == "cpu" else experiment.device,
    }
    said = [f"{name}={value}" for name, value in facts.items() if value is not None]
    place = with_words(
        record.cell.dataset, "" if record.cell.classifier == "mlp" else record.cell.classifier, *said
    )
    label = with_words(record.cell.label, _settings(record))
    return shortened(visible(f"{label} on {place}, seed {record.cell.seed}"), _LONGEST_NAME)


def _is_own(record: CellRecord, note: DatasetNote | None) -> bool:
    """Return whether the table is a person's own: of these there can be several of one name."""
    if record.cell.dataset not in registry.datasets.names():
        return True
    card = registry.datasets.listing(record.cell.dataset).card
    return note is not None and (card is None or note.source != card.source)


@cache
def _usual() -> dict[str, Any]:
    """Return the facts of a task that nobody changed."""
    nothing = {"dataset": "", "data_hash": "", "method": "", "params": {}, "device": "cpu"}
    return Experiment(recipe=TaskRecipe(), lof=LofRecipe(), **nothing).task


def _settings(record: CellRecord) -> str:
    """Return the parameters that are not the method's defaults and that the label does not say."""
    defaults = _defaults(record.cell.method)
    if set(defaults) != set(record.cell.params):
        return ""
    said = [
        words
        for name, value in record.cell.params.items()
        if value != defaults[name] and (words := f"{name.rstrip('_')}={value}") not in record.cell.label
    ]
    words = ", ".join(said)
    return words if len(words) <= _LONGEST_SETTINGS else f"settings {_hash(record.cell.params)[:6]}"


@cache
def _defaults(method: str) -> dict[str, Any]:
    """Return a method's parameters as they are unless they are set; none if it is not here."""
    try:
        params: dict[str, Any] = make_params(registry.methods.params(method), {}, method).plain()
    except Exception:
        return {}
    return params


def _params(record: CellRecord) -> dict[str, str]:
    recipe = record.cell.recipe
    params: dict[str, Any] = {
        "dataset": record.cell.dataset,
        "classifier": record.cell.classifier,
        "method": record.cell.method,
        "seed": record.cell.seed,
        "factuals": "all" if recipe.factuals is None else recipe.factuals,
        "gold": recipe.gold.kind,
        "threshold": recipe.threshold,
        "device": record.cell.device.partition(":")[0],
        "threads": record.cell.threads,
        "chunk": record.cell.chunk,
    }
    if recipe.weights:
        params["weights"] = recipe.weights
    if recipe.mismatch:
        params["mismatch"] = True
    # Spelt as on the command line: --set genre.steps=200. The compare page begins with the first three
    # parameters in which runs differ; this way they are data set, method and seed.
    settings = {f"{record.cell.classifier}.{name}": value for name, value in recipe.classifier.params.items()}
    settings |= {f"{record.cell.method}.{name}": value for name, value in record.cell.params.items()}
    params |= {f"set.{name}": value for name, value in settings.items()}
    return {_legal(name): _seen(_plain(value))[:_LONGEST_PARAM] for name, value in params.items()}


def _metrics(record: CellRecord) -> dict[str, float]:
    # The compare page begins with the first metric.
    names = sorted(record.scores, key=lambda name: (name != "score", name))
    values: dict[str, float | None] = {name: record.scores[name].mean for name in names}
    values.setdefault("fit_seconds", record.fit_seconds)
    values.setdefault("generate_seconds", record.generate_seconds)
    values["people"] = record.people
    values["classifier_accuracy"] = record.accuracy
    return {
        _legal(name): float(value)
        for name, value in values.items()
        if value is not None and math.isfinite(value)
    }


def _tags(record: CellRecord) -> dict[str, str]:
    tags = {
        CELL: record.key,
        STATUS: str(record.status),
        "recbench.reason": record.reason,
        "recbench.label": record.cell.label,
        "recbench.made_by": record.cell.made_by,
        "recbench.data_hash": record.cell.data_hash[:16],
        "recbench.lof": f"k={record.cell.lof.neighbours}, {record.cell.lof.algorithm}",
        "recbench.unscored": "; ".join(f"{name}: {why}" for name, why in record.unscored.items()),
        # These are MLflow's own: the columns Source and Version, and the description of the run.
        "mlflow.source.name": "recbench",
        "mlflow.source.type": "LOCAL",
        "mlflow.source.git.commit": record.revision.removesuffix("-dirty"),
        "mlflow.note.content": f"**{record.status}**: {markdown(record.reason)}" if record.reason else "",
    }
    if record.revision.endswith("-dirty"):
        tags["recbench.uncommitted_changes"] = "true"
    tags |= {f"recbench.version.{name}": version for name, version in record.environment.items()}
    tags |= {f"recbench.spread.{name}": _spread(score) for name, score in record.scores.items()}
    return {_legal(name): _seen(value)[:LONGEST_TAG] for name, value in tags.items() if value}


def _spread(score: Score) -> str:
    """Return what stands behind a mean, in words: as metrics, MLflow would draw a chart of each."""
    said = []
    if score.low is not None and score.high is not None:
        said.append(f"{100 * CONFIDENCE:.0f} % interval {score.low:.4g} to {score.high:.4g}")
    if score.std is not None:
        said.append(f"standard deviation {score.std:.4g}")
    return ", ".join([*said, f"n {score.n}"]) if said else ""


def _milliseconds(moment: str) -> int:
    when = datetime.fromisoformat(moment) if moment else datetime.now(UTC)
    return round(when.timestamp() * 1000)


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _seen(text: str) -> str:
    """Return text of several lines in which nothing hides; some databases refuse such letters."""
    return "\n".join(map(visible, text.split("\n")))


def _legal(name: str) -> str:
    """Return a name that MLflow takes: a plug-in may call its metric what it likes."""
    text = re.sub(r"[^\w\-. /]", "_", name)[:_LONGEST_NAME]
    # MLflow takes names for paths, and refuses those that lead elsewhere.
    is_plain = normpath(text) == text and not text.startswith(("/", "."))
    return text if is_plain else text.replace("/", "_").lstrip(".") or "_"


def _hash(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]
