"""Page: everything about a sweep in one HTML file that needs no network."""

from __future__ import annotations

import base64
import io
import json
import shlex
from collections.abc import Callable
from typing import Any

import yaml
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from recbench import __version__
from recbench.errors import UsageError
from recbench.escape import visible
from recbench.report import layout, tables
from recbench.report.comparison import compare_with, sheet
from recbench.report.figures.base import Material, Picture
from recbench.report.figures.save import pictures
from recbench.report.figures.style import PAPER
from recbench.report.rows import Row
from recbench.report.selection import Selection
from recbench.store.datasets import noted_dataset
from recbench.store.record import Status


def page(selection: Selection, reference: str | None = None, said: Callable[[str], None] = print) -> str:
    """Return the page of a selection.

    Args:
        selection: the cells.
        reference: the row or method that the others are tested against; None is the best by mean Score.
        said: is told which figure is being drawn.

    Raises:
        UsageError: the reference is not among the rows.
    """
    material = Material(selection)
    skipped: list[tuple[str, str]] = []
    drawn = []
    for picture in pictures(material, (), PAPER, lambda name, reason: skipped.append((name, reason))):
        said(picture.name)
        # Read on a screen, from further away than paper.
        width = round(1.5 * 72 * picture.figure.get_figwidth())
        facts = {"name": picture.name, "caption": picture.caption, "width": width}
        drawn.append({**facts, "source": _inline(picture)})
    environment = Environment(
        loader=PackageLoader("recbench.report"),
        autoescape=select_autoescape(["html", "j2"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        finalize=_seen,
    )
    rows = selection.rows
    suite = selection.suites[0] if selection.suites else None
    return environment.get_template("page.html.j2").render(
        title=selection.title,
        description=(suite or {}).get("description", ""),
        version=__version__,
        done=sum(record.status == Status.DONE for record in selection.records),
        problems=_problems(rows),
        main=tables.html(layout.wide(rows, spread="std")),
        full=tables.html(layout.long(rows, spread="ci")),
        **_tests(selection, reference),
        pictures=drawn,
        skipped=skipped,
        facts=[*_facts(rows), *_data(selection)],
        parameters=[(row.title, json.dumps(row.params, ensure_ascii=False)) for row in rows if row.params],
        suite=_yaml(suite),
        results=shlex.quote(str(selection.store.root)),
        keys=sorted(record.key for row in rows for record in row.records),
    )


def _seen(value: object) -> object:
    """Return what is put into the page, with what cannot be seen written out; HTML itself is left alone."""
    return visible(value) if isinstance(value, str) and not hasattr(value, "__html__") else value


def _inline(picture: Picture) -> str:
    """Return a picture as a data address; as an image, ids inside two of them cannot clash."""
    out = io.BytesIO()
    with PAPER():
        picture.figure.savefig(out, format="svg", metadata={"Date": None})
    return "data:image/svg+xml;base64," + base64.b64encode(out.getvalue()).decode("ascii")


def _tests(selection: Selection, reference: str | None) -> dict[str, Any]:
    rows = [row for row in selection.rows if row.records]
    wanted = reference or _best(rows)
    if wanted is None:
        return {"tests": "", "count": 0, "reference": "", "untested": "There is nothing to compare."}
    try:
        tests = compare_with(rows, wanted, selection.store.people)
    except UsageError as error:
        if reference:
            raise
        return {"tests": "", "count": 0, "reference": "", "untested": str(error)}
    return {
        "tests": tables.html(sheet(tests)) if tests else "",
        "count": len(tests),
        "reference": wanted,
        "untested": "There is nothing to compare.",
    }


def _best(rows: list[Row]) -> str | None:
    """Return the method with the best mean Score among those that most data sets have."""
    scores: dict[str, list[float]] = {}
    for row in rows:
        mean = row.mean("score")
        if mean is not None and row.competes:
            scores.setdefault(row.label, []).append(mean)
    return max(scores, key=lambda name: (len(scores[name]), sum(scores[name])), default=None)


def _problems(rows: list[Row]) -> list[tuple[str, str]]:
    return [(f"{row.title} / {seeds}", reason) for row in rows for seeds, reason in row.grouped_problems]


def _facts(rows: list[Row]) -> list[tuple[str, str]]:
    """Return what the cells have in common, or every value where they differ."""
    records = [record for row in rows for record in row.records]
    values: dict[str, list[str]] = {
        "Data sets": [record.cell.dataset for record in records],
        "Classifiers": [record.cell.recipe.classifier.model_dump_json() for record in records],
        "Judge": [record.cell.recipe.gold.model_dump_json() for record in records],
        "LOF": [record.cell.lof.model_dump_json() for record in records],
        "Accepted above": [f"h = {record.cell.recipe.threshold:g}" for record in records],
        "Weights of cost": [json.dumps(record.cell.recipe.weights, ensure_ascii=False) for record in records],
        "Changed categories cost 1": [str(record.cell.recipe.mismatch).lower() for record in records],
        "People per seed": [str(record.cell.recipe.factuals or "all") for record in records],
        "Seeds": [str(record.cell.seed) for record in records],
        "Device": [record.cell.device for record in records],
        "Threads per cell": [str(record.cell.threads) for record in records],
        "Methods": [f"{record.cell.method} ({record.cell.made_by})" for record in records],
    }
    for record in records:
        for name, value in record.environment.items():
            values.setdefault(name, []).append(value)
    return [(name, "; ".join(sorted(set(found)))) for name, found in values.items()]


def _data(selection: Selection) -> list[tuple[str, str]]:
    """Return what is known of each data set: size, source, terms, citation and hash."""
    said = []
    for dataset, content_hash in sorted(
        {(record.cell.dataset, record.cell.data_hash) for record in selection.records}
    ):
        facts = [f"SHA-256 {content_hash}"]
        note = noted_dataset(selection.store.root, content_hash)
        if note is not None:
            train, test = note.rows
            size = f"{train:,} training and {test:,} test rows, {len(note.data_schema)} features"
            facts = [size, note.source, note.licence, note.citation, *facts]
        said.append((f"Data: {dataset}", "; ".join(fact for fact in facts if fact)))
    return said


def _yaml(suite: dict[str, Any] | None) -> list[str]:
    """Return the lines of a suite's file."""
    if not suite:
        return []
    plain = {name: value for name, value in suite.items() if value not in ({}, [], "")}
    lines = [""]
    for unicode in (True, False):  # what the page would have to write out, YAML writes itself
        lines = yaml.safe_dump(plain, sort_keys=False, allow_unicode=unicode).rstrip("\n").split("\n")
        if all(visible(line) == line for line in lines):
            break
    return lines
