"""Settings: what cells have in common and where they differ, in words instead of JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from recbench.report.reproduce import is_own
from recbench.report.rows import Row
from recbench.report.selection import Selection
from recbench.store.datasets import noted_dataset


def words(value: object) -> str:
    """Return a setting as people read it: ``steps = 400, layers = 10 10 10, seed = none``."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name} = {words(one)}" for name, one in value.items()) or "none"
    if isinstance(value, list | tuple):
        return " ".join(map(words, value)) or "none"
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "none"}[value]
    return f"{value:g}" if isinstance(value, float) else str(value)


def facts(selection: Selection) -> list[tuple[str, list[str]]]:
    """Return each setting by name with its value, or every value where cells differ."""
    records = [record for row in selection.rows for record in row.records]
    values: dict[str, list[str]] = {
        "Classifier": [
            f"{record.cell.classifier}: {words(record.cell.recipe.classifier.params)}"
            if record.cell.recipe.classifier.params
            else f"{record.cell.classifier} as it is by default"
            for record in records
        ],
        "Gold labeller": [words(record.cell.recipe.gold.model_dump(mode="json")) for record in records],
        "LOF": [words(record.cell.lof.model_dump(mode="json")) for record in records],
        "Accepted above": [f"h = {record.cell.recipe.threshold:g}" for record in records],
        "Weights of cost": [
            words(record.cell.recipe.weights) if record.cell.recipe.weights else "1 for every feature"
            for record in records
        ],
        "A changed category costs 1": [words(record.cell.recipe.mismatch) for record in records],
        "People per seed": [str(record.cell.recipe.factuals or "all") for record in records],
        "Seeds": [str(record.cell.seed) for record in records],
        "Device": [f"{record.cell.device}, threads per cell: {record.cell.threads}" for record in records],
        "Methods made by": [record.cell.made_by for record in records],
    }
    for record in records:
        for name, value in record.environment.items():
            values.setdefault(name, []).append(value)
    said = [(name, _distinct(found)) for name, found in values.items()]
    return [*((name, _joined(name, found)) for name, found in said if any(found)), *_data(selection)]


def parameters(rows: Sequence[Row]) -> list[tuple[str, str, str]]:
    """Return the rows' names, where they stand and their parameters: those that agree are one line."""
    found: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        place = " / ".join(word for word in row.place if word)
        found.setdefault((row.label, words(row.params)), []).append(place)
    everywhere = len({row.place for row in rows})
    return [
        (label, "everywhere" if len(places) == everywhere else "; ".join(places), params)
        for (label, params), places in sorted(found.items())
        if params != words({})
    ]


def _distinct(values: Iterable[str]) -> list[str]:
    return sorted(set(values), key=lambda text: (len(text), text))


def _joined(name: str, values: list[str]) -> list[str]:
    """Return short values on one line."""
    return [", ".join(values)] if name in ("Seeds", "People per seed") else values


def _data(selection: Selection) -> list[tuple[str, list[str]]]:
    """Return what is known of each data set: size, source, terms, citation and hash."""
    said = []
    for dataset, content_hash in sorted(
        {(record.cell.dataset, record.cell.data_hash) for record in selection.records}
    ):
        known = [f"SHA-256 of its content {content_hash}"]
        note = noted_dataset(selection.store.root, content_hash)
        if note is not None:
            train, test = note.rows
            size = f"{train:,} training and {test:,} test rows, {len(note.data_schema)} features"
            # Of a person's own file the folder is nobody's business.
            source = Path(note.source).name if is_own(note) else note.source
            known = [size, source, note.licence, note.citation, *known]
        said.append((f"Data: {dataset}", [fact for fact in known if fact]))
    return said


def dates(selection: Selection) -> tuple[str, str]:
    """Return the days on which the first and the last cell ended, as YYYY-MM-DD; empty if none says."""
    days: list[Any] = sorted(record.finished[:10] for record in selection.records if record.finished)
    return (days[0], days[-1]) if days else ("", "")
