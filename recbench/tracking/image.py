"""Image: a cell as MLflow shows it. Plain data, made without MLflow."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime

from recbench.escape import in_pictures, markdown, shortened, visible
from recbench.plugins import registry
from recbench.report.naming import with_words
from recbench.statistics import CONFIDENCE
from recbench.store.datasets import DatasetNote
from recbench.store.record import CellRecord, Score, Status
from recbench.tracking.metrics import metrics_of
from recbench.tracking.settings import as_typed, defaults_of, params_of, unusual
from recbench.tracking.words import LONGEST_NAME, LONGEST_TAG, legal, mark, seen

CELL, STATUS, SUMMARY = "recbench.cell", "recbench.status", "recbench.summary"
SWEEP = "recbench.sweep."
"""With a sweep's id: the tag of all runs in its comparison."""

_LONGEST_DIGEST = 36
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
        params: what was asked for.
        metrics: means.
        tags: everything else, also how far to trust a mean.
        state: a hash of what can change while the cell stays the same: how it ended, its scores, and how
            this version of recbench calls them.
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
    params, metrics = params_of(record), metrics_of(record) if record.status == Status.DONE else {}
    seconds = (record.fit_seconds or 0.0) + (record.generate_seconds or 0.0)
    ended = _milliseconds(record.finished)
    return RunImage(
        name=_name(record, note),
        params=params,
        metrics=metrics,
        tags=_tags(record),
        state=mark([record.status, record.reason, record.unscored, scores, params, sorted(metrics)]),
        failed=record.status.is_failure,
        started=ended - round(1000 * seconds),
        ended=ended,
        data=_data(record, note),
    )


def _name_of_data(record: CellRecord) -> str:
    return shortened(visible(record.cell.dataset), LONGEST_NAME)


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
    name = in_pictures([suite], LONGEST_NAME)[suite]
    return name if name.strip() else "unnamed"


def _name(record: CellRecord, note: DatasetNote | None) -> str:
    """Return what no run of another experiment is called: what is not as usual is said."""
    classifier = record.cell.recipe.classifier
    facts = {
        "data": record.cell.data_hash[:6] if _is_own(record, note) else None,
        **{f"{classifier.name}.{name}": value for name, value in classifier.params.items()},
        **unusual(record),
    }
    said = [f"{name}={value}" for name, value in facts.items() if value is not None]
    place = with_words(
        record.cell.dataset, "" if record.cell.classifier == "mlp" else record.cell.classifier, *said
    )
    label = with_words(record.cell.label, _settings(record))
    return shortened(visible(f"{label} on {place}, seed {record.cell.seed}"), LONGEST_NAME)


def _is_own(record: CellRecord, note: DatasetNote | None) -> bool:
    """Return whether the table is a person's own: of these there can be several of one name."""
    if record.cell.dataset not in registry.datasets.names():
        return True
    card = registry.datasets.listing(record.cell.dataset).card
    return note is not None and (card is None or note.source != card.source)


def _settings(record: CellRecord) -> str:
    """Return the parameters that are not the method's defaults and that the label does not say."""
    defaults, params = defaults_of(registry.methods, record.cell.method), as_typed(record.cell.params)
    if set(defaults) != set(params):
        return ""
    said = [
        words
        for name, value in params.items()
        if value != defaults[name] and (words := f"{name}={value}") not in record.cell.label
    ]
    words = ", ".join(said)
    return words if len(words) <= _LONGEST_SETTINGS else f"settings {mark(record.cell.params)[:6]}"


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
    return {legal(name): seen(value)[:LONGEST_TAG] for name, value in tags.items() if value}


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
